"""Scripts that end as soon as they can, with an embedded cluster that has barely begun."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

BODIES = {
    "nothing": ("", 2),
    "one task": (
        (
            "workflow = client.create_workflow()\n"
            "made = workflow.add_task(task(one))\n"
            "print(client.get_run(workflow.run()).result(made))\n"
        ),
        1,
    ),
}


@pytest.mark.parametrize(("body", "times"), BODIES.values(), ids=BODIES)
def test_a_short_script_ends_without_a_word(
    script: Callable[..., Any], body: str, times: int
) -> None:
    code = f"from maze_nb import MaClient, task\ndef one(): return 1\nclient = MaClient()\n{body}"
    for _ in range(times):
        started = script(code, DASK_MAZE__SLOTS="4")
        started.end()
        assert started.warnings == ""
