"""Functions as workflows: calling tasks makes the same graph as adding them."""

from __future__ import annotations

import asyncio
import concurrent.futures
import copy
import functools
import math
import pickle
import threading
import time

import numpy as np
import pandas as pd
import pytest

from maze_nb import either, not_, task, workflow
from maze_nb.errors import InputError, TypeHintError, UnknownOutputError, WorkflowError
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.sdk.workflow_task import either as first_of
from maze_nb.sdk.workflow_task import not_ as negated


@task(outputs=["data", "name"])
def load(path, sep=","):
    return [1, 2, 3], f"{path}{sep}"


@task(inputs=["value"], outputs=["doubled"])
def double(params):
    return {"doubled": params["value"] * 2}


@task
def add(left, right=0):
    return left + right


@task
def both(a, b):
    return a, b


@task(outputs=[])
def save(value):
    return None


@task(outputs=["after", "outputs", "task"])
def awkward():
    return 1, 2, 3


@task
def hinted(n: int) -> str:
    return str(n)


def shape(graph):
    """Return a graph with tasks told apart by their order, not by their ids."""
    found = graph.graph()
    number = {spec.task_id: position for position, spec in enumerate(found.tasks)}
    tasks = [
        (spec.name, spec.kind, spec.inputs, spec.outputs, spec.resources, spec.options, spec.group)
        for spec in found.tasks
    ]
    edges = {(number[e.source], number[e.target], e.names) for e in found.edges}
    return tasks, edges


def test_the_same_graph_as_add_task():
    @workflow
    def pipeline(path):
        loaded = load(path, sep=";")
        first = double(value=loaded.data)
        second = double({"value": first})
        total = add([first, {"x": second.doubled}], right=loaded.name)
        save(total).after(loaded, second)
        add.using(name="slow", resources={"cpu": 2}, retries=3)(1).after(total)
        return total

    graph = WorkflowGraph("pipeline")
    loaded = graph.add_task(load, {"path": "p.csv", "sep": ";"})
    first = graph.add_task(double, {"value": loaded.outputs["data"]})
    second = graph.add_task(double, {"value": first.outputs["doubled"]})
    total = graph.add_task(
        add,
        {
            "left": [first.outputs["doubled"], {"x": second.outputs["doubled"]}],
            "right": loaded.outputs["name"],
        },
    )
    saved = graph.add_task(save, {"value": total.outputs["result"]})
    graph.add_edge(loaded, saved)
    graph.add_edge(second, saved)
    slow = graph.add_task(add, {"left": 1}, name="slow", resources={"cpu": 2}, retries=3)
    graph.add_edge(total, slow)

    made = pipeline("p.csv")
    assert made.name == "pipeline"
    assert shape(made) == shape(graph)
    assert made.get_tasks()[0].inputs == {"path": "p.csv", "sep": ";"}


def test_maps_conditions_and_alternatives_make_the_same_graph():
    @workflow
    def pipeline(xs):
        big = add.map(over={"left": xs, "right": [1, 2]})
        found = double.map(over=load("p").data)
        total = found.reduce(add, right=1)
        small = add.when(not_(total))(1)
        other = add.using(name="other").when(total)(2)
        add.when(total).map(over=[1, 2], right=3)
        add(either(small, other.result), big)
        add.map(over=[total, small.result])

    graph = WorkflowGraph("pipeline")
    big = graph.add_map(add, {"left": [5, 6], "right": [1, 2]})
    loaded = graph.add_task(load, {"path": "p"})
    found = graph.add_map(double, loaded.outputs["data"])
    total = graph.add_reduce(add, found.outputs["doubled"], {"right": 1})
    small = graph.add_task(add, {"left": 1}, when=negated(total.outputs["result"]))
    other = graph.add_task(add, {"left": 2}, when=total.outputs["result"], name="other")
    graph.add_map(add, [1, 2], {"right": 3}, when=total.outputs["result"])
    graph.add_task(
        add,
        {
            "left": first_of(small.outputs["result"], other.outputs["result"]),
            "right": big.outputs["result"],
        },
    )
    graph.add_map(add, [total.outputs["result"], small.outputs["result"]])
    assert shape(pipeline([5, 6])) == shape(graph)


def test_handles():
    @workflow
    def pipeline():
        data, name = load("p")
        loaded = load("p")
        odd = awkward()
        return data, name, loaded, odd.outputs["after"], odd.outputs["task"], list(odd.outputs)

    data, name, loaded, after, of_task, names = pipeline().returns
    assert repr(data) == "output 'data' of task 'load'"
    assert repr(name) == "output 'name' of task 'load'"
    assert repr(loaded) == "task 'load' with the outputs 'data', 'name'"
    assert repr(after) == "output 'after' of task 'awkward'"
    assert repr(of_task) == "output 'task' of task 'awkward'"
    assert names == ["after", "outputs", "task"]


def test_called_by_hand_a_task_is_a_function():
    assert add(1, right=2) == 3
    assert add.using(name="x", retries=2)(1, 2) == 3
    assert add.map(over=[1, 2], right=10) == [11, 12]
    assert add.map(over={"left": [1, 2], "right": (3, 4)}) == [4, 6]
    assert double.map(over=[1]) == [{"doubled": 2}]
    assert add.when(True)(1) == 1
    assert add.when(not_(True))(1) is None
    assert add.when(False).map(over=[1]) is None
    assert either(add.when(False)(1), add(2), 3) == 2
    with pytest.raises(InputError, match="no input 'lef'"):
        add.map(over={"lef": [1]})
    with pytest.raises(InputError, match="int"):
        add.map(over=3, right=1)


def uses(handle):
    """Return all that cannot be done with what has no value yet."""
    return [
        lambda: bool(handle), lambda: not handle, lambda: handle and 1, lambda: list(handle),
        lambda: [*handle], lambda: len(handle), lambda: 1 in handle, lambda: handle[0],
        lambda: handle.__setitem__(0, 1), lambda: handle(), lambda: f"{handle}",
        lambda: handle == 1, lambda: handle != 1, lambda: handle < 1, lambda: handle >= 1,
        lambda: handle + 1, lambda: 1 + handle, lambda: handle - 1, lambda: 2 * handle,
        lambda: handle**2, lambda: 2**handle, lambda: handle @ handle, lambda: -handle,
        lambda: ~handle, lambda: abs(handle), lambda: round(handle), lambda: int(handle),
        lambda: float(handle), lambda: range(handle), lambda: [1][handle], lambda: sum(handle),
        lambda: sum([handle]), lambda: max(handle, 1), lambda: math.sqrt(handle),
        lambda: open(handle), lambda: np.asarray(handle), lambda: np.sum(handle),
        lambda: divmod(handle, 2), lambda: 1 & handle, lambda: next(handle),
        lambda: handle in [1, 2], lambda: {**handle},
    ]  # fmt: skip


@pytest.mark.parametrize("of", [lambda: load("p").data, lambda: add(1), lambda: load("p")])
@pytest.mark.parametrize("number", range(len(uses(None))))
def test_what_needs_a_value_is_refused_with_the_way_to_do_it(of, number):
    @workflow
    def pipeline():
        uses(of())[number]()

    shown = repr(of_in_workflow(of))
    if "outputs" in shown and number in UNPACKED:
        pipeline()
        return
    with pytest.raises((InputError, TypeError)) as caught:
        pipeline()
    if number not in REFUSED_BY_PYTHON:
        told = str(caught.value)
        assert told.startswith(shown if number != 30 else "output "), told
        assert "task.when(…)" in told
        assert "task.map(over=…)" in told


UNPACKED = (3, 4, 5)
REFUSED_BY_PYTHON = (41,)


def of_in_workflow(of):
    @workflow
    def probe():
        return of()

    return probe().returns


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: load("p").dat, "task 'load' has no output 'dat': did you mean 'data'?"),
        (lambda: load("p").data.shape, "so .shape is not possible"),
        (lambda: add(1).result.name, "so .name is not possible"),
        (lambda: load("p").outputs["dta"], "did you mean 'data'?"),
        (lambda: add(load("p")), "task 'load' has 2 outputs: give one of them (.data, .name)"),
        (lambda: add(save(1)), "task 'save' has no outputs, so it cannot be given as a value"),
        (lambda: add(1, 2, 3), "task 'add' takes 2 inputs by position ('left', 'right'), but 3"),
        (lambda: add(1, left=2), "input 'left' of task 'add' is given twice"),
        (lambda: add(lft=1), "did you mean 'left'?"),
        (lambda: add(), "no value for its input 'left'"),
        (lambda: add.using(retrys=1), "did you mean 'retries'?"),
        (lambda: add.using(name=" "), "must not be empty"),
        (lambda: add.when(3)(1), "when"),
        (lambda: either(add(1), 3), "either()"),
        (lambda: add(1).after(3), "after() takes what calls of tasks return, not 3"),
        (lambda: add.map(over=[1]).shape, "no output 'shape'"),
        (lambda: load.map(over=["a"], sep="").reduce(add), "2 outputs"),
        (lambda: pickle.dumps(add(1)), "stands inside a value where it is not seen"),
        (lambda: copy.deepcopy(load("p").data), "stands inside a value where it is not seen"),
        (lambda: hinted("a"), "takes 'n' as int, but is given 'a' (str)"),
        (lambda: hinted(hinted(1)), "given output 'result' of task 'hinted' (str)"),
        (lambda: hinted.map(over=[1, "b"]), "takes each 'n' as int, but item [1] is 'b' (str)"),
    ],
)
def test_nonsense_is_refused_by_name(wrong, said):
    @workflow
    def pipeline():
        wrong()

    with pytest.raises(WorkflowError) as caught:
        pipeline()
    assert said in str(caught.value)


def test_an_unknown_output_is_an_unknown_attribute():
    @workflow
    def pipeline():
        loaded = load("p")
        return hasattr(loaded, "dat"), hasattr(loaded.data, "shape"), hasattr(loaded, "data")

    assert pipeline().returns == (False, False, True)
    assert issubclass(UnknownOutputError, AttributeError)
    assert issubclass(TypeHintError, InputError)


def test_what_only_looks_like_a_workflow_is_refused():
    async def coroutine(): ...

    def generator():
        yield 1

    for function, said in [(coroutine, "coroutine"), (generator, "generator")]:
        with pytest.raises(WorkflowError, match=said):
            workflow(function)
    with pytest.raises(WorkflowError, match="needs a function"):
        workflow(3)
    with pytest.raises(WorkflowError, match="must not be empty"):
        workflow(name="")(lambda: None)


@workflow
def clean(raw, times=1):
    for _ in range(times):
        raw = add(raw, right=1)
    return raw


@workflow
def prepare(path):
    loaded = load(path)
    return clean(loaded.data), loaded.name


def groups(made):
    return [(each.name, each.group) for each in made.get_tasks()]


def test_sub_workflows_are_groups():
    @workflow(name="outer")
    def pipeline():
        one, _ = prepare("a")
        two, name = prepare("b")
        both = add(one, two)
        both = clean(both, times=2)
        add.using(name="last")(both, name)

    assert pipeline().name == "outer"
    assert groups(pipeline()) == [
        ("load", "prepare"),
        ("add", "prepare/clean"),
        ("load", "prepare-2"),
        ("add", "prepare-2/clean"),
        ("add", ""),
        ("add", "clean"),
        ("add", "clean"),
        ("last", ""),
    ]
    assert [spec.group for spec in pipeline().graph().tasks][:2] == ["prepare", "prepare/clean"]


def test_recursion():
    @workflow
    def tree(depth):
        if depth == 0:
            return add(1)
        return add(tree(depth - 1), tree(depth - 1))

    made = tree(2)
    assert [group for _, group in groups(made)] == [
        "tree/tree", "tree/tree-2", "tree", "tree-2/tree", "tree-2/tree-2", "tree-2", "",
    ]  # fmt: skip


def test_an_error_inside_leaves_nothing_behind():
    @workflow
    def failing(start):
        add(start)
        double(value=add(start))
        raise KeyError("no")

    @workflow
    def pipeline():
        start = add(1)
        with pytest.raises(KeyError):
            failing(start)
        again = clean(start)
        with pytest.raises(KeyError):
            failing(again)
        return again

    made = pipeline()
    assert groups(made) == [("add", ""), ("add", "clean")]
    made.remove_task(made.get_tasks()[1])
    assert made.successors(made.get_tasks()[0].task_id) == []
    with pytest.raises(KeyError):
        failing(3)
    assert add(1, 2) == 3, "outside a task is a plain call again"


def test_what_leaks_out_is_refused():
    leaked = []

    @workflow
    def first():
        leaked.append(add(1))

    @workflow
    def second(use):
        return add(leaked[0]) if use else leaked[0]

    first()
    for use in (True, False):
        with pytest.raises(WorkflowError, match=r"not in workflow|has no task"):
            second(use)


def test_a_client_of_a_part_is_refused():
    class Client:
        adopted = None

        def adopt(self, made):
            self.adopted = made

    client = Client()

    @workflow
    def pipeline():
        return clean.on(client)(1)

    with pytest.raises(WorkflowError, match=r"clean.on\(client\)"):
        pipeline()
    made = clean.on(client)(1)
    assert client.adopted is made


def test_threads_and_coroutines_do_not_mix():
    barrier = threading.Barrier(4, timeout=30)

    @workflow
    def pipeline(number):
        last = add(number)
        for _ in range(number):
            barrier.wait()
            last = add(last)
        return last

    def by_hand():
        for _ in range(3):
            barrier.wait()
            assert add(1, 2) == 3

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        plain = pool.submit(by_hand)
        made = list(pool.map(pipeline, [3, 3, 3]))
        plain.result(timeout=30)
    assert [each.task_count for each in made] == [4, 4, 4]
    assert len({each.workflow_id for each in made}) == 3

    async def several():
        async def one(number):
            await asyncio.sleep(0)
            return clean(number, times=number)

        return await asyncio.gather(*(one(number) for number in range(1, 4)))

    assert [each.task_count for each in asyncio.run(several())] == [1, 2, 3]


@pytest.mark.alone
def test_many_calls_are_quick():
    @workflow
    def pipeline(count):
        last = add(0)
        for _ in range(count // 100):
            last = clean(last, times=100)
        return last

    pipeline(100)
    started = time.perf_counter()
    small = pipeline(2_000)
    middle = time.perf_counter()
    big = pipeline(10_000)
    ended = time.perf_counter()
    assert (small.task_count, big.task_count) == (2_001, 10_001)
    assert ended - middle < 15 * (middle - started)


MISCALLED = {
    "a list without a name": (
        lambda c: add.map([1, 2]),
        r"given a list without a name: say add.map\(over=",
    ),
    "nothing to map over": (lambda c: add.map(left=1), r"nothing to map over: say add.map\(over="),
    "a fixed input without a name": (
        lambda c: add.map(1, over=[1]),
        r"as in add.map\(over=…, left=…\)",
    ),
    "the same under a condition": (lambda c: add.when(c).map([1]), r"say add.map\(over="),
    "two inputs could take the items": (
        lambda c: both.map(over=[1]),
        "fix the others by name, as in b=…",
    ),
    "two inputs could take the list": (
        lambda c: both.map(over={"a": [1], "b": [1]}).reduce(both),
        r"could take the list \('a', 'b'\): fix the others by name, as in b=…",
    ),
    "a missing input": (lambda c: add(), r"give it in the call, as in add\(left=…\)"),
    "a missing input of a map": (
        lambda c: both.map(over={"a": [1]}),
        r"give it in the call, as in both.map\(over=…, b=…\)",
    ),
    "a misspelt input": (lambda c: add(lefd=1), "did you mean 'left'"),
    "a condition after the call": (lambda c: add(1).when(c), r"say add.when\(…\)\(…\), before"),
    "a condition after the map": (
        lambda c: add.map(over=[1]).when(c),
        r"say add.when\(…\).map\(over=…\), before",
    ),
    "options after the call": (lambda c: add(1).using(retries=1), r"say add.using\(…\)\(…\)"),
    "a condition that is known": (lambda c: add.when(True)(1), "True, a plain value.*ordinary if"),
    "a table as a condition": (
        lambda c: add.when(pd.DataFrame({"a": [1]}))(1),
        r"is a 0 1, a plain",
    ),
}


@pytest.mark.parametrize(("call", "says"), MISCALLED.values(), ids=MISCALLED)
def test_what_is_called_in_another_way_is_told_the_right_one(call, says):
    @workflow
    def made():
        call(add(1))

    with pytest.raises(InputError, match=says) as caught:
        made()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["run", "returned", "get_results", "add_task"])
def test_a_workflow_function_that_is_not_called_says_so(name):
    @workflow
    def made():
        add(1)

    with pytest.raises(WorkflowError, match=rf"call it first, made\(…\).{name}"):
        getattr(made, name)
    assert not hasattr(made, name)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = made.nonsense


def test_maps_by_hand_say_the_same():
    with pytest.raises(InputError, match=r"say add.map\(over="):
        add.map([1, 2])
    with pytest.raises(InputError, match=r"as in both.map\(over=…, b=…\)"):
        both.map(over={"a": [1]})


def _numbers():
    yield 1


async def _late_numbers():
    yield 1


class _Numbers:
    def __call__(self):
        yield 1

    def method(self):
        return 1

    @staticmethod
    def static(x):
        return x


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (_numbers, "task '_numbers' is a generator.*return a list"),
        (_late_numbers, "is a generator"),
        (functools.partial(_numbers), "is a generator"),
        (_Numbers(), "is a generator"),
        (_Numbers.method, "task 'method' is a method of class '_Numbers'.*takes the object"),
        (classmethod(_Numbers.method), "needs a function"),
    ],
)
def test_what_cannot_be_called_as_tasks_are_is_refused_at_once(function, says):
    for decorate in (task, task(outputs=["x"])):
        with pytest.raises(WorkflowError, match=says):
            decorate(function)


def test_functions_of_a_class_and_coroutines_are_tasks():
    async def late(x):
        return x

    assert task(_Numbers.static).inputs == task(late).inputs == ("x",)
    assert task(_Numbers().method).inputs == ()
