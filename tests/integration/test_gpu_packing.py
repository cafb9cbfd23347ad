"""Two workers with two devices each: 60 tasks of mixed shares and VRAM, by what they recorded."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from maze_nb import MaClient

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


ATTEMPTS = 3


@pytest.fixture(scope="module")
def bench() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        yield importlib.import_module("gpu_packing")


@pytest.mark.alone
@pytest.mark.slow
def test_devices_are_never_over_committed_and_well_packed(bench) -> None:
    """Held against tasks with nothing to pack, as what a busy machine adds is in both."""
    loads = bench.mixed_gpu_load(60, 1, 0.8, 1.2)
    reached = 0.0
    with bench.two_workers(bench.WORKER, threads=8) as address, MaClient(address) as client:
        bench.warm_up(client)
        for _ in range(ATTEMPTS):
            records = bench.run_loads(client, loads)
            assert bench.over_commitments(records) == []
            assert len({(each.worker, index) for each in records for index in each.gpu_ids}) == 4
            plain = bench.packing(bench.run_loads(client, bench.whole_device_load(40, 0.8)))
            reached = max(reached, bench.packing(records) / plain)
            if reached >= bench.PROMISED:
                break
    assert reached >= bench.PROMISED


ALONE = ("a", (0,), 1, 9000, 0.0, 1.0)


@pytest.mark.parametrize(
    ("second", "is_sound"),
    [
        (("a", (1,), 1, 9000, 0.5, 1.5), True),
        (("b", (0,), 1, 9000, 0.5, 1.5), True),
        (("a", (0,), 1, 9000, 1.0, 2.0), True),
        (("a", (0,), 0.25, 1000, 0.5, 1.5), False),
        (("a", (0,), 0.0, 9000, 0.9, 1.5), False),
        (("a", (1, 2), 1, 9000, 0.5, 1.5), False),
        (("a", (1,), 2, 9000, 0.5, 1.5), False),
        (("a", (0, 1), 2, 100, 0.5, 1.5), False),
    ],
)
def test_the_check_finds_over_commitment(bench, second, is_sound: bool) -> None:
    records = [bench.Record(*ALONE), bench.Record(*second)]
    assert (bench.over_commitments(records) == []) == is_sound


def test_the_check_measures_packing(bench) -> None:
    whole = [bench.Record("a", (i % 2,), 1, 0, i // 2, i // 2 + 1) for i in range(4)]
    assert bench.packing(whole, workers=1) == pytest.approx(1)
    gap = [bench.Record("a", (0,), 1, 0, 0, 1), bench.Record("a", (0,), 1, 0, 3, 4)]
    assert bench.packing(gap, workers=1) == pytest.approx(0.25)
