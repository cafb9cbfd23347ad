"""What is read from NVML: from a stand-in with devices of its own, and from none."""

# ruff: noqa: N802 - the names of NVML

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace

import pytest

from maze_nb.model.node import Device
from maze_nb.worker import nvml

MB = 2**20
UUIDS = ("GPU-aa11", "GPU-bb22")


class StandIn(ModuleType):
    """Two devices of 16000 MB; on the first, two processes hold memory."""

    class NVMLError(Exception):
        """What NVML raises."""

    def __init__(self, *, is_there: bool = True, is_lost: bool = False) -> None:
        super().__init__("pynvml")
        self.is_there = is_there
        self.is_lost = is_lost
        self.inits = 0

    def nvmlInit(self) -> None:
        self.inits += 1
        if not self.is_there:
            raise self.NVMLError("Driver Not Loaded")

    def nvmlSystemGetDriverVersion(self) -> str:
        return "550.54"

    def nvmlDeviceGetCount(self) -> int:
        if self.is_lost:
            raise self.NVMLError("GPU is lost")
        return 2

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:
        return index

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> int:
        return UUIDS.index(uuid)

    def nvmlDeviceGetUUID(self, handle: int) -> bytes:
        return UUIDS[handle].encode()

    def nvmlDeviceGetName(self, handle: int) -> str:
        return f"Model {handle}"

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> SimpleNamespace:
        return SimpleNamespace(total=16000 * MB, used=(3000 - 2500 * handle) * MB)

    def nvmlDeviceGetUtilizationRates(self, handle: int) -> SimpleNamespace:
        if handle:
            raise self.NVMLError("Not Supported")
        return SimpleNamespace(gpu=40)

    def nvmlDeviceGetComputeRunningProcesses(self, handle: int) -> list[SimpleNamespace]:
        if handle:
            return []
        return [
            SimpleNamespace(pid=11, usedGpuMemory=1000 * MB),
            SimpleNamespace(pid=12, usedGpuMemory=None),
            SimpleNamespace(pid=13, usedGpuMemory=1500 * MB),
        ]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Callable[[StandIn], StandIn]:
    """Give a function that puts a stand-in where NVML is looked for."""
    nvml._library.cache_clear()
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)

    def put(library: StandIn) -> StandIn:
        monkeypatch.setitem(sys.modules, "pynvml", library)
        nvml._library.cache_clear()
        return library

    yield put
    nvml._library.cache_clear()


FIRST = Device(0, 16000, "Model 0", "GPU-aa11", "550.54")
SECOND = Device(1, 16000, "Model 1", "GPU-bb22", "550.54")


@pytest.mark.parametrize(
    ("visible", "expected"),
    [
        (None, (FIRST, SECOND)),
        ("0,1", (FIRST, SECOND)),
        ("1", (Device(0, 16000, "Model 1", "GPU-bb22", "550.54"),)),
        ("GPU-bb22,GPU-aa11", None),
        ("GPU-bb", (Device(0, 16000, "Model 1", "GPU-bb22", "550.54"),)),
        ("1,9,0", (Device(0, 16000, "Model 1", "GPU-bb22", "550.54"),)),
        ("0,-1,1", (FIRST,)),
        ("", ()),
        ("-1", ()),
        ("NoDevFiles", ()),
    ],
)
def test_devices_are_counted_as_the_worker_sees_them(
    install, monkeypatch, visible, expected
) -> None:
    install(StandIn())
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    if expected is None:
        assert [device.uuid for device in nvml.probe_devices()] == ["GPU-bb22", "GPU-aa11"]
    else:
        assert nvml.probe_devices() == expected


def test_how_devices_are_used(install) -> None:
    install(StandIn())
    assert nvml.device_use() == {
        0: nvml.DeviceUse(16000, 3000, 0.4, {11: 1000, 12: 0, 13: 1500}),
        1: nvml.DeviceUse(16000, 500, None, {}),
    }


@pytest.mark.parametrize(
    ("pids", "indices", "expected"),
    [([11, 13], [0], 2500), ([11], [0, 1], 1000), ([99], [0], 0), ([11], [7], 0)],
)
def test_what_processes_hold(install, pids, indices, expected) -> None:
    install(StandIn())
    assert nvml.used_by(pids, indices) == expected


def test_no_nvml_is_normal_and_quiet(install, caplog) -> None:
    library = install(StandIn(is_there=False))
    assert nvml.probe_devices() == ()
    assert nvml.device_use() == {}
    assert nvml.used_by([1], [0]) is None
    assert library.inits == 1
    assert not caplog.records


def test_a_lost_device_is_told_and_does_no_harm(install, caplog) -> None:
    install(StandIn(is_lost=True))
    assert nvml.probe_devices() == ()
    assert "GPU is lost" in caplog.text
