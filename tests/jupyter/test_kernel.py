"""The "Avila Sci" kernel, started as Jupyter starts it."""

import ast
import subprocess
import sys

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import start_new_kernel

from avila_sci.core.threads import available_cpus


def value(client, expression):
    """Value of a Python expression in the kernel."""
    # `reply` waits for the answer to this very request: on a busy machine late ones to earlier requests still come.
    reply = client.execute("", user_expressions={"v": expression}, store_history=False, reply=True, timeout=60)
    answer = reply["content"]["user_expressions"]["v"]
    assert answer["status"] == "ok", answer
    return ast.literal_eval(answer["data"]["text/plain"])


@pytest.fixture(scope="module")
def client():
    manager, client = start_new_kernel(kernel_name="avila-sci", startup_timeout=120)
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_the_kernelspec_is_installed_with_the_package():
    spec = KernelSpecManager().get_kernel_spec("avila-sci")
    assert spec.display_name == "Avila Sci"
    assert spec.argv[:3] == ["python", "-m", "avila_sci.jupyter.kernel"]


def test_it_runs_on_this_environment_with_sane_threads_and_its_magics(client):
    assert value(client, "__import__('sys').executable") == sys.executable
    assert value(client, "__import__('os').environ['NUMBA_NUM_THREADS']") == str(available_cpus())
    assert value(client, "'avila' in get_ipython().magics_manager.magics['line']") is True


@pytest.mark.compiled
def test_the_compiler_is_woken_in_the_background(client):
    code = "import threading; [t.join() for t in threading.enumerate() if t.name == 'avila-warm-up']"
    assert client.execute(code, reply=True, timeout=300)["content"]["status"] == "ok"
    assert value(client, "'numba' in __import__('sys').modules") is True


def test_the_magic_answers_on_any_ipython():
    code = (
        "from IPython.testing.globalipapp import start_ipython; shell = start_ipython();"
        "shell.run_line_magic('load_ext', 'avila_sci'); shell.run_line_magic('avila', 'doctor');"
        "shell.run_line_magic('avila', 'threads 3'); shell.run_line_magic('avila', 'nonsense')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert "avila-sci 0" in done.stdout
    assert "JIT cache" in done.stdout
    assert "3 threads" in done.stdout
    assert "%avila doctor | threads" in done.stdout


def test_the_command_explains_itself():
    done = subprocess.run(
        [sys.executable, "-m", "avila_sci.jupyter.command"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    for word in ("warm", "doctor", "demo"):
        assert word in done.stderr
