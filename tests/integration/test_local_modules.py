"""Tasks that use modules which lie beside the notebook, on workers elsewhere."""

from __future__ import annotations

import json
import os
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FILES = {
    "helpers.py": """
        import shapes
        from pkg.sub import scale

        RATE = 3

        def price(n):
            return scale(n) * RATE

        def area():
            return shapes.Square(4).area()

        class Money:
            def __init__(self, amount):
                self.amount = amount
            def __eq__(self, other):
                return type(other) is Money and other.amount == self.amount
            def __hash__(self):
                return hash(self.amount)
            def double(self):
                return Money(self.amount * 2)
    """,
    "shapes.py": """
        class Square:
            def __init__(self, side):
                self.side = side
            def area(self):
                return self.side ** 2
    """,
    "pkg/__init__.py": "from pkg import sub\n",
    "pkg/sub.py": """
        from pathlib import Path
        from . import deep

        def scale(n):
            return n * deep.factor()

        def table():
            return (Path(__file__).parent / "table.txt").read_text()
    """,
    "pkg/deep.py": "def factor():\n    return 10\n",
    "pkg/table.txt": "a table\n",
    "space/inner/tool.py": "def twice(n):\n    return 2 * n\n",
    "tasks.py": """
        from maze_nb import task
        import helpers

        @task
        def decorated(n):
            return helpers.price(n)
    """,
}


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    """Give a folder with modules, such as one in which a notebook is."""
    folder = tmp_path / "beside"
    folder.mkdir()
    write(folder, FILES)
    return folder


@pytest.fixture
def run(script: Callable[..., Any], separate: str, beside: Path) -> Callable[..., str]:
    """Give a function that runs a program in the folder, with a cluster started elsewhere."""

    def run_there(code: str, **env: str) -> str:
        program = START.format(folder=str(beside), address=separate) + textwrap.dedent(code)
        started = script(program, **env)
        printed: str = started.end()
        return printed + started.warnings

    return run_there


START = """
import os, sys
os.chdir({folder!r})
sys.path[0] = {folder!r}
from maze_nb import MaClient, task
client = MaClient({address!r})

def compute(function, inputs=None, **options):
    workflow = client.create_workflow()
    added = workflow.add_task(function, inputs or {{}}, **options)
    return workflow.get_task_result(workflow.run(), added)["result"]

"""

USES = {
    "an import inside a function": """
        def f():
            import helpers
            return helpers.price(2)
        print(compute(f))
    """,
    "a module that a function looks up": """
        import helpers
        def f():
            return helpers.price(2)
        print(compute(f))
    """,
    "a function that is imported": """
        from helpers import price
        def f():
            return price(2)
        print(compute(f))
    """,
    "a function of a module as the task": """
        import helpers
        print(compute(helpers.price, {"n": 2}))
    """,
    "a decorated function of a module": """
        import tasks
        print(compute(tasks.decorated, {"n": 2}))
    """,
    "a submodule of a package": """
        from pkg.sub import scale
        def f():
            return scale(6)
        print(compute(f))
    """,
    "a package imported only inside": """
        def f():
            import pkg.sub
            return pkg.sub.scale(6)
        print(compute(f))
    """,
    "a namespace package": """
        def f():
            from space.inner import tool
            return tool.twice(30)
        print(compute(f))
    """,
    "an instance as an input": """
        import helpers
        def f(money):
            return money.double().amount
        print(compute(f, {"money": helpers.Money(30)}))
    """,
    "in a process of its own": """
        import helpers
        def f(money):
            return money.double().amount
        print(compute(f, {"money": helpers.Money(30)}, isolation="process"))
    """,
    "items of a list that a process made": """
        def make(number):
            import helpers
            return [helpers.Money(number) for _ in range(3)]
        def double(money, again):
            return money.double().amount + again.amount
        def add(amounts):
            return sum(amounts)
        workflow = client.create_workflow()
        lists = [
            workflow.add_task(make, {"number": number}, isolation="process").outputs["result"]
            for number in (6, 8)
        ]
        mapped = workflow.add_map(double, {"money": lists[0], "again": lists[1]})
        last = workflow.add_reduce(add, mapped.outputs["result"])
        print(workflow.get_task_result(workflow.run(), last)["result"])
    """,
    "an instance that goes from task to task": """
        import helpers
        def make():
            import helpers
            return helpers.Money(15)
        def double(money):
            return money.double()
        def amount(money, again):
            return money.amount + again.amount * 0
        workflow = client.create_workflow()
        first = workflow.add_task(make)
        parts = [workflow.add_task(double, {"money": first.outputs["result"]}) for _ in range(6)]
        last = workflow.add_task(
            amount, {"money": parts[0].outputs["result"], "again": parts[1].outputs["result"]}
        )
        run = workflow.run()
        made = workflow.get_task_result(run, parts[5])["result"]
        assert type(made) is helpers.Money
        print(workflow.get_task_result(run, last)["result"] * 2)
    """,
}


@pytest.mark.parametrize("why", USES)
def test_local_code_runs_on_workers_elsewhere(run, why):
    assert run(USES[why]).splitlines()[0] == "60"


def test_a_package_brings_its_data_files(run):
    assert "a table" in run(
        """
        def f():
            from pkg.sub import table
            return table()
        print(compute(f))
        """
    )


def test_what_is_edited_travels_anew_and_nothing_else(run):
    printed = run(
        """
        import json, time
        from pathlib import Path
        import helpers
        sent = client._handover
        from maze_nb.config import home

        def f():
            import helpers, pkg.deep
            return [helpers.RATE, pkg.deep.factor()]

        def kept():
            return len(list((home() / "modules").iterdir()))

        told = [compute(f)]
        count = kept()
        compute(f), compute(f)
        told.append(kept() - count)
        for isolation in ("thread", "process"):
            file = Path("helpers.py")
            file.write_text(file.read_text().replace("RATE = 3", "RATE = 5"))
            helpers = __import__("importlib").reload(helpers)
            told.append(compute(f, isolation=isolation))
            file.write_text(file.read_text().replace("RATE = 5", "RATE = 3"))
            helpers = __import__("importlib").reload(helpers)
            told.append(compute(f, isolation=isolation))
        told.append(kept() - count)
        print(json.dumps(told))
        """
    )
    # Of the edited one the module and the list of all.
    assert printed.splitlines()[0] == "[[3, 10], 0, [5, 10], [3, 10], [5, 10], [3, 10], 2]"


def test_two_versions_run_at_the_same_time(run, tmp_path):
    printed = run(
        f"""
        from pathlib import Path
        import helpers, time

        def f(name):
            import helpers, os, time
            from pathlib import Path
            folder = Path({str(tmp_path)!r})
            (folder / name).touch()
            deadline = time.monotonic() + 30
            while len(list(folder.glob("both-*"))) < 2 and time.monotonic() < deadline:
                time.sleep(0.01)
            import helpers as again
            return [helpers.RATE, again.RATE, len(list(folder.glob("both-*")))]

        def start(name):
            workflow = client.create_workflow()
            task = workflow.add_task(f, {{"name": name}}, node="a")
            return workflow, workflow.run(), task

        first = start("both-1")
        file = Path("helpers.py")
        file.write_text(file.read_text().replace("RATE = 3", "RATE = 5"))
        second = start("both-2")
        print([w.get_task_result(run, task)["result"] for w, run, task in (first, second)])
        """
    )
    assert printed.splitlines()[0] == "[[3, 3, 2], [5, 5, 2]]"


def test_one_line_says_that_the_kernel_has_an_older_version(run):
    printed = run(
        """
        from pathlib import Path
        import helpers

        def f():
            return helpers.RATE

        compute(f)
        file = Path("helpers.py")
        file.write_text(file.read_text().replace("RATE = 3", "RATE = 5"))
        print(compute(f), compute(f), helpers.RATE)
        import importlib
        importlib.reload(helpers)
        print(compute(f))
        """
    )
    assert printed.splitlines()[:2] == ["5 5 3", "5"]
    assert printed.count("helpers.py was edited since it was imported here") == 1


def test_an_edited_module_is_not_mistaken_for_the_loaded_one_by_the_cache(run):
    printed = run(
        """
        from pathlib import Path
        import helpers

        def f():
            return helpers.RATE

        print(compute(f, cache=True))
        file = Path("helpers.py")
        file.write_text(file.read_text().replace("RATE = 3", "RATE = 5"))
        print(compute(f, cache=True))
        """
    )
    assert printed.splitlines()[:2] == ["3", "5"]


def test_what_imported_an_edited_module_is_loaded_anew_too(run, beside):
    write(
        beside,
        {
            "consts.py": "FACTOR = 10\n",
            "between.py": "from consts import FACTOR\n",
            "outer.py": "from between import FACTOR\ndef scale(n):\n    return n * FACTOR\n",
        },
    )
    printed = run(
        """
        import importlib, json
        from pathlib import Path
        import consts, between, outer

        def f(n):
            import consts, outer
            return [consts.FACTOR, outer.scale(n), scale(n)]

        def scaled(n):
            return outer.scale(n)

        def only_consts():
            import consts
            return consts.FACTOR

        told = []
        for factor, reloaded in (
            (10, ()), (770, (consts,)), (10, ()), (770, (consts, between, outer)), (10, ())
        ):
            Path("consts.py").write_text(f"FACTOR = {factor}\\n")
            for module in reloaded:
                importlib.reload(module)
            from outer import scale
            told.append([
                compute(only_consts),
                *(compute(f, {"n": 1}, isolation=how) for how in ("thread", "process")),
                compute(f, {"n": 1}, cache=True),
                compute(scaled, {"n": 1}, cache=True),
            ])
        print(json.dumps(told))
        """
    )
    found = json.loads(printed.splitlines()[0])
    assert found == [
        [factor, *[[factor, factor, factor]] * 3, factor] for factor in (10, 770, 10, 770, 10)
    ]


def test_a_missing_module_names_the_worker_and_what_to_do(run, separate):
    printed = run(
        """
        import sys, types
        def f():
            import no_such_package_anywhere
        for isolation in ("thread", "process"):
            try:
                compute(f, isolation=isolation)
            except ModuleNotFoundError as error:
                print(error)
        """
    )
    for line in printed.splitlines()[:2]:
        assert "No module named 'no_such_package_anywhere'" in line
        assert "on worker tcp://127.0.0.1:" in line
        assert "host " in line
        assert "node " in line
        assert "install it in the environment of that worker" in line


def test_a_package_that_is_too_large_says_so(run, beside):
    (beside / "pkg" / "weights.bin").write_bytes(bytes(3_000_000))
    printed = run(
        """
        from pkg.sub import scale
        try:
            compute(lambda: scale(1))
        except Exception as error:
            print(type(error).__name__, error)
        """,
        DASK_MAZE__MODULE_LIMIT="1MiB",
    )
    assert printed.startswith("SerializationError the local module 'pkg' cannot travel")
    assert "larger together than 1.00 MiB" in printed
    assert "maze.module-limit" in printed


def test_a_worker_in_the_same_process_leaves_its_modules_alone(script, beside):
    program = START.format(folder=str(beside), address="").replace(
        "client = MaClient('')",
        "from distributed import LocalCluster\n"
        "cluster = LocalCluster(n_workers=1, processes=False, dashboard_address='127.0.0.1:0')\n"
        "client = MaClient(cluster=cluster)",
    )
    use = """
    import helpers
    helpers.RATE = 6
    print(compute(helpers.price, {"n": 1}), sys.modules["helpers"] is helpers)
    client.close()
    cluster.close()
    """
    assert script(program + textwrap.dedent(use)).end().splitlines() == ["60 True"]


def test_a_run_whose_cluster_is_gone_is_repeated_with_its_modules(
    script, start_cluster, beside, tmp_path
):
    env = {"MAZE_HOME": str(tmp_path / "home")}
    first = start_cluster(env=env)
    first.add_worker("first")
    code = """
    from pathlib import Path
    def f(flag):
        import helpers
        if not Path(flag).exists():
            raise ValueError("not yet")
        return helpers.price(2)
    workflow = client.create_workflow()
    added = workflow.add_task(f, {"flag": "%s"}, name="f")
    run = workflow.run()
    client.get_run(run).wait(30)
    print(run)
    """
    flag = tmp_path / "flag"
    program = START.format(folder=str(beside), address=first.address)
    run_id = script(program + textwrap.dedent(code % flag), **env).end().strip()
    first.kill()
    flag.touch()
    for file in beside.glob("*.py"):
        file.unlink()
    second = start_cluster(env=env)
    second.add_worker("second")
    program = START.format(folder=os.fspath(tmp_path), address=second.address)
    again = f"print(client.get_run({run_id!r}).rerun(failed_only=True).result('f')['result'])"
    assert script(program + again, **env).end().strip() == "60"
