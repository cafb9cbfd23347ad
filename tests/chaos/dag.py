"""Random graphs of tasks drawn from a seed, and what each task of them has to make."""

from __future__ import annotations

import hashlib
import os
import random
import time
from dataclasses import dataclass
from typing import Any

from maze_nb import current_task, task

BIG = (100_000, 300_000)
Ref = tuple[int, str]
"""A task by its index, and the name of one of its outputs."""


@dataclass(frozen=True)
class Node:
    """One task: what it reads, how big its outputs are, how long it takes, and how it is run."""

    index: int
    reads: tuple[Ref, ...]
    size: int
    seconds: float
    is_isolated: bool
    has_two: bool
    keep: str

    @property
    def name(self) -> str:
        """What the task is called, and its id."""
        return f"t{self.index:03}"

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of its outputs."""
        return ("left", "right") if self.has_two else ("value",)


def draw(seed: str, tasks: int) -> list[Node]:
    """Return a graph in layers, each task after those that it reads."""
    chance = random.Random(seed)
    nodes: list[Node] = []
    layers: list[list[Node]] = []
    while len(nodes) < tasks:
        width = min(chance.randint(1, 24), tasks - len(nodes))
        near = [node for layer in layers[-3:] for node in layer]
        layer = [_node(len(nodes) + i, near, chance) for i in range(width)]
        layers.append(layer)
        nodes += layer
    return nodes


def _node(index: int, near: list[Node], chance: random.Random) -> Node:
    sources = chance.sample(near, min(chance.choice((1, 1, 2, 2, 3, 6)), len(near)))
    is_big = chance.random() < 0.2
    return Node(
        index,
        tuple((source.index, chance.choice(source.outputs)) for source in sources),
        chance.randint(*BIG) if is_big else chance.randint(0, 200),
        chance.uniform(0.3, 0.6) if chance.random() < 0.04 else chance.uniform(0.01, 0.05),
        chance.random() < 0.08,
        chance.random() < 0.15,
        chance.choice(("memory", "both")) if chance.random() < 0.15 else "store",
    )


def expected(nodes: list[Node], salt: str) -> list[dict[str, bytes]]:
    """Return the outputs of every task, computed here and one after the other."""
    made: list[dict[str, bytes]] = []
    for node in nodes:
        parts = [made[index][output] for index, output in node.reads]
        made.append({name: _make(salt, node, name, parts) for name in node.outputs})
    return made


def build(workflow: Any, nodes: list[Node], salt: str, log: str) -> None:
    """Add the tasks of a graph to a workflow."""
    added: list[Any] = []
    for node in nodes:
        parts = [added[index].outputs[output] for index, output in node.reads]
        added.append(
            workflow.add_task(
                two if node.has_two else one,
                inputs={"node": node, "salt": salt, "log": log, "parts": parts},
                name=node.name,
                task_id=node.name,
                keep=node.keep,
                isolation="process" if node.is_isolated else "thread",
            )
        )


@task(outputs=["value"])
def one(node: Node, salt: str, log: str, parts: list[bytes]):
    """Make one output."""
    return _run(node, salt, log, parts)["value"]


@task(outputs=["left", "right"])
def two(node: Node, salt: str, log: str, parts: list[bytes]):
    """Make two outputs."""
    made = _run(node, salt, log, parts)
    return made["left"], made["right"]


def _run(node: Node, salt: str, log: str, parts: list[bytes]) -> dict[str, bytes]:
    _note("start", log)
    time.sleep(node.seconds)
    made = {name: _make(salt, node, name, parts) for name in node.outputs}
    _note("end", log)
    return made


def _make(salt: str, node: Node, output: str, parts: list[bytes]) -> bytes:
    digest = hashlib.sha256(f"{salt} {node.index} {output}".encode())
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.digest() + random.Random(digest.digest()).randbytes(node.size)


def _note(what: str, log: str) -> None:
    """Append a line in one call, so that those of several processes do not mix."""
    now = current_task()
    line = f"{what} {now.run_id} {now.task_id} {os.getpid()} {time.time()}\n"
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(file, line.encode())
    finally:
        os.close(file)
