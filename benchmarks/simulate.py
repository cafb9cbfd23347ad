"""Makespan of our policy, FIFO and plain Dask's rules against the lower bound, in virtual time.

Drives the engine that runs in the scheduler over shapes of real workflows, independent loads and
made-up graphs, on several mixes of machines. ``--scale`` measures the engine's own cost instead.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import mean

from simulation.bounds import Bounds, bounds
from simulation.clock import Outcome, simulate
from simulation.first_in import FirstIn
from simulation.late_binding import LateBinding
from simulation.machines import MIXES, Machine, has_gpus, machines
from simulation.plain_dask import PlainDask
from simulation.scientific import DEMANDS, scientific
from simulation.synthetic import chains, crowd, fork_join, independent, layers, wide_layers
from simulation.workload import Workload

PROMISED = 1.08
REACHABLE_PROOF = 1.01
"""A bound is not reachable if it is proven that no schedule comes nearer to it than this."""
REACHABLE_SLACK = 1.5
"""... nor if the work is not so many times the critical path,"""
REACHABLE_GRAIN = 0.05
"""... nor if one task takes more than this part of it, as the end is then ragged."""
TIE = 1e-9
SCALE_SECONDS = 300.0
POLICIES = (LateBinding, FirstIn, PlainDask)
OTHERS = (FirstIn.name, PlainDask.name)

MADE_UP: dict[str, Callable[[int, int], Workload]] = {
    "independent": independent,
    "layers": layers,
    "fork-join": fork_join,
    "chains": chains,
}


@dataclass
class Comparison:
    """All policies on one workload and one fleet, with several seeds."""

    load: str
    mix: str
    bounds: list[Bounds]
    longest: list[float]
    outcomes: list[dict[str, Outcome]]

    @property
    def ratio(self) -> float:
        """Our makespan over the lower bound."""
        return self.ratio_of(LateBinding.name)

    @property
    def is_reachable(self) -> bool:
        """Whether the lower bounds can be taken as some that a schedule can come near to."""
        return all(
            bound.proof <= REACHABLE_PROOF * bound.simple
            and bound.work >= REACHABLE_SLACK * bound.chain
            and longest <= REACHABLE_GRAIN * bound.simple
            for bound, longest in zip(self.bounds, self.longest, strict=True)
        )

    @property
    def faults(self) -> list[str]:
        """What was promised and is not so."""
        found = []
        if self.is_reachable and self.ratio > PROMISED:
            found.append(f"above {PROMISED}")
        found += [f"worse than {name}" for name in OTHERS if self.loses_to(name)]
        return found

    def ratio_of(self, policy: str) -> float:
        """Return a policy's makespan over the lower bound, the mean over all seeds."""
        return mean(
            outcome[policy].makespan / bound.simple
            for outcome, bound in zip(self.outcomes, self.bounds, strict=True)
        )

    def loses_to(self, policy: str) -> bool:
        """Whether another policy ends sooner."""
        return self.ratio > self.ratio_of(policy) + TIE


def compare(loads: Sequence[Workload], mix: str, fleet: list[Machine]) -> Comparison:
    """Run all policies on each load; where no machine has a device, on its CPU variant."""
    if not has_gpus(fleet):
        loads = [load.without_gpus() for load in loads]
    return Comparison(
        loads[0].name,
        mix,
        [bounds(load, fleet) for load in loads],
        [max(job.seconds for job in load.jobs) for load in loads],
        [{policy.name: simulate(load, fleet, policy()) for policy in POLICIES} for load in loads],
    )


def comparisons(count: int, seeds: range, scales: tuple[int, ...]) -> Iterator[Comparison]:
    """Compare the policies on every workload and mix."""
    families = [[make(2 * count, seed) for seed in seeds] for make in MADE_UP.values()]
    families += [[scientific(name, count, seed) for seed in seeds] for name in DEMANDS]
    for loads in families:
        for scale in scales:
            for mix, make_fleet in MIXES.items():
                yield compare(loads, f"{mix} x{scale}", make_fleet(scale))


def show(found: Comparison) -> None:
    """Print one line of the table."""
    names = [policy.name for policy in POLICIES]
    ratios = "".join(f"{found.ratio_of(name):8.3f}" for name in names)
    moved = "".join(
        f"{mean(outcome[name].moved for outcome in found.outcomes) / 1e9:7.1f}" for name in names
    )
    bound = found.bounds
    print(
        f"{found.load:<12} {found.mix:<12} {mean(one.chain for one in bound):8.0f} "
        f"{mean(one.work for one in bound):8.0f} "
        f"{mean(one.proof / one.simple for one in bound):6.2f} "
        f"{'yes' if found.is_reachable else 'no':>6} {ratios} {moved}  "
        f"{'; '.join(found.faults) or 'ok'}",
        flush=True,
    )


def show_table(count: int, seeds: range, scales: tuple[int, ...]) -> list[Comparison]:
    """Print the table, then whether what is promised is kept."""
    print(
        "lower bound: the larger of critical path (chain) and total demand over capacity (work), "
        "in virtual seconds;\nproof: a sharper bound over it; reach: whether it can be reached; "
        f"then makespan over the lower bound\nand GB moved between machines; means of "
        f"{len(seeds)} seeds\n"
    )
    print(
        f"{'workload':<12} {'machines':<12} {'chain':>8} {'work':>8} {'proof':>6} "
        f"{'reach':>6} {'maze':>8}{'FIFO':>8}{'dask':>8} {'maze':>7}{'FIFO':>7}{'dask':>7}"
    )
    found = []
    for comparison in comparisons(count, seeds, scales):
        show(comparison)
        found.append(comparison)
    show_verdict(found)
    return found


def show_verdict(found: list[Comparison]) -> None:
    """Print what was promised and what was found."""
    reachable = [comparison for comparison in found if comparison.is_reachable]
    worst = max((comparison.ratio for comparison in reachable), default=float("nan"))
    above = sum(comparison.ratio > PROMISED for comparison in reachable)
    print(
        f"\nmakespan over the bound where it is reachable ({len(reachable)} of {len(found)}): "
        f"worst {worst:.3f}; promised at most {PROMISED}: "
        f"{f'MISSED on {above}' if above or not reachable else 'kept'}"
    )
    for name in OTHERS:
        lost = [comparison for comparison in found if comparison.loses_to(name)]
        most = max((c.ratio / c.ratio_of(name) - 1 for c in lost), default=0.0)
        print(
            f"promised no longer than {name} on every one: "
            + (f"MISSED on {len(lost)} of {len(found)}, by at most {most:.1%}" if lost else "kept")
        )


def show_scale() -> bool:
    """Print what the engine costs as tasks and nodes grow; say whether it is quick enough."""
    print("1000 nodes of 8 cores, every fourth with 4 devices; wall seconds of the simulation\n")
    print(
        f"{'workload':<12} {'nodes':>6} {'tasks':>7} {'wall s':>8} {'ms a task':>10} {'ratio':>7}"
    )
    total = 0.0
    for nodes, count in ((10, 1_000), (10, 10_000), (1_000, 10_000), (1_000, 100_000)):
        for make in (crowd, wide_layers):
            fleet = machines(nodes // 4, 8, 64_000, 4, 16_000)
            fleet += machines(nodes - len(fleet), 8, 64_000)
            load = make(count, 1)
            bound = bounds(load, fleet, prove=False).simple
            _ = load.dask_order  # Dask's own time, not the engine's
            began = time.perf_counter()
            outcome = simulate(load, fleet, LateBinding())
            taken = time.perf_counter() - began
            total = max(total, taken)
            print(
                f"{load.name:<12} {nodes:>6} {count:>7} {taken:8.1f} {taken / count * 1e3:10.3f} "
                f"{outcome.makespan / bound:7.3f}",
                flush=True,
            )
    word = "kept" if total <= SCALE_SECONDS else "MISSED"
    print(f"\nlongest {total:.0f} s; promised at most {SCALE_SECONDS:.0f} s: {word}")
    return total <= SCALE_SECONDS


def main() -> int:
    """Print the table and the verdict."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=1000, help="of a real workflow")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one seed, small fleets only")
    parser.add_argument("--scale", action="store_true", help="1,000 nodes and 100,000 tasks")
    options = parser.parse_args()
    if options.scale:
        show_scale()
        return 0
    scales = (1,) if options.quick else (1, 4)
    seeds = 1 if options.quick else options.seeds
    show_table(options.tasks, range(1, seeds + 1), scales)
    return 0


if __name__ == "__main__":
    sys.exit(main())
