"""Why a ready task waits, in words, and which node comes nearest."""

from __future__ import annotations

from maze_nb.engine.demand import WHOLE, Demand
from maze_nb.engine.fleet import Fleet
from maze_nb.engine.node_state import DeviceState, NodeState
from maze_nb.errors import nearest


def explain_pending(fleet: Fleet, demand: Demand, now: float) -> str:
    """Return what keeps a task of this demand waiting.

    Such as ``"needs 12000 MB VRAM on one device; best is node a, GPU 0, with 4000 MB free of
    16000"``.
    """
    if not fleet.nodes:
        return "the cluster has no node that takes tasks: start a worker"
    if demand.node and demand.node not in fleet.nodes:
        return f"node {demand.node!r} is not here: {nearest(demand.node, fleet.nodes)}"
    tagged = [node for node in fleet.nodes.values() if node.tags.issuperset(demand.tags)]
    if not tagged:
        return _lack_of_tags(fleet, demand)
    able = [node for node in tagged if fleet.could_take(node, demand)]
    if not able:
        meant = [node for node in tagged if demand.node in ("", node.node_id)] or tagged
        empty = [NodeState(node.node_id, node.capacity, node.tags) for node in meant]
        best = max(empty, key=lambda node: _closeness(node, demand))
        return f"no node could ever fit it: {_lack(best, demand)}"
    best = max(able, key=lambda node: (_is_open(fleet, node), *_closeness(node, demand)))
    return _lack(best, demand) or _blocked(fleet, best, demand, now)


def _lack_of_tags(fleet: Fleet, demand: Demand) -> str:
    known = {tag for node in fleet.nodes.values() for tag in node.tags}
    missing = [tag for tag in demand.tags if tag not in known]
    if missing:
        return f"no node has the tag {missing[0]!r}: {nearest(missing[0], known)}"
    return f"no node has all of the tags {', '.join(map(repr, demand.tags))}"


def _is_open(fleet: Fleet, node: NodeState) -> bool:
    return node.node_id not in fleet.draining and not fleet.health.is_aside(node.node_id)


def _closeness(node: NodeState, demand: Demand) -> tuple[bool, float, float, float]:
    """Rank nodes by how much of what is asked suffices, then by what they have most of.

    A node without devices is never near for a task that asks for some.
    """
    rooms = sorted((_room_rank(room, demand) for room in node.devices.values()), reverse=True)
    wanted = demand.device_count
    sufficing = sum(room[0] for room in rooms[:wanted]) / (2 * wanted) if wanted else 1.0
    enough = (node.cpu_free >= demand.cpu) + (node.cpu_mem_free >= demand.cpu_mem) + sufficing
    most = max((room[1] for room in rooms), default=0.0)
    return (bool(rooms) or not wanted, enough, most, node.cpu_free)


def _room_rank(room: DeviceState, demand: Demand) -> tuple[int, float]:
    fits = (room.share_free >= demand.device_share) + (room.memory_free >= demand.gpu_mem)
    return (fits, float(room.memory_left if demand.gpu_mem else room.share_free))


def _lack(node: NodeState, demand: Demand) -> str:
    name = f"node {node.node_id}"
    cores, memory = node.capacity.cpu, int(node.capacity.cpu_mem)
    if demand.gpu and not node.devices:
        return f"needs {_gpus(demand)}; {name} has no GPU"
    fitting = [room for room in node.devices.values() if room.has_room(demand)]
    if len(fitting) < demand.device_count:
        return _lack_of_devices(name, node, demand)
    if demand.cpu > node.cpu_free:
        return (
            f"needs {_cores(demand)}; best is {name}, "
            f"with {_amount(node.cpu_free)} free of {cores:g}"
        )
    if demand.cpu_mem > node.cpu_mem_free:
        return (
            f"needs {demand.cpu_mem} MB memory; best is {name}, "
            f"with {node.cpu_mem_free} MB free of {memory}"
        )
    return ""


def _lack_of_devices(name: str, node: NodeState, demand: Demand) -> str:
    rooms = list(node.devices.values())
    sharing = [room for room in rooms if room.share_free >= demand.device_share]
    if len(sharing) >= demand.device_count:
        best = max(sharing, key=lambda room: room.memory_left)
        total = int(best.device.memory)
        known = (
            f"with {best.memory_left} MB free of {total}" if total else "whose VRAM is not known"
        )
        if best.squeezed:
            known += f" ({best.squeezed} MB of it taken by other programs)"
        return (
            f"needs {demand.gpu_mem} MB VRAM on one device; "
            f"best is {name}, GPU {best.device.index}, {known}"
        )
    if demand.gpu < WHOLE:
        best = max(rooms, key=lambda room: room.share_free)
        return (
            f"needs {_gpus(demand)} on one device; best is {name}, GPU {best.device.index}, "
            f"with {_amount(best.share_free)} free"
        )
    free = sum(room.share_free == WHOLE for room in rooms)
    return f"needs {_gpus(demand)}; best is {name}, with {free} free of {len(rooms)}"


def _blocked(fleet: Fleet, node: NodeState, demand: Demand, now: float) -> str:
    if node.node_id in fleet.draining:
        return f"node {node.node_id} is being drained"
    if fleet.health.is_aside(node.node_id):
        left = max(fleet.health.until(node.node_id) - now, 0)
        return (
            f"node {node.node_id} is set aside for {left:.0f} s more, since task after task failed "
            f"there"
        )
    if fleet.health.is_on_trial(node.node_id):
        return f"node {node.node_id} was set aside and now gets one task at a time"
    reservation = fleet.reservations.get(node.node_id)
    if reservation is not None and not reservation.shadow.fits(demand):
        return f"node {node.node_id} is kept for a task that goes first"
    if any(slot.is_paused for slot in fleet.slots_of[node.node_id]):
        return f"the workers of node {node.node_id} take no new work now"
    return f"every thread of node {node.node_id} is busy"


def _cores(demand: Demand) -> str:
    return f"{_amount(demand.cpu)} core{'s' if demand.cpu != WHOLE else ''}"


def _gpus(demand: Demand) -> str:
    count = _amount(demand.gpu)
    return f"{count} GPU{'s' if demand.gpu > WHOLE else ''}"


def _amount(thousandths: int) -> str:
    return f"{thousandths / WHOLE:g}"
