"""A workflow's widget: edits are answered, code's changes are told, and a run takes its place."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from maze_nb import task
from maze_nb.sdk.feed.message_log import ListLog
from maze_nb.sdk.workflow import Workflow
from maze_nb.widgets.workflow_widget import WorkflowWidget


@task
def one(x=1):
    return x


class Client:
    """Runs nothing; has the messages of one run."""

    def __init__(self, messages):
        self.log = ListLog(messages)

    def submit(self, workflow, **_):
        return self.log.run_id

    def get_run(self, run_id):
        return SimpleNamespace(run_id=run_id, log=self.log, client=self)


@pytest.fixture
def workflow(make_messages):
    made = Workflow(Client(make_messages(3)), "steps")
    made.add_task(one, task_id="a")
    made.add_task(one, {"x": made.get_task("a").outputs["result"]}, task_id="b")
    return made


@pytest.fixture
def widget(workflow):
    """Give a widget of the workflow, with what it says in ``said``."""
    made = WorkflowWidget(workflow.editor)
    made.said = []
    made.send = lambda content, *_: made.said.append(content)
    yield made
    made.close()


def ask(widget, **asked):
    widget._hear(widget, {"kind": "ask", "ask": "edit", "ask_id": 7, "run_id": "", **asked}, [])
    return widget.said[-1]


def test_it_has_the_graph_and_what_is_needed_to_edit(widget):
    assert [each["id"] for each in widget.graph["tasks"]] == ["a", "b"]
    assert widget.editing["ports"]["b"][0]["kind"] == "output"
    assert widget.snapshot == {}


def test_an_edit_is_answered_after_the_graph_is_renewed(widget):
    answer = ask(widget, op="remove", task="b")
    assert answer == {"kind": "answer", "ask_id": 7, "error": "", "value": {}}
    assert [each["id"] for each in widget.graph["tasks"]] == ["a"]
    assert widget.editing["undo"] == "remove task 'one'"


def test_a_refusal_is_answered_with_its_reason(widget):
    before = widget.graph
    cycle = {"op": "connect", "source": "b", "output": "result", "target": "a", "input": "x"}
    assert "would close a cycle: one → one → one" in ask(widget, **cycle)["error"]
    assert widget.graph == before


@pytest.mark.parametrize("asked", [{}, {"op": None}, {"op": "remove", "task": {}}, {"op": []}])
def test_nonsense_is_refused_in_words(widget, asked):
    answer = ask(widget, **asked)
    assert answer["error"]
    assert answer["ask_id"] == 7


def test_what_may_be_joined_is_told(widget):
    answer = ask(widget, op="targets", source="a", output="result")
    assert answer["value"] == {"targets": {"b": ["x"]}}


def test_what_code_changes_is_told_when_it_is_done(widget, workflow):
    workflow.add_task(one, task_id="c")
    assert len(widget.graph["tasks"]) == 2
    assert widget.refresh()
    assert len(widget.graph["tasks"]) == 3
    assert not widget.refresh()


def test_a_view_that_asks_for_all_gets_it(widget, workflow):
    workflow.add_task(one, task_id="c")
    widget._hear(widget, {"kind": "sync"}, [])
    assert widget.said[-1]["kind"] == "snapshot"
    assert len(widget.said[-1]["graph"]["tasks"]) == 3


def test_once_run_it_shows_the_run_and_edits_no_more(widget, workflow):
    run_id = workflow.run()
    assert widget.run is not None
    assert widget.editing == {}
    assert widget.snapshot["run"]["run_id"] == run_id
    assert "was run as it is" in ask(widget, op="remove", task="b")["error"]
    assert workflow.task_count == 2
    widget._hear(widget, {"kind": "sync"}, [])
    assert widget.said[-1]["run_id"] == run_id


def test_shown_again_it_shows_the_run_unless_it_was_changed_or_is_to_be_edited(workflow, capsys):
    workflow.run()
    shown = WorkflowWidget(workflow.editor)
    assert shown.run is not None
    workflow.add_task(one, task_id="c")
    again = WorkflowWidget(workflow.editor)
    assert again.run is None
    assert again.editing["locked"] == ""
    workflow.run()
    assert again.run is not None
    workflow.edit()
    assert "one" in capsys.readouterr().out
    assert WorkflowWidget(workflow.editor).run is None
    for widget in (shown, again):
        widget.close()


def test_a_closed_widget_is_forgotten(workflow):
    widget = WorkflowWidget(workflow.editor)
    assert len(workflow.watchers) == 1
    widget.close()
    assert workflow.watchers == []
