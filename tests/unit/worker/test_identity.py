"""Who a worker is, by its environment."""

from __future__ import annotations

import dask.config
import pytest

from maze_nb.errors import MazeError
from maze_nb.worker.identity import Identity, read_identity

NOBODY = Identity("", {}, (), "", None, 2.0)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, {}),
        ({"MAZE_NODE_ID": "n1"}, {"node_id": "n1"}),
        (
            {"MAZE_RESOURCES": "CPU=8 GPU=2 VRAM=32000"},
            {"declared": {"CPU": 8, "GPU": 2, "VRAM": 32000}},
        ),
        ({"WORKER_TAGS": " a100, fast-disk ,,a100"}, {"tags": ("a100", "fast-disk")}),
        ({"MAZE_TAGS": "left"}, {"tags": ("left",)}),
        ({"WORKER_TAGS": "", "MAZE_TAGS": "left"}, {"tags": ("left",)}),
        ({"RESULTS_DIR": "/data"}, {"results_dir": "/data"}),
        ({"MAZE_ENDS": "1800000000.5"}, {"ends": 1800000000.5}),
        ({"SLURM_JOB_END_TIME": "1800000000"}, {"ends": 1800000000.0}),
        ({"SLURM_JOB_END_TIME": "soon"}, {}),
        ({"HEARTBEAT_INTERVAL_SEC": "0.5"}, {"beat": 0.5}),
        ({"MAZE_HEARTBEAT_INTERVAL_SEC": "7"}, {"beat": 7.0}),
    ],
)
def test_what_the_environment_says(environment, expected) -> None:
    known = {name: getattr(NOBODY, name) for name in NOBODY.__slots__} | expected
    assert read_identity(environment) == Identity(**known)


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"HEARTBEAT_INTERVAL_SEC": "often"}, "HEARTBEAT_INTERVAL_SEC is 'often'"),
        ({"HEARTBEAT_INTERVAL_SEC": "0"}, "HEARTBEAT_INTERVAL_SEC is '0'"),
        ({"MAZE_HEARTBEAT_INTERVAL_SEC": "nan"}, "MAZE_HEARTBEAT_INTERVAL_SEC is 'nan'"),
        ({"MAZE_ENDS": "tonight"}, "MAZE_ENDS is 'tonight'"),
        ({"MAZE_RESOURCES": "GPU=x"}, "GPU=x"),
    ],
)
def test_nonsense_is_named(environment, message) -> None:
    with pytest.raises(MazeError, match=message):
        read_identity(environment)


@pytest.mark.parametrize("value", [0, "0s", -1, "often"])
def test_the_setting_has_to_be_a_time(value) -> None:
    with (
        dask.config.set({"maze.heartbeat-interval": value}),
        pytest.raises(ValueError, match=r"maze\.heartbeat-interval"),
    ):
        read_identity({})
