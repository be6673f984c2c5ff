"""The examples of the README run as they stand, on the sample building."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from avila_sci.bim import sample

ROOT = Path(__file__).resolve().parent.parent


def examples(heading):
    """Python under a heading of the README."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (body,) = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## )", text, re.S | re.M)
    return re.findall(r"```python\n(.*?)```", body, re.S)


@pytest.fixture
def in_a_folder_with_a_house(tmp_path, monkeypatch):
    sample.write(tmp_path / "house.ifc")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_example_in_python_runs(in_a_folder_with_a_house, capsys):
    (code,) = examples("In Python")
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    exec(compile(code, "README.md", "exec"), {})
    name, *_, rating = capsys.readouterr().out.split()
    assert name
    assert rating != "None"
    assert (in_a_folder_with_a_house / "house.glb").read_bytes()[:4] == b"glTF"


@pytest.mark.compiled
def test_the_example_inside_njit_finds_the_roof():
    (code,) = examples("Inside `@njit`")
    *body, last = code.strip().splitlines()
    scope = {}
    exec(compile("\n".join([*body, f"area = {last}"]), "README.md", "exec"), scope)
    assert 20.0 < scope["area"] < 20_000.0  # square metres of a house of three storeys: not none, not all triangles


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#:]+)\)", (ROOT / "README.md").read_text(encoding="utf-8")))
def test_what_it_links_to_is_there(target):
    assert (ROOT / target).exists()


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_the_main_job_starts_for_root_too():
    """In a container all is root, and Jupyter refuses root unless told otherwise."""
    said = subprocess.run(["make", "-n", "lab"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    (line,) = [line for line in said.splitlines() if "jupyter lab" in line]
    assert ("--allow-root" in line) == (os.getuid() == 0)
    folder, page = (word.split("=")[1] for word in line.split()[-2:])
    assert (ROOT / folder / page.removeprefix("/lab/tree/")).is_file()  # the address it prints leads to the notebook
