"""The published JSON schema of workflow files."""

from __future__ import annotations

from pathlib import Path

from maze_nb.model.option_readers import READERS
from maze_nb.model.resources import RESOURCE_NAMES
from maze_nb.sdk.workflow_file.format import OptionsEntry, ResourcesEntry
from maze_nb.sdk.workflow_file.schema import schema, schema_text
from maze_nb.sdk.workflow_file.shape import words_of

PUBLISHED = Path(__file__).parents[4] / "docs" / "schema" / "workflow.json"


def test_what_is_published_is_what_is_read() -> None:
    """`python -m maze_nb.sdk.workflow_file.schema > docs/schema/workflow.json` writes it."""
    assert PUBLISHED.read_text() == schema_text()


def test_every_option_and_resource_can_be_written() -> None:
    assert set(words_of(OptionsEntry)) == set(READERS)
    assert set(words_of(ResourcesEntry)) == set(RESOURCE_NAMES)


def test_it_is_a_schema_that_knows_both_forms() -> None:
    found = schema()
    assert {each["$ref"].rpartition("/")[2] for each in found["anyOf"]} == {
        "WorkflowEntry",
        "TemplateEntry",
    }
    task = found["$defs"]["TaskEntry"]
    assert task["additionalProperties"] is False
    assert {"run", "command", "notebook", "container", "foreach", "when"} <= set(task["properties"])
