"""How a container is created: what its task asks for, in the words of the engine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from maze_nb.errors import TaskFailedError
from maze_nb.runners.containers.engine import Engine

RESULTS = "/results"
"""Where a container has the folder of its task."""
INPUTS = "/inputs"
"""Where a container has its inputs that are files."""
_LIBPOD = "/v4.0.0/libpod/containers/create"
_PERIOD = 100_000
_MB = 2**20
_NO_LOG = "none"


@dataclass(frozen=True, slots=True)
class Mount:
    """A file or folder of the node as a container has it."""

    source: str
    target: str
    is_read_only: bool = False


@dataclass(frozen=True)
class ContainerPlan:
    """All that is said of a container when it is created.

    Attributes
    ----------
    words, entrypoint
        What it runs; None: what its image says.
    memory, cpu
        Its limits in MB and cores; 0: none.
    network
        None: as the engine has it; else the name of one, ``none`` for no network.
    gpus
        The devices that it sees, by index or UUID.
    """

    name: str
    image: str
    words: list[str] | None
    entrypoint: list[str] | None
    environment: Mapping[str, str]
    labels: Mapping[str, str]
    mounts: tuple[Mount, ...]
    memory: float = 0
    cpu: float = 0
    network: str | None = None
    user: str | None = None
    folder: str | None = None
    is_read_only: bool = False
    gpus: tuple[str, ...] = ()
    scratch: tuple[str, ...] = field(default=())

    @property
    def variables(self) -> dict[str, str]:
        """What is in its environment."""
        # Images for GPUs ask for all devices by this variable, where the engine listens to it.
        return {**self.environment, "NVIDIA_VISIBLE_DEVICES": ",".join(self.gpus) or "void"}


def create(engine: Engine, plan: ContainerPlan) -> list[str]:
    """Create a container, which does not run yet; return what the engine warns of.

    Raises
    ------
    TaskFailedError
        If something that is to be mounted is not there, or the engine cannot give the devices.
    """
    for mount in plan.mounts:
        if not Path(mount.source).exists():
            raise TaskFailedError(
                f"{mount.source!r}, which is to be mounted at {mount.target!r}, is not on the node "
                f"{os.uname().nodename}: mounts are paths of the machine that runs the task"
            )
    if plan.gpus and engine.is_podman:
        return _create_by_podman(engine, plan)
    api = engine.client.api
    made = api.create_container(
        plan.image,
        plan.words,
        name=plan.name,
        entrypoint=plan.entrypoint,
        environment=plan.variables,
        labels=dict(plan.labels),
        user=plan.user,
        working_dir=plan.folder,
        host_config=api.create_host_config(**_host(plan)),
    )
    if plan.gpus:
        _check_gpus(engine, plan)
    return list(made.get("Warnings") or ())


def gpus_here(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Return the devices that this process may use, by index or UUID; none if it does not say.

    Examples
    --------
    >>> gpus_here({"CUDA_VISIBLE_DEVICES": "2,GPU-5f1"})
    ('2', 'GPU-5f1')
    """
    given = environment.get("CUDA_VISIBLE_DEVICES", "")
    return tuple(name for name in (each.strip() for each in given.split(",")) if name)


def _host(plan: ContainerPlan) -> dict[str, Any]:
    from docker.types import DeviceRequest, LogConfig
    from docker.types import Mount as Mounted

    host: dict[str, Any] = {
        "mounts": [
            Mounted(each.target, each.source, type="bind", read_only=each.is_read_only)
            for each in plan.mounts
        ],
        "tmpfs": dict.fromkeys(plan.scratch, ""),
        "read_only": plan.is_read_only,
        # The task has the log.
        "log_config": LogConfig(type=_NO_LOG),
    }
    if plan.network is not None:
        host["network_mode"] = plan.network
    if plan.memory:
        # As much with swap as without: no swap.
        host["mem_limit"] = host["memswap_limit"] = int(plan.memory * _MB)
    if plan.cpu:
        host["nano_cpus"] = int(_cores(plan) * 1e9)
    if plan.gpus:
        host["device_requests"] = [
            DeviceRequest(device_ids=list(plan.gpus), capabilities=[["gpu"]])
        ]
    return host


def _cores(plan: ContainerPlan) -> float:
    # Docker refuses more than there are, and less than a hundredth.
    return max(min(plan.cpu, os.cpu_count() or plan.cpu), 0.01)


def _check_gpus(engine: Engine, plan: ContainerPlan) -> None:
    """Raise unless the engine has heard which devices are asked for."""
    requests = engine.client.api.inspect_container(plan.name)["HostConfig"].get("DeviceRequests")
    asked = [name for each in requests or () for name in each.get("DeviceIDs") or ()]
    if asked != list(plan.gpus):
        raise TaskFailedError(
            f"{engine.name} does not give containers GPU devices: use Docker with the NVIDIA "
            f"Container Toolkit, or Podman with a CDI specification of the devices"
        )


def _create_by_podman(engine: Engine, plan: ContainerPlan) -> list[str]:
    """Create a container by Podman's own call: the one it shares with Docker ignores devices."""
    api = engine.client.api
    answer = api.post(f"{api.base_url}{_LIBPOD}", json=_specification(plan), timeout=api.timeout)
    if not answer.ok:
        raise TaskFailedError(f"{engine.name} at {engine.url} says: {answer.text.strip()}")
    return list(answer.json().get("Warnings") or ())


def _specification(plan: ContainerPlan) -> dict[str, Any]:
    binds = [
        {
            "type": "bind",
            "source": each.source,
            "destination": each.target,
            "options": ["rbind", "ro" if each.is_read_only else "rw"],
        }
        for each in plan.mounts
    ]
    scratch = [{"type": "tmpfs", "source": "tmpfs", "destination": each} for each in plan.scratch]
    limits: dict[str, Any] = {}
    if plan.memory:
        most = int(plan.memory * _MB)
        limits["memory"] = {"limit": most, "swap": most}
    if plan.cpu:
        limits["cpu"] = {"quota": int(_cores(plan) * _PERIOD), "period": _PERIOD}
    found: dict[str, Any] = {
        "name": plan.name,
        "image": plan.image,
        "command": plan.words,
        "entrypoint": plan.entrypoint,
        "env": plan.variables,
        "labels": dict(plan.labels),
        "mounts": [*binds, *scratch],
        "resource_limits": limits,
        "user": plan.user,
        "work_dir": plan.folder,
        "read_only_filesystem": plan.is_read_only,
        "log_configuration": {"driver": _NO_LOG},
        "devices": [{"path": f"nvidia.com/gpu={name}"} for name in plan.gpus],
    }
    if plan.network in ("none", "host", "bridge"):
        found["netns"] = {"nsmode": plan.network}
    elif plan.network is not None:
        found.update(netns={"nsmode": "bridge"}, Networks={plan.network: {}})
    return {name: value for name, value in found.items() if value is not None}
