"""A container engine for tests: Podman with storage of its own, and an image made here."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import wait_until

IMAGE = "localhost/busybox:test"
_BUSYBOX = Path("/bin/busybox")
_FOLDERS = ("bin", "tmp", "proc", "sys", "dev", "etc", "work")


@dataclass
class Engine:
    """An engine that listens; see :func:`container_engine`."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None
    environment: dict[str, str] = field(default_factory=dict)
    name: str = "podman.sock"

    @property
    def place(self) -> Path:
        return self.folder / self.name

    @property
    def url(self) -> str:
        return f"unix://{self.place}"

    def podman(self, *words: str) -> str:
        """Run a command of Podman on what this engine has."""
        done = subprocess.run(
            [*self._program, *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def _program(self) -> list[str]:
        places = {"root": "storage", "runroot": "run", "tmpdir": "tmp"}
        options = [f"--{name}={self.folder / place}" for name, place in places.items()]
        return ["podman", *options, "--storage-driver=vfs"]

    def containers(self) -> list[str]:
        """Return the ids of all containers, running or not."""
        return self.podman("ps", "--all", "--quiet").split()

    def running(self) -> list[str]:
        """Return the ids of the containers that run."""
        return self.podman("ps", "--quiet").split()

    def client(self) -> Any:
        """Return the SDK's client for it."""
        import docker

        return docker.DockerClient(base_url=self.url, timeout=30)

    def start(self) -> None:
        """Have it listen."""
        with (self.folder / "service.log").open("wb") as log:
            self.process = subprocess.Popen(
                [*self._program, "system", "service", "--time=0", self.url],
                # What watches over a container writes a file there when memory is out.
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )

        def listens() -> bool:
            assert self.process is not None
            if self.process.poll() is not None:
                raise _Unusable((self.folder / "service.log").read_text().strip())
            with socket.socket(socket.AF_UNIX) as line:
                return line.connect_ex(str(self.place)) == 0

        wait_until(listens)

    def stop(self) -> None:
        """Have it listen no more; its containers go on."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None
        self.place.unlink(missing_ok=True)


class _Unusable(Exception):  # noqa: N818
    pass


@pytest.fixture(scope="session")
def container_engine() -> Iterator[Engine]:
    """Start an engine that has :data:`IMAGE`; skip the test where none can be had."""
    # Not below pytest's own folders: the path of a socket must not be long.
    folder = Path(tempfile.mkdtemp(prefix="maze-podman-"))
    found = Engine(folder, environment={**os.environ, "CONTAINERS_CONF": str(folder / "conf")})
    try:
        try:
            _prepare(found)
        except _Unusable as reason:
            if os.environ.get("CONTAINER_TESTS") == "always":
                pytest.fail(f"no container engine: {reason}")
            pytest.skip(f"no container engine: {reason}")
        yield found
        left = found.containers()
        found.podman("rm", "--all", "--force", "--time=0")
        assert not left, f"these containers were left: {left}"
    finally:
        found.stop()
        _unmount(folder)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def podman(container_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Have tasks find the engine, if their workers are started in the test."""
    monkeypatch.setenv("DOCKER_HOST", container_engine.url)
    return container_engine


def _prepare(engine: Engine) -> None:
    missing = [name for name in ("podman", "runc") if shutil.which(name) is None]
    if missing or not _BUSYBOX.exists():
        names = ", ".join([*missing, *([] if _BUSYBOX.exists() else ["busybox-static"])])
        raise _Unusable(f"{names} not installed; run scripts/ensure_podman")
    (engine.folder / "conf").write_text(_settings())
    archive = _image(engine.folder)
    setting = "ENV PATH=/usr/local/bin:/usr/bin:/bin"
    try:
        engine.podman("import", "-c", setting, "-c", 'CMD ["/bin/sh"]', str(archive), IMAGE)
        engine.start()
        engine.podman("run", "--rm", "--network=none", "--pull=never", IMAGE, "true")
    except (AssertionError, subprocess.TimeoutExpired, OSError) as error:
        raise _Unusable(f"Podman cannot run a container here: {error}") from error


def _image(folder: Path) -> Path:
    """Make an archive with the files of a small system."""
    root = folder / "root"
    for name in _FOLDERS:
        (root / name).mkdir(parents=True)
    (root / "tmp").chmod(0o1777)
    shutil.copy(_BUSYBOX, root / "bin/busybox")
    names = subprocess.run([_BUSYBOX, "--list"], capture_output=True, text=True, check=True)
    for name in names.stdout.split():
        if name != "busybox":
            (root / "bin" / name).symlink_to("busybox")
    (root / "etc/passwd").write_text("root:x:0:0:root:/:/bin/sh\n")
    return Path(shutil.make_archive(str(folder / "image"), "tar", root))


def _settings() -> str:
    """Return settings for a root without systemd, who may not raise limits."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    processes = int(Path("/proc/sys/kernel/pid_max").read_text())
    most = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    if most != resource.RLIM_INFINITY:
        processes = min(processes, most)
    return f"""
[containers]
default_ulimits = ["nofile={files}:{files}", "nproc={processes}:{processes}"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
"""


def _unmount(folder: Path) -> None:
    mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    for place in reversed([place for place in mounts if place.startswith(f"{folder}/")]):
        subprocess.run(["umount", "--lazy", place], check=False, capture_output=True)
