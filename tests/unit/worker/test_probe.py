"""Which devices a worker offers."""

from __future__ import annotations

import pytest

from maze_nb.model.node import Device
from maze_nb.worker.nvml import probe_devices
from maze_nb.worker.probe import offered_devices, probe_cores, probe_memory

PROBED = (Device(0, 81559, "H", "GPU-a"), Device(1, 81559, "H", "GPU-b"))


@pytest.mark.parametrize(
    ("declared", "probed", "expected"),
    [
        ({}, PROBED, PROBED),
        ({}, (), ()),
        ({"GPU": 0}, PROBED, ()),
        (
            {"GPU": 2, "VRAM": 32000},
            PROBED,
            (Device(0, 16000, "H", "GPU-a"), Device(1, 16000, "H", "GPU-b")),
        ),
        ({"GPU": 1, "VRAM": 16000}, (), (Device(0, 16000),)),
        ({"GPU": 1}, PROBED, PROBED[:1]),
        ({"GPU": 1}, (), (Device(0, 0),)),
        ({"GPU": 3}, PROBED, (*PROBED, Device(2, 0))),
        ({"CPU": 4}, PROBED, PROBED),
    ],
)
def test_declared_wins_and_what_is_missing_is_probed(declared, probed, expected) -> None:
    assert offered_devices(declared, lambda: probed) == expected


def test_this_machine() -> None:
    assert probe_cores() >= 1
    assert probe_memory() > 100
    assert all(device.memory > 0 for device in probe_devices())
