"""The table of all magics: from here come their help, completion and refusals."""

from __future__ import annotations

from maze_nb.magics.usage import Offer, Option, Usage
from maze_nb.model.task_options import ISOLATIONS, KEEPS

KINDS = ("python", "shell")
_FAIL_FAST = Option(("--fail-fast",), "the first failure cancels all that has not ended")
_ALL = Option(("--all",), "compute everything, and keep what it makes")
_CACHE = Option(("--cache",), "even cells marked --no-cache may come from the result cache")
_NO_CACHE = Option(("--no-cache",), "compute everything, and keep nothing for later")
_RUN: tuple[tuple[str, Offer], ...] = (("RUN_ID", "runs"),)

TASK = Usage(
    "%%maze_task",
    (("NAME", "cells"),),
    options=(
        Option(("--kind",), "what the cell is: Python, or a command", "|".join(KINDS), KINDS),
        Option(("--run",), "run it at once, in the background; further cells do not wait"),
        Option(("--cpu",), "cores it needs, 1 by default; fractions are allowed", "N"),
        Option(("--cpu-mem",), "memory it needs, in MB", "MB"),
        Option(("--gpu",), "GPU devices it needs; a fraction shares one", "N"),
        Option(("--gpu-mem",), "memory it needs on each device, in MB", "MB"),
        Option(("-i", "--inputs"), "take only these names from other task cells", "a,b", "names"),
        Option(("-o", "--outputs"), "give only these names on; of a command: name=file", "x,y=f"),
        Option(("--timeout",), "seconds one attempt may take", "S"),
        Option(("--isolation",), "where its code runs", "|".join(ISOLATIONS), ISOLATIONS),
        Option(("--retries",), "how often it is tried again after it failed", "N"),
        Option(("--backoff",), "seconds before the first retry, doubled for each further", "S"),
        Option(("--priority",), "from -100 to 100; higher goes first", "N"),
        Option(("--deadline",), "when it should be done: seconds, or a time", "S"),
        Option(("--tags",), "run only on nodes that have all of these tags", "a,b"),
        Option(("--prefer",), "prefer nodes that have these tags", "a,b"),
        Option(("--node",), "run only on this node", "NODE"),
        Option(("--env",), "set this environment variable, as it is here", "NAME[=VALUE]"),
        Option(("--secret", "--secrets"), "set this one as only the worker knows it", "NAME"),
        Option(("--no-cache",), "compute it in each run, whatever the result cache has"),
        Option(("--cache",), "as by default: compute it only if it is stale", is_shown=False),
        Option(("--version",), "part of what tells whether it is stale", "V"),
        Option(("--keep",), "where big outputs are kept", "|".join(KEEPS), KEEPS),
        Option(("--destination",), "where the files go that it leaves", "URL"),
    ),
    examples=(
        "%%maze_task train --cpu 2 --cpu-mem 2000",
        "%%maze_task report -o table,figure",
        "%%maze_task build --kind shell -o log=build/*.log",
    ),
)
RUN = Usage(
    "%maze_run",
    options=(_ALL, _FAIL_FAST, _CACHE, _NO_CACHE),
    examples=("%maze_run", "%maze_run --all --fail-fast"),
)
PLAN = Usage("%maze_plan", options=(_ALL, _CACHE, _NO_CACHE), examples=("%maze_plan",))
STATUS = Usage("%maze_status", examples=("%maze_status",))
DAG = Usage(
    "%maze_dag",
    options=(
        Option(("--undo",), "take back the last edit that was made in the graph"),
        Option(("--reset",), "take back all of them"),
    ),
    examples=("%maze_dag", "%maze_dag --undo"),
)
NODES = Usage("%maze_nodes", examples=("%maze_nodes",))
CONNECT = Usage("%maze_connect", (("ADDRESS", ""),), 1, examples=("%maze_connect tcp://host:8786",))
WORKFLOW = Usage(
    "%maze_workflow",
    (("new|forget", ("new", "forget")), ("NAME", "cells")),
    examples=("%maze_workflow", "%maze_workflow new second", "%maze_workflow forget train"),
)
ATTACH = Usage("%maze_attach", _RUN, examples=("%maze_attach", "%maze_attach 3f9c"))
RESUME = Usage("%maze_resume", _RUN, examples=("%maze_resume",))
RERUN = Usage(
    "%maze_rerun",
    _RUN,
    options=(
        Option(("--failed",), "compute only what has no stored result"),
        Option(("--from",), "compute this task and all that depends on it", "TASK", "cells"),
    ),
    examples=("%maze_rerun --failed", "%maze_rerun 3f9c --from train"),
)
CANCEL = Usage(
    "%maze_cancel", (("RUN_ID|CELL", "cells"),), examples=("%maze_cancel", "%maze_cancel train")
)
RUNS = Usage(
    "%maze_runs",
    options=(Option(("--all",), "not only the newest"),),
    examples=("%maze_runs", "%maze_runs --all"),
)
RESULTS = Usage("%maze_results", _RUN, examples=("results = %maze_results", 'results["model"]'))
DEBUG = Usage(
    "%%maze_debug",
    (("TASK", "cells"),),
    options=(
        Option(("--run",), "the run in which it failed, by default the latest", "RUN_ID", "runs"),
        Option(("--there",), "as %%maze_debug: run the cell on the node on which it failed"),
    ),
    examples=("%maze_debug train --run 3f9c", "%%maze_debug train --there"),
)
AUTO = Usage(
    "%maze_auto",
    (("on|off|status", ("on", "off", "status")),),
    examples=("%maze_auto on", "%maze_auto status"),
)
WAIT = Usage("%maze_wait", (("NAME", "cells"),), is_open=True, examples=("%maze_wait",))
PATCH = Usage("%maze_patch", (("TASK", "cells"),), examples=("%maze_patch train",))
EXPORT = Usage(
    "%maze_export",
    (("FILE.py|WORKFLOW", ""), ("FILE.py", "")),
    options=(Option(("--force",), "write over files that are there"),),
    examples=("%maze_export", "%maze_export pipeline.py --force", "%maze_export w pipeline.py"),
)
LOAD = Usage(
    "%load_maze",
    (("FILE.py", ""), ("WORKFLOW", "")),
    1,
    examples=("%load_maze pipeline.py", "%load_maze pipeline.py train_all"),
)
CELLS = Usage("%%maze_cells", examples=("%%maze_cells",))
MAGICS = (
    TASK, RUN, PLAN, STATUS, DAG, WORKFLOW, NODES, CONNECT, ATTACH, RESUME, RERUN, CANCEL, RUNS,
    RESULTS, DEBUG, PATCH, AUTO, WAIT, EXPORT, LOAD, CELLS,
)  # fmt: skip
_BY_NAME = {usage.name.lstrip("%"): usage for usage in MAGICS}


def usage_of(name: str) -> Usage | None:
    """Return what a magic takes, by its name with or without percent signs."""
    return _BY_NAME.get(name.lstrip("%"))
