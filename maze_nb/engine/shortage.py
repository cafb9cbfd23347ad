"""Which resource a ready task waits for, in one word: what queues are counted by."""

from __future__ import annotations

from collections.abc import Iterator

from maze_nb.engine.demand import Demand
from maze_nb.engine.fleet import Fleet
from maze_nb.engine.node_state import NodeState

WORKERS = "workers"
NODE = "a node"
TAGS = "tags"
GPU = "GPU"
VRAM = "VRAM"
CPU = "CPU"
MEMORY = "memory"
THREAD = "a free thread"

SHORTAGES = (CPU, MEMORY, GPU, VRAM, TAGS, NODE, WORKERS, THREAD)
"""All that a task may wait for."""


def shortage(fleet: Fleet, demand: Demand) -> str:
    """Return what the node that comes nearest lacks for a demand: one of `SHORTAGES`.

    It costs a look at each node.
    """
    if not fleet.nodes:
        return WORKERS
    if demand.node and demand.node not in fleet.nodes:
        return NODE
    tagged = [node for node in fleet.nodes.values() if node.tags.issuperset(demand.tags)]
    if not tagged:
        return TAGS
    able = [node for node in tagged if fleet.could_take(node, demand)]
    if not able:
        meant = [node for node in tagged if demand.node in ("", node.node_id)]
        if not meant:
            return TAGS
        able = [NodeState(node.node_id, node.capacity, node.tags) for node in meant]
    if demand.gpu:
        able = [node for node in able if node.devices] or able
    lacks = min((tuple(_lacking(node, demand)) for node in able), key=len)
    return lacks[0] if lacks else THREAD


def _lacking(node: NodeState, demand: Demand) -> Iterator[str]:
    wanted = demand.device_count
    if wanted:
        rooms = node.devices.values()
        if sum(room.has_room(demand) for room in rooms) < wanted:
            sharing = sum(room.share_free >= demand.device_share for room in rooms)
            yield GPU if sharing < wanted else VRAM
    if demand.cpu > node.cpu_free:
        yield CPU
    if demand.cpu_mem > node.cpu_mem_free:
        yield MEMORY
