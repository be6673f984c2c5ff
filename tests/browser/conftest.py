"""A browser for the tests, and a real JupyterLab: one server for all, offline by construction."""

import ast
import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

# The resolver rule makes every other host unreachable; SwiftShader draws WebGL without a graphics card.
FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
]
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in Path(item.fspath).parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.compiled)


def find_chromium(playwright):
    """Path of a Chromium, or None; nothing is ever downloaded."""
    named = os.environ.get("AVILA_CHROMIUM")
    if named:
        return named
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if shutil.which(name):
            return shutil.which(name)
    own = playwright.chromium.executable_path
    return own if os.path.exists(own) else None


def _missing(words):
    if os.environ.get("AVILA_REQUIRE_BROWSER") == "1":
        pytest.fail(words)
    pytest.skip(words)


@pytest.fixture(scope="session")
def browser():
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("the browser tests need playwright: make setup")
    from avila_sci.widgets import bundle

    if not bundle.read():
        _missing("the browser tests need the built front end: make widgets")
    with sync_playwright() as playwright:
        path = find_chromium(playwright)
        if path is None:
            _missing("the browser tests need Chromium: make browser, or AVILA_CHROMIUM=/path/to/chromium")
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser, request):
    """A fresh page; whatever goes wrong in it, and every request to another host, fails the test."""
    context = browser.new_context(viewport={"width": 1000, "height": 760}, reduced_motion="reduce")
    page = context.new_page()
    page.errors, page.outside = [], []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("console", lambda message: message.type == "error" and page.errors.append(message.text))
    page.on("request", lambda r: _is_outside(r.url) and page.outside.append(r.url))
    page.set_default_timeout(60_000)
    yield page
    if folder := os.environ.get("AVILA_SHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(Exception):  # the page of a failed test may be gone
            page.screenshot(path=Path(folder) / f"{request.node.name}.png")
    context.close()
    assert page.outside == []
    assert page.errors == []


def _is_outside(url):
    return not url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "blob:", "data:", "about:"))


# ---------------------------------------------------------------- JupyterLab

_NOTIFICATIONS = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}


class Lab:
    """A running server and the notebooks in its folder."""

    def __init__(self, root, port, token, environment):
        self.root, self.port, self.token, self.environment = root, port, token, environment
        self.url = f"http://127.0.0.1:{port}"

    def get(self, path):
        request = urllib.request.Request(self.url + path, headers={"Authorization": f"token {self.token}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def open(self, page, name):
        """Open a notebook in a fresh workspace."""
        workspace = secrets.token_hex(4)
        page.goto(f"{self.url}/lab/workspaces/{workspace}/tree/{name}?token={self.token}")
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        page.wait_for_function("() => !!window.jupyterapp")
        return Notebook(self, page, name)


class Notebook:
    """An open notebook: the page, and its kernel asked directly."""

    def __init__(self, lab, page, name):
        self.lab, self.page, self.name, self._client = lab, page, name, None

    def run_all(self):
        # Before the kernel is there, running cells asks which kernel to take.
        self.page.wait_for_function(
            """() => {
              const kernel = jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel;
              return kernel?.connectionStatus === "connected" && kernel.status === "idle";
            }"""
        )
        self.command("notebook:run-all-cells")

    def command(self, name):
        # Not awaited: some commands end only when the kernel has.
        self.page.evaluate("name => { window.jupyterapp.commands.execute(name); }", name)

    @property
    def client(self):
        if self._client is None:
            from jupyter_client import BlockingKernelClient

            kernel = next(s["kernel"]["id"] for s in self.lab.get("/api/sessions") if s["path"] == self.name)
            client = BlockingKernelClient()
            client.load_connection_file(str(self.lab.root / "runtime" / f"kernel-{kernel}.json"))
            client.start_channels(hb=False, stdin=False, iopub=False)
            self._client = client
        return self._client

    def close(self):
        """Close the line to the kernel: left open, its context waits for ever when it is collected."""
        if self._client is not None:
            self._client.stop_channels()
            self._client.context.destroy(linger=0)

    def value(self, expression, code=""):
        """Value of an expression in the kernel, after some code; no cell is used and nothing is shown."""
        message = self.client.execute(code, user_expressions={"v": f"repr({expression})"}, store_history=False)
        end = time.monotonic() + 60
        while True:
            assert time.monotonic() < end, f"the kernel does not answer {expression!r}"
            self.page.wait_for_timeout(20)  # the page lives in this thread: it must not be starved
            with contextlib.suppress(Exception):
                reply = self.client.get_shell_msg(timeout=0.01)
                if reply["parent_header"].get("msg_id") == message:
                    break
        content = reply["content"]
        assert content["status"] == "ok", content
        answer = content["user_expressions"]["v"]
        assert answer["status"] == "ok", answer
        return ast.literal_eval(ast.literal_eval(answer["data"]["text/plain"]))

    def wait(self, expression, expected, seconds=20):
        """Wait until an expression in the kernel has a value."""
        end = time.monotonic() + seconds
        while (value := self.value(expression)) != expected:
            assert time.monotonic() < end, f"{expression} is {value!r}, not {expected!r}, after {seconds} s"
            self.page.wait_for_timeout(100)


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """One JupyterLab for all tests, with settings of its own."""
    root = tmp_path_factory.mktemp("lab")
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "JUPYTER_DATA_DIR": "data",
        "IPYTHONDIR": "ipython",
    }
    environment = os.environ | {name: str(root / folder) for name, folder in folders.items()}
    for folder in (*folders.values(), "work"):
        (root / folder).mkdir()
    settings = root / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(_NOTIFICATIONS))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
        *(f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={root / 'work'}"),
        *("--LabApp.expose_app_in_browser=True", "--LabApp.extension_manager=readonly"),
    ]
    with open(root / "server.log", "wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=root / "work")
        made = Lab(root, port, token, environment)
        try:
            end = time.monotonic() + 90
            while True:
                try:
                    made.get("/api/status")
                    break
                except OSError:
                    if server.poll() is not None or time.monotonic() > end:
                        pytest.fail("JupyterLab did not start:\n" + (root / "server.log").read_text()[-3000:])
                    time.sleep(0.2)
            yield made
        finally:
            server.terminate()
            try:
                server.wait(15)
            except subprocess.TimeoutExpired:
                server.kill()
