"""The JSON schema of workflow files, for editors; run as a program, it prints it."""

from __future__ import annotations

import json
import sys
from typing import Any

import msgspec

from maze_nb.sdk.workflow_file.format import WorkflowEntry
from maze_nb.sdk.workflow_file.template_format import TemplateEntry


def schema() -> dict[str, Any]:
    """Return the schema: a workflow, or a template with ``apiVersion`` and ``spec``."""
    kinds, parts = msgspec.json.schema_components(
        [WorkflowEntry, TemplateEntry], ref_template="#/$defs/{name}"
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A Maze workflow",
        "anyOf": list(kinds),
        "$defs": parts,
    }


def schema_text() -> str:
    """Return the schema as it is published."""
    return json.dumps(schema(), indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
