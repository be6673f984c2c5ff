"""The Binder image, as far as it can be proven without a container engine."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("script", ["postBuild", "start"])
def test_scripts_are_valid_and_executable(script):
    path = ROOT / "binder" / script
    assert os.access(path, os.X_OK)
    subprocess.run(["bash", "-n", path], check=True)


def test_requirements_are_those_of_the_lock():
    lock = (ROOT / "uv.lock").read_text()
    locked = dict(re.findall(r'\[\[package\]\]\nname = "([^"]+)"\nversion = "([^"]+)"', lock))
    lines = (ROOT / "binder" / "requirements.txt").read_text().splitlines()
    pinned = dict(line.split(" ")[0].split("==") for line in lines if re.match(r"^[a-z]", line))
    assert {"numba", "anywidget", "jupyterlab", "pandas"} <= set(pinned)
    for name, version in pinned.items():
        assert version in lock, f"{name}=={version} is not what uv.lock holds ({locked.get(name)}): export it again"


def test_the_runtime_is_a_python_the_project_supports():
    assert (ROOT / "binder" / "runtime.txt").read_text().strip() in ("python-3.11", "python-3.12", "python-3.13")


def test_start_sets_the_portable_processor_and_runs_the_command(tmp_path):
    environment = os.environ | {"HOME": str(tmp_path), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for name in ("NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES", "NUMBA_CACHE_DIR"):
        environment.pop(name, None)
    show = "import os; print([os.environ.get(n) for n in ('NUMBA_CACHE_DIR', 'NUMBA_CPU_NAME', 'NUMBA_CPU_FEATURES')])"
    done = subprocess.run(
        [ROOT / "binder" / "start", sys.executable, "-c", show],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    cache, cpu, features = eval(done.stdout)
    assert cache == str(tmp_path / ".avila-jit")
    assert (cpu, features) in {("x86-64-v3", ""), (None, None)}


@pytest.mark.slow
def test_post_build_in_a_fresh_environment_leaves_a_cache_that_start_hits(tmp_path):
    # repo2docker copies the tree, runs postBuild in its environment, later `start` in front of the server.
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    python = venv / "bin" / "python"
    tree = tmp_path / "tree"
    kept = shutil.ignore_patterns(".git", ".venv", ".uv", "node_modules", "docs", "tests", "__pycache__")
    shutil.copytree(ROOT, tree, ignore=kept)
    subprocess.run(
        [python, "-m", "pip", "install", "-q", "-r", tree / "binder" / "requirements.txt", "hatchling"], check=True
    )
    environment = os.environ | {
        "REPO_DIR": str(tree),
        "HOME": str(tmp_path),
        "PATH": f"{venv / 'bin'}:{os.environ['PATH']}",
    }
    for name in ("NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES", "NUMBA_CACHE_DIR", "NUMBA_DISABLE_JIT", "NUMBA_BOUNDSCHECK"):
        environment.pop(name, None)
    subprocess.run([tree / "binder" / "postBuild"], env=environment, cwd=tree, check=True)
    code = (
        "from avila_sci.jupyter.warm import touch; from avila_sci.mesh import measure as m; touch();"
        "print(sum(m._measure.stats.cache_hits.values()), sum(m._measure.stats.cache_misses.values()))"
    )
    done = subprocess.run(
        [tree / "binder" / "start", python, "-c", code],
        env=environment, cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["1", "0"]


@pytest.mark.slow
def test_repo2docker_makes_a_recipe_of_it():
    repo2docker = shutil.which("jupyter-repo2docker")
    if repo2docker is None:
        pytest.skip("needs jupyter-repo2docker: uv tool install jupyter-repo2docker")
    done = subprocess.run(
        [repo2docker, "--no-build", "--debug", "--user-id", "1000", "--user-name", "jovyan", str(ROOT)],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    recipe = done.stdout + done.stderr
    assert "requirements.txt" in recipe
    assert recipe.index("binder/requirements.txt") < recipe.index("postBuild")
    assert "ENTRYPOINT" in recipe
