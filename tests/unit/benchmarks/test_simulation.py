"""The simulator keeps true accounts: nothing over-committed, no bound beaten, nothing by chance."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from maze_nb.engine.demand import demand_of
from maze_nb.model.node import Capacity, Device
from maze_nb.model.resources import Resources

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
POLICIES = ("late_binding.LateBinding", "first_in.FirstIn", "plain_dask.PlainDask")
SHAPES = ("independent", "layers", "fork_join", "chains")


@dataclass(frozen=True)
class Rooms:
    bounds: ModuleType
    clock: ModuleType
    ledger: ModuleType
    machines: ModuleType
    synthetic: ModuleType
    workload: ModuleType
    policies: dict[str, type]


@pytest.fixture(scope="module")
def sim() -> Iterator[Rooms]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)

        def room(name: str) -> ModuleType:
            return importlib.import_module(f"simulation.{name}")

        policies = {
            path: getattr(room(path.partition(".")[0]), path.partition(".")[2]) for path in POLICIES
        }
        names = ("bounds", "clock", "ledger", "machines", "synthetic", "workload")
        yield Rooms(*(room(name) for name in names), policies)


@pytest.mark.parametrize("mix", ["cpu", "cpu+gpu", "big+small"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("policy", POLICIES)
def test_accounts_of_a_whole_run(sim, policy: str, shape: str, mix: str) -> None:
    load = getattr(sim.synthetic, shape)(400, 3)
    fleet = sim.machines.MIXES[mix](1)
    if not sim.machines.has_gpus(fleet):
        load = load.without_gpus()
    outcome = sim.clock.simulate(load, fleet, sim.policies[policy]())
    found = {execution.index: execution for execution in outcome.executions}

    assert sorted(found) == list(range(len(load.jobs)))
    for job in load.jobs:
        begun = found[job.index].start
        assert found[job.index].end == pytest.approx(begun + job.seconds)
        assert all(found[parent].end <= begun for parent in job.parents)
    assert outcome.makespan == max(execution.end for execution in outcome.executions)
    assert_never_over_committed(load, fleet, outcome)
    bound = sim.bounds.bounds(load, fleet)
    assert bound.simple <= bound.proof <= outcome.makespan + 1e-9

    again = sim.clock.simulate(load, fleet, sim.policies[policy]())
    assert again.executions == outcome.executions
    assert again.moved == outcome.moved


def assert_never_over_committed(load, fleet, outcome) -> None:
    """Count what runs at each moment, from the schedule alone."""
    changes = []
    for execution in outcome.executions:
        asked = load.jobs[execution.index].resources
        changes += [(execution.start, 1, execution, asked), (execution.end, -1, execution, asked)]
    used: dict[tuple[object, ...], float] = {}
    for _, sign, execution, asked in sorted(changes, key=lambda change: change[:2]):
        parts = {("cpu",): asked.cpu, ("memory",): asked.cpu_mem}
        if execution.gpu_ids is None:
            parts[("gpu",)] = asked.gpu
            parts[("vram",)] = asked.gpu_mem * max(asked.gpu, 1)
        else:
            assert len(execution.gpu_ids) == (max(asked.gpu, 1) if asked.gpu else 0)
            for index in execution.gpu_ids:
                parts[("share", index)] = min(asked.gpu, 1)
                parts[("device", index)] = asked.gpu_mem
        for part, amount in parts.items():
            at = (execution.machine, *part)
            used[at] = used.get(at, 0) + sign * amount
            assert used[at] <= supply(fleet[execution.machine].capacity, part) + 1e-6, at


def supply(capacity: Capacity, part: tuple[object, ...]) -> float:
    match part:
        case ("cpu",):
            return capacity.cpu
        case ("memory",):
            return capacity.cpu_mem
        case ("gpu",):
            return len(capacity.devices)
        case ("vram",):
            return sum(device.memory for device in capacity.devices)
        case ("share", _):
            return 1
        case ("device", int(index)):
            return capacity.devices[index].memory
    raise AssertionError(part)


@pytest.mark.parametrize(
    ("asked", "seconds", "expected"),
    [
        # chain, work, proof on one machine of 4 cores and two devices of 16000 MB
        (Resources(cpu=1), [1.0] * 8, (1, 2, 2)),
        (Resources(cpu=3), [1.0] * 4, (1, 3, 4)),
        (Resources(cpu=1), [1.0] * 5, (1, 1.25, 2)),
        (Resources(cpu=1, gpu=0.5, gpu_mem=9000), [1.0] * 4, (1, 1.125, 2)),
        (Resources(cpu=1, gpu=2, gpu_mem=1000), [1.0, 2.0], (2, 3, 3)),
        (Resources(cpu=1, cpu_mem=1500), [1.0] * 3, (1, 2.25, 3)),
    ],
)
def test_bounds_of_equal_jobs(sim, asked: Resources, seconds, expected) -> None:
    jobs = tuple(sim.workload.Job(i, "x", s, asked) for i, s in enumerate(seconds))
    found = sim.bounds.bounds(sim.workload.Workload("equal", jobs), [machine(sim)])
    assert tuple(found) == pytest.approx(expected)


def test_bounds_of_a_join(sim) -> None:
    parts = [("part", 1.0, Resources(cpu=1), [], 0) for _ in range(8)]
    rows = [*parts, ("join", 3.0, Resources(cpu=1), list(range(8)), 0)]
    load = sim.workload.Workload("join", sim.workload.topological(rows))
    assert tuple(sim.bounds.bounds(load, [machine(sim)])) == pytest.approx((4, 2.75, 5))


@pytest.mark.parametrize(
    ("asked", "gpu_ids"),
    [
        (Resources(cpu=5), ()),
        (Resources(cpu=1, cpu_mem=3000), ()),
        (Resources(cpu=1, gpu=1, gpu_mem=20_000), (0,)),
        (Resources(cpu=1, gpu=2), (0,)),
        (Resources(cpu=1, gpu=2), (0, 0)),
    ],
)
def test_the_ledger_refuses_what_is_not_free(sim, asked: Resources, gpu_ids) -> None:
    room = sim.ledger.Room(machine(sim))
    with pytest.raises(sim.ledger.OverCommitError):
        room.take(demand_of(asked), gpu_ids)


def test_first_in_blocks_behind_its_head_and_late_binding_does_not(sim) -> None:
    asked = [Resources(cpu=3), Resources(cpu=4), Resources(cpu=1)]
    jobs = tuple(sim.workload.Job(i, f"g{i}", 1.0, one) for i, one in enumerate(asked))
    load = sim.workload.Workload("blocked", jobs)
    ends = {
        policy: sim.clock.simulate(load, [machine(sim)], make()).makespan
        for policy, make in sim.policies.items()
    }
    assert ends["first_in.FirstIn"] == 3
    assert ends["late_binding.LateBinding"] == 2


def machine(sim):
    devices = (Device(0, 16_000), Device(1, 16_000))
    return sim.machines.Machine("m", Capacity(4, 2000, devices))
