"""The settings under the key ``maze``."""

from __future__ import annotations

import subprocess
import sys

import dask.config
import pytest

from maze_nb import config


@pytest.mark.parametrize(
    ("read", "setting", "value", "expected"),
    [
        (config.infeasible_grace, "infeasible-grace", "60s", 60.0),
        (config.infeasible_grace, "infeasible-grace", "100ms", 0.1),
        (config.infeasible_grace, "infeasible-grace", 5, 5.0),
        (config.infeasible_grace, "infeasible-grace", 0, 0.0),
        (config.connect_timeout, "connect-timeout", "2m", 120.0),
        (config.start_timeout, "start-timeout", "1s", 1.0),
        (config.inline_limit, "inline-limit", "64KiB", 65536),
        (config.inline_limit, "inline-limit", 10, 10),
        (config.slots, "slots", None, None),
        (config.slots, "slots", 3, 3),
    ],
)
def test_value(read, setting, value, expected):
    with dask.config.set({f"maze.{setting}": value}):
        assert read() == expected


@pytest.mark.parametrize(
    ("read", "setting", "value"),
    [
        (config.infeasible_grace, "infeasible-grace", "soon"),
        (config.infeasible_grace, "infeasible-grace", "3 parsecs"),
        (config.infeasible_grace, "infeasible-grace", [1]),
        (config.connect_timeout, "connect-timeout", None),
        (config.connect_timeout, "connect-timeout", -1),
        (config.inline_limit, "inline-limit", "big"),
        (config.inline_limit, "inline-limit", None),
        (config.slots, "slots", 0),
        (config.slots, "slots", 1.5),
        (config.slots, "slots", True),
        (config.slots, "slots", "two"),
    ],
)
def test_bad_value_is_named(read, setting, value):
    with (
        dask.config.set({f"maze.{setting}": value}),
        pytest.raises(ValueError, match=rf"maze\.{setting} is {value!r}".replace("[", r"\[")),
    ):
        read()


def test_environment_sets_a_value():
    code = "from maze_nb import config; print(config.infeasible_grace(), config.slots())"
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env={"DASK_MAZE__INFEASIBLE_GRACE": "5s", "DASK_MAZE__SLOTS": "3"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert answer.stdout.split() == ["5.0", "3"]
