"""The one table of what there is: the routes and their description are made from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from maze_nb.artifacts.gateway import WORKER_HEADER
from maze_nb.scheduler.http.answers import (
    MOST_ROWS,
    ROWS,
    STATUSES,
    Health,
    Result,
    Task,
    Tasks,
    Workers,
)
from maze_nb.scheduler.http.api_handler import ApiHandler
from maze_nb.scheduler.http.description import Description
from maze_nb.scheduler.http.file_upload import PARTIAL, Files, Part
from maze_nb.scheduler.http.sending import File

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Value:
    """A value that a request gives: in the query, or in a header if `is_header`."""

    name: str
    about: str
    schema: Schema
    is_header: bool = False
    is_needed: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """What can be done at a path.

    Attributes
    ----------
    values
        What a request can give.
    body
        What its body can be: a schema by type of content.
    answers
        What each status means when all is well, and the schema of the answer; of None it has none.
    refusals
        The statuses that say why something is refused, beside 400, 401 and 404.
    """

    summary: str
    answers: dict[int, tuple[str, Schema | None]]
    values: tuple[Value, ...] = ()
    body: dict[str, Schema] = field(default_factory=dict)
    refusals: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A path, who answers there, and what can be done, by method in small letters.

    Where ``is_page_of_dask``, browsers, which want HTML, get the page that Dask has there.
    """

    path: str
    handler: type[ApiHandler]
    operations: dict[str, Operation]
    is_page_of_dask: bool = False


_TEXT: Schema = {"type": "string"}
_BYTES: Schema = {"type": "string", "format": "binary"}
_NUMBER: Schema = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}
_BOOLEAN: Schema = {"type": "string", "enum": ["true", "false"]}
_OBJECT: Schema = {"type": "object"}

_RUN = Value("run_id", "The run; needed where several have a task with this id.", _TEXT)
_COMPLETE = Value(
    "Upload-Complete",
    "`?0`: more is to come. `?1`: this is the last part.",
    {"type": "string", "enum": ["?0", "?1"]},
    is_header=True,
)
_SENT_WHOLE: dict[str, Schema] = {
    "application/octet-stream": _BYTES,
    "multipart/form-data": {
        "type": "object",
        "required": ["file"],
        "properties": {"file": _BYTES},
        "additionalProperties": False,
    },
}
_FILE: Schema = {"$ref": "#/components/schemas/File"}
_TAKEN: dict[int, tuple[str, Schema | None]] = {
    200: ("The very file was there already.", _FILE),
    201: ("It was taken in.", _FILE),
}

_DOWNLOAD = (
    _RUN,
    Value("Range", "One part, such as `bytes=0-99`.", _TEXT, is_header=True),
    Value("If-Range", "An ETag: the part is sent only of this very file.", _TEXT, is_header=True),
    Value("If-None-Match", "An ETag of what is there already.", _TEXT, is_header=True),
    Value("If-Match", "An ETag of what is wanted.", _TEXT, is_header=True),
)
_UPLOAD = (
    _RUN,
    Value("name", "The path of the file in the task's folder; forms may leave it out.", _TEXT),
    Value("sha256", "What the SHA-256 has to be.", {"type": "string", "maxLength": 64}),
    Value("replace", "Whether it takes the place of another file of this name.", _BOOLEAN),
    Value(
        WORKER_HEADER,
        "The key that workers have, which they show with a manifest or a log.",
        _TEXT,
        is_header=True,
    ),
    _COMPLETE,
    Value("Upload-Length", "The bytes of the whole.", _NUMBER, is_header=True),
)


def _sent(*statuses: int, schema: Schema | None) -> dict[int, tuple[str, Schema | None]]:
    said = {200: "The file.", 206: "The part that was asked for.", 304: "It is there already."}
    return {status: (said[status], schema if status != 304 else None) for status in statuses}


ENDPOINTS = (
    Endpoint(
        "/healthz",
        Health,
        {
            "get": Operation(
                "Whether the scheduler is well.", {200: ("It is.", _OBJECT)}, (), {}, (503,)
            )
        },
    ),
    Endpoint(
        "/workers",
        Workers,
        {"get": Operation("The nodes with their workers.", {200: ("All nodes.", _OBJECT)})},
        is_page_of_dask=True,
    ),
    Endpoint(
        "/api/v1/openapi.json",
        Description,
        {"get": Operation("This description.", {200: ("OpenAPI 3.1.", _OBJECT)})},
    ),
    Endpoint(
        "/api/v1/tasks",
        Tasks,
        {
            "get": Operation(
                "Tasks, those of the newest run first, page by page.",
                {200: ("A page.", {"$ref": "#/components/schemas/Page"})},
                (
                    Value("run_id", "Of this run only.", _TEXT),
                    Value("status", "In this state only.", {**_TEXT, "enum": list(STATUSES)}),
                    Value("after", "What the page before has under `next`.", _TEXT),
                    Value(
                        "limit",
                        "How many at most.",
                        {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": ROWS},
                    ),
                ),
            )
        },
    ),
    Endpoint(
        "/api/v1/tasks/{task_id}",
        Task,
        {
            "get": Operation(
                "One task.",
                {200: ("The task.", {"$ref": "#/components/schemas/Task"})},
                (_RUN,),
                {},
                (409,),
            )
        },
    ),
    Endpoint(
        "/api/v1/results/{task_id}",
        Result,
        {
            "get": Operation(
                "What a task left: its summary, its manifest, its outputs and its files.",
                {200: ("It.", {"$ref": "#/components/schemas/Result"})},
                (_RUN,),
                {},
                (409,),
            )
        },
    ),
    Endpoint(
        "/api/v1/results/{task_id}/files",
        Files,
        {
            "post": Operation(
                "Put a file into the folder of a task, whole or its first part.",
                _TAKEN,
                _UPLOAD,
                _SENT_WHOLE,
                (403, 408, 409, 413, 422, 429, 507),
            )
        },
    ),
    Endpoint(
        "/api/v1/results/{task_id}/files/{name}",
        File,
        {
            "get": Operation(
                "A file of a task, or a part of it.",
                _sent(200, 206, 304, schema=_BYTES),
                _DOWNLOAD,
                {},
                (409, 412, 416),
            ),
            "head": Operation(
                "How long a file is, and its ETag, which is its SHA-256.",
                _sent(200, 206, 304, schema=None),
                _DOWNLOAD,
                {},
                (409, 412, 416),
            ),
        },
    ),
    Endpoint(
        "/api/v1/uploads/{upload_id}",
        Part,
        {
            "head": Operation(
                "How far an upload is.", {204: ("See Upload-Offset.", None)}, (), {}, (409,)
            ),
            "patch": Operation(
                "Go on with an upload.",
                {**_TAKEN, 204: ("The part was taken; more is to come.", None)},
                (
                    Value("Upload-Offset", "Where the part begins.", _NUMBER, True, True),
                    _COMPLETE,
                ),
                {PARTIAL: _BYTES},
                (408, 409, 413, 415, 422, 507),
            ),
            "delete": Operation(
                "Give an upload up.", {204: ("It is forgotten.", None)}, (), {}, (409,)
            ),
        },
    ),
)
