"""Makes the OpenAPI description and the routes from the table of endpoints."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from maze_nb.scheduler.http.endpoints import ENDPOINTS, Endpoint, Operation, Value
from maze_nb.version import __version__

_PLACE = re.compile(r"\{(\w+)\}")
_ABOUT = {
    "task_id": "The id of the task.",
    "name": "The path of the file in the folder of its task.",
    "upload_id": "The id of the upload, from its Location.",
}
_FIELDS = {"run_id": "string", "task_id": "string", "name": "string", "status": "string"}


def _object(fields: dict[str, str], needed: Iterable[str] = ()) -> dict[str, Any]:
    properties = {name: {"type": kind} for name, kind in fields.items()}
    return {"type": "object", "required": list(needed or fields), "properties": properties}


SCHEMAS: dict[str, Any] = {
    "Refusal": _object({"status": "integer", "error": "string"}),
    "Task": _object(
        {**_FIELDS, "kind": "string", "attempts": "integer", "worker": "string", "result": "string"}
    ),
    "Page": {
        "type": "object",
        "required": ["tasks", "next"],
        "properties": {
            "tasks": {"type": "array", "items": {"$ref": "#/components/schemas/Task"}},
            "next": {"type": "string"},
        },
    },
    "Result": _object({**_FIELDS, "outputs": "array", "files": "object"}),
    "File": _object(
        {"url": "string", "nbytes": "integer", "sha256": "string", "offset": "integer"},
        needed=("offset",),
    ),
}
SCHEMAS["File"] = {
    "anyOf": [
        _object(
            {"run_id": "string", "task_id": "string", "name": "string", "url": "string"}
            | {"nbytes": "integer", "sha256": "string"}
        ),
        _object({"upload_id": "string", "offset": "integer"}),
    ]
}


def route_pattern(path: str) -> str:
    """Return the regular expression of a path; only the name of a file may have ``/`` in it.

    Examples
    --------
    >>> route_pattern("/api/v1/results/{task_id}/files/{name}")
    '/api/v1/results/([^/]+)/files/(.+)'
    """
    return _PLACE.sub(lambda found: "(.+)" if found[1] == "name" else "([^/]+)", path)


def describe(server: str) -> dict[str, Any]:
    """Return the description.

    Parameters
    ----------
    server
        The URL that all paths are below, or a path.
    """
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Maze-nb",
            "version": __version__,
            "description": "Tasks, their results and their files, on the scheduler's web server.",
        },
        "servers": [{"url": server or "/"}],
        "security": [{"token": []}],
        "paths": {endpoint.path: _path(endpoint) for endpoint in ENDPOINTS},
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": SCHEMAS,
        },
    }


def _path(endpoint: Endpoint) -> dict[str, Any]:
    places = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": _ABOUT[name],
            "schema": {"type": "string", "minLength": 1},
        }
        for name in _PLACE.findall(endpoint.path)
    ]
    operations = {
        method: _operation(endpoint, method, operation, bool(places))
        for method, operation in endpoint.operations.items()
    }
    return {**({"parameters": places} if places else {}), **operations}


def _operation(
    endpoint: Endpoint, method: str, operation: Operation, has_places: bool
) -> dict[str, Any]:
    is_open = endpoint.handler.is_open
    statuses = {*operation.refusals, *(() if is_open else (400, 401))}
    statuses |= {404} if has_places or operation.values else set()
    answers = {str(status): _answer(*said) for status, said in sorted(operation.answers.items())}
    refused = {str(status): _refusal(status, method) for status in sorted(statuses)}
    described: dict[str, Any] = {
        "operationId": f"{method}_{endpoint.handler.__name__.lower()}",
        "summary": operation.summary,
        "responses": {**answers, **refused},
    }
    if operation.values:
        described["parameters"] = [_parameter(value) for value in operation.values]
    if operation.body:
        content = {kind: {"schema": schema} for kind, schema in operation.body.items()}
        described["requestBody"] = {"required": True, "content": content}
    if is_open:
        described["security"] = []
    return described


def _answer(about: str, schema: dict[str, Any] | None) -> dict[str, Any]:
    if schema is None:
        return {"description": about}
    is_file = schema.get("format") == "binary"
    kind = "application/octet-stream" if is_file else "application/json"
    return {"description": about, "content": {kind: {"schema": {} if is_file else schema}}}


def _refusal(status: int, method: str) -> dict[str, Any]:
    said = {"description": HTTPStatus(status).phrase}
    if method == "head":
        return said
    schema = {"$ref": "#/components/schemas/Refusal"}
    return {**said, "content": {"application/json": {"schema": schema}}}


def _parameter(value: Value) -> dict[str, Any]:
    return {
        "name": value.name,
        "in": "header" if value.is_header else "query",
        "required": value.is_needed,
        "description": value.about,
        "schema": value.schema,
    }
