"""Edits of the workflow that task cells make: obeyed, told, taken back, dropped, exported."""

from __future__ import annotations

import runpy

import pytest

from maze_nb.errors import CellError, CycleError, WorkflowError
from maze_nb.magics.export_module import export

CELLS = {
    "load": "xs = [k, 2]",
    "clean": "ys = [each * 10 for each in xs]",
    "count": "n = len(xs)",
    "tell": "text = f'{n} of {xs}'",
}


@pytest.fixture
def book(notebook):
    """Mark four cells: load → clean, count, tell; count → tell; `k` is of the notebook."""
    notebook.run("k = 1")
    for name, cell in CELLS.items():
        notebook.run(f"%%maze_task {name}\n{cell}")
    return notebook


def id_of(notebook, name):
    return next(cell.task_id for cell in notebook.session.book.cells() if cell.name == name)


def connect(notebook, source, output, target, name):
    ids = {"source": id_of(notebook, source), "target": id_of(notebook, target)}
    return {"op": "connect", "output": output, "input": name, **ids}


def edit(notebook, op, task, **more):
    key = "task" if op in ("remove", "resources", "options") else "target"
    return {"op": op, key: id_of(notebook, task), **more}


EDITS = {
    "a variable of another name": (
        lambda book: connect(book, "clean", "ys", "tell", "xs"),
        {"text": "2 of [10, 20]"},
    ),
    "a value": (
        lambda book: edit(book, "constant", "tell", input="n", text="'many'"),
        {"text": "many of [1, 2]"},
    ),
    "a value for a variable of the notebook": (
        lambda book: edit(book, "constant", "load", input="k", text="5"),
        {"xs": [5, 2], "ys": [50, 20]},
    ),
    "a cell less": (lambda book: edit(book, "remove", "clean"), {"text": "2 of [1, 2]"}),
    "resources": (
        lambda book: edit(book, "resources", "load", values={"cpu": 0.5}),
        {"xs": [1, 2]},
    ),
    "order": (
        lambda book: {
            "op": "order",
            "source": id_of(book, "tell"),
            "target": id_of(book, "clean"),
        },
        {"ys": [10, 20]},
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_is_obeyed_told_exported_and_taken_back(name, book, tmp_path):
    make, wanted = EDITS[name]
    session = book.session
    before, made = session.editor.graph(), book.compute()
    session.editor.apply(make(book))
    found = book.compute()
    assert {key: found[key] for key in wanted} == wanted
    assert session.book.edit_words() != []

    exported = export(session.book, session.name, book.shell.user_ns)
    module = tmp_path / "drawn.py"
    module.write_text(exported.text)
    flow = runpy.run_path(str(module))["notebook"]()
    shape = {(edge["source"], edge["target"]) for edge in named_edges(flow.as_dict())}
    assert shape == {(e["source"], e["target"]) for e in named_edges(session.graph())}
    assert run_here(flow)["text"] == found["text"]

    book.run("%maze_dag --undo")
    assert session.editor.graph() == before
    assert book.compute() == made
    assert session.book.edit_words() == []


def named_edges(graph):
    names = {task["id"]: task["name"] for task in graph["tasks"]}
    return [{"source": names[e["source"]], "target": names[e["target"]]} for e in graph["edges"]]


def run_here(graph):
    """Run the tasks of a graph in this process, each after those it reads."""
    done, made = {}, {}
    waiting = graph.get_tasks()
    while waiting:
        task = next(
            each
            for each in waiting
            if {r.task.task_id for _, r in each.references()} <= done.keys()
        )
        inputs = {
            name: done[value.task.task_id][value.name] if hasattr(value, "task") else value
            for name, value in task.inputs.items()
        }
        done[task.task_id] = task.function.function(**inputs)
        made.update(done[task.task_id])
        waiting.remove(task)
    return made


REFUSED = {
    "a cycle": (lambda book: connect(book, "tell", "text", "load", "k"), CycleError, "tell → load"),
    "an unknown output": (
        lambda book: connect(book, "clean", "yz", "tell", "xs"),
        WorkflowError,
        "known are: 'ys'",
    ),
    "a name that it does not read": (
        lambda book: connect(book, "clean", "ys", "tell", "zs"),
        WorkflowError,
        "has no input 'zs'",
    ),
    "no literal": (
        lambda book: edit(book, "constant", "tell", input="n", text="len(xs)"),
        WorkflowError,
        "no plain value",
    ),
    "nothing to undo": (lambda _book: {"op": "undo"}, CellError, "nothing to undo"),
    "nothing to redo": (lambda _book: {"op": "redo"}, CellError, "nothing to do again"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_changes_nothing(name, book):
    make, kind, said = REFUSED[name]
    before = book.session.editor.graph()
    with pytest.raises(kind, match=said):
        book.session.editor.apply(make(book))
    assert book.session.editor.graph() == before
    assert book.session.book.edit_words() == []


def test_a_name_that_is_disconnected_keeps_the_cells_from_running(book):
    book.session.editor.apply(edit(book, "disconnect", "tell", input="n"))
    said = book.fail("%maze_plan")
    assert "reads 'n'" in said
    assert "was disconnected in the graph" in said
    ports = book.session.editor.state()["ports"][id_of(book, "tell")]
    assert {port["name"]: port["kind"] for port in ports} == {"n": "missing", "xs": "output"}


def test_what_a_cell_that_is_taken_out_made_is_missed(book):
    book.session.editor.apply(edit(book, "remove", "count"))
    assert "was taken out: %maze_dag --undo" in book.fail("%maze_plan")
    assert book.session.book.edit_words() == ["count: taken out"]


def test_edits_stay_when_a_cell_is_run_again_as_it_is(book):
    book.session.editor.apply(connect(book, "clean", "ys", "tell", "xs"))
    book.session.editor.apply(edit(book, "resources", "tell", values={"cpu": 2}))
    printed = book.run(f"%%maze_task tell\n{CELLS['tell']}")
    assert "dropped" not in printed
    assert book.compute()["text"] == "2 of [10, 20]"
    for _ in range(2):
        book.run("%maze_dag --undo")
    cell = next(cell for cell in book.session.book.cells() if cell.name == "tell")
    assert cell.resources.cpu == 1
    assert book.compute()["text"] == "2 of [1, 2]"


def test_edits_of_a_cell_are_dropped_when_its_text_changes(book):
    book.session.editor.apply(connect(book, "clean", "ys", "tell", "xs"))
    printed = book.run("%%maze_task tell\ntext = f'{n} in {xs}'")
    assert "dropped as the cell was run again: tell: xs from ys of clean" in printed
    assert book.compute()["text"] == "2 in [1, 2]"
    assert book.session.book.edit_words() == []


def test_a_cell_that_was_taken_out_comes_back_when_it_is_run(book):
    book.session.editor.apply(edit(book, "remove", "count"))
    book.run(f"%%maze_task count\n{CELLS['count']}")
    assert book.compute()["text"] == "2 of [1, 2]"


def test_all_edits_are_taken_back_as_one(book):
    before = book.session.editor.graph()
    book.session.editor.apply(connect(book, "clean", "ys", "tell", "xs"))
    book.session.editor.apply(edit(book, "remove", "count"))
    book.run("%maze_dag --reset")
    assert book.session.editor.graph() == before
    assert "nothing to reset" in book.fail("%maze_dag --reset")
    book.run("%maze_dag --undo")
    assert len(book.session.book.edit_words()) == 2


def test_a_wire_from_a_cell_that_is_forgotten_is_missed(book):
    book.session.editor.apply(connect(book, "clean", "ys", "tell", "xs"))
    book.run("%maze_workflow forget clean")
    assert "was disconnected in the graph" in book.fail("%maze_plan")


def test_status_tells_of_edits_and_how_to_take_them_back(book):
    book.session.editor.apply(connect(book, "clean", "ys", "tell", "xs"))
    shown = repr(book.shell.run_line_magic("maze_status", ""))
    assert "edited in the graph (%maze_dag --undo" in shown
    assert "tell: xs from ys of clean" in shown


def test_views_hear_of_cells_and_edits(book):
    heard = []
    end = book.session.editor.watch(lambda: heard.append(1))
    book.run("%%maze_task more\nmore = n + 1")
    assert len(heard) >= 1
    del heard[:]
    book.session.editor.apply(edit(book, "remove", "more"))
    assert heard == [1]
    end()
    book.run("%maze_workflow new other")
    assert heard == [1]
