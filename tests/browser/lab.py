"""A JupyterLab server of its own, and notebooks open on it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
from playwright.sync_api import BrowserContext, Error, Page

TOKEN = "test"
_KERNEL_IDLE = """() => {
    const widget = window.jupyterapp && window.jupyterapp.shell.currentWidget;
    const session = widget && widget.sessionContext && widget.sessionContext.session;
    const kernel = session && session.kernel;
    return kernel && kernel.connectionStatus === 'connected' && kernel.status === 'idle';
}"""


class Notebook:
    """A notebook open in JupyterLab.

    Attributes
    ----------
    page
        The browser's page.
    errors
        What was thrown in the page and not caught.
    """

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.errors: list[str] = []
        self._url = url
        page.on("pageerror", self._note)

    def _note(self, error: Error) -> None:
        frames = [line for line in str(error.stack).splitlines() if line.lstrip().startswith("at ")]
        # JupyterLab throws now and then by itself, as when the theme is changed twice in a row.
        if not frames or not all("/static/lab/" in frame for frame in frames):
            self.errors.append(f"{error}\n{error.stack}")

    def open(self) -> None:
        """Open the notebook, or open it anew, and wait for its kernel."""
        self.page.goto(self._url)
        self.page.wait_for_selector(".jp-NotebookPanel:visible .jp-CodeCell")
        self.page.wait_for_function(_KERNEL_IDLE)

    def reload(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Leave the page, do something, and come back by the same address to the notebook."""
        address = self.page.url
        self.page.goto("about:blank")
        meanwhile()
        self.page.goto(address)
        self.page.wait_for_selector(".jp-NotebookPanel:visible .jp-CodeCell")

    def wait_for_workspace(self, *texts: str) -> None:
        """Wait until JupyterLab has saved the layout of the page with all of these in it.

        It saves some time after each change, and a page that is left before has not saved.
        """
        server, name = self._url.split("/lab/workspaces/")
        address = f"{server}/lab/api/workspaces/{name.partition('/')[0]}"
        deadline = time.monotonic() + 30
        while not all(text in (saved := _saved(address)) for text in texts):
            assert time.monotonic() < deadline, f"{texts} were not saved: {saved}"
            time.sleep(0.1)

    def run_cell(self, index: int, *, wait: bool = True) -> None:
        """Run a cell; wait until it is done unless told not to."""
        self.page.evaluate(
            f"() => {{ window.jupyterapp.shell.currentWidget.content.activeCellIndex = {index} }}"
        )
        running = "() => window.jupyterapp.commands.execute('notebook:run-cell')"
        self.page.evaluate(running if wait else f"() => {{ ({running})() }}")

    def execute(self, command: str) -> None:
        """Run a command of JupyterLab."""
        self.page.evaluate(f"() => window.jupyterapp.commands.execute('{command}')")

    def start(self, command: str, **given: object) -> None:
        """Begin a command of JupyterLab, and go on at once."""
        self.page.evaluate(
            "([name, given]) => { window.jupyterapp.commands.execute(name, given) }",
            [command, given],
        )

    def select(self, index: int) -> None:
        """Make a cell the active one."""
        self.page.evaluate(
            f"() => {{ window.jupyterapp.shell.currentWidget.content.activeCellIndex = {index} }}"
        )

    def source(self, index: int) -> str:
        """Return what stands in a cell."""
        found = (
            "index => window.jupyterapp.shell.currentWidget.content.widgets[index]"
            ".model.sharedModel.getSource()"
        )
        return str(self.page.evaluate(found, index))

    def use_theme(self, name: str) -> None:
        """Have JupyterLab look so: ``Light`` or ``Dark``."""
        self.page.evaluate(
            "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})",
            f"JupyterLab {name}",
        )
        is_light = str(name == "Light").lower()
        self.page.wait_for_selector(f'body[data-jp-theme-light="{is_light}"]', state="attached")
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")

    @property
    def active_cell(self) -> int:
        """Which cell JupyterLab has marked."""
        index = "() => window.jupyterapp.shell.currentWidget.content.activeCellIndex"
        return int(self.page.evaluate(index))


@contextlib.contextmanager
def lab_server(home: Path, served: Path) -> Iterator[str]:
    """Serve a folder, with all of JupyterLab's own files under ``home``; yield the address."""
    port = _free_port()
    settings = home / "settings/@jupyterlab/apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
    env = dict(
        os.environ,
        JUPYTER_CONFIG_DIR=str(home / "config"),
        JUPYTERLAB_SETTINGS_DIR=str(home / "settings"),
        JUPYTERLAB_WORKSPACES_DIR=str(home / "workspaces"),
        JUPYTER_RUNTIME_DIR=str(home / "runtime"),
        IPYTHONDIR=str(home / "ipython"),
    )
    command = [
        sys.executable, "-m", "jupyterlab", "--allow-root", "--no-browser", "--ip=127.0.0.1",
        f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}",
        f"--ServerApp.root_dir={served}", "--expose-app-in-browser",
        "--JupyterNotebookApp.expose_app_in_browser=True",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]  # fmt: skip
    log = home / "lab.log"
    with log.open("w") as output:
        server = subprocess.Popen(command, env=env, stdout=output, stderr=subprocess.STDOUT)
        try:
            _wait_for(f"http://127.0.0.1:{port}/api/status?token={TOKEN}", server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait(10)


@contextlib.contextmanager
def open_notebook(
    context: BrowserContext, address: str, path: Path, cells: list[str]
) -> Iterator[Notebook]:
    """Open a notebook of these code cells; its kernel ends with it."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    content = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
        metadata={"kernelspec": kernel},
    )
    nbformat.write(content, path)
    page = context.new_page()
    page.set_viewport_size({"width": 1280, "height": 900})
    page.set_default_timeout(60_000)
    # A workspace of its own: what one page saves late is not what another is restored from.
    place = f"{address}/lab/workspaces/{path.stem}/tree/{path.name}"
    notebook = Notebook(page, f"{place}?token={TOKEN}&reset")
    try:
        notebook.open()
        yield notebook
    finally:
        page.close()
        _end_kernels(address)


def _saved(address: str) -> str:
    return json.dumps(json.loads(_ask(address)), separators=(",", ":"))


def _end_kernels(address: str) -> None:
    for session in json.loads(_ask(f"{address}/api/sessions")):
        _ask(f"{address}/api/sessions/{session['id']}", "DELETE")


def _ask(url: str, method: str = "GET") -> bytes:
    headers = {"Authorization": f"token {TOKEN}"}
    request = urllib.request.Request(url, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return bytes(answer.read())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert server.poll() is None, f"JupyterLab ended before it answered:\n{log.read_text()}"
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url, timeout=2).close()
            return
        time.sleep(0.1)
    raise AssertionError(f"JupyterLab did not answer within {seconds} s:\n{log.read_text()}")
