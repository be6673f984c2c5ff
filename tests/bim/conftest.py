"""Fixtures for tests of `bim`: models from a few lines of STEP, and the same file in ifcopenshell."""

import functools
import gzip
import tempfile
from pathlib import Path

import pytest
from parts import FRAME

from avila_sci.bim.model import open as open_model

_FRAME = """ISO-10303-21;
HEADER;
FILE_DESCRIPTION((''),'2;1');
FILE_NAME('','',(''),(''),'','','');
FILE_SCHEMA(('{schema}'));
ENDSEC;
DATA;
{data}
ENDSEC;
END-ISO-10303-21;
"""


@pytest.fixture(scope="session")
def step_text():
    """`step_text(data, schema="IFC4")`: the bytes of a file whose data section is `data`."""
    return lambda data, schema="IFC4": _FRAME.format(data=data.strip("\n"), schema=schema).encode()


@pytest.fixture(scope="session")
def model_of(step_text):
    """`model_of(data, schema="IFC4")`: the model of a file whose data section is `data`."""
    return lambda data, schema="IFC4": open_model(step_text(data, schema))


@pytest.fixture(scope="session")
def built(model_of):
    """`built(data, schema="IFC4")`: the geometry of a file in metres and radians."""
    return lambda data, schema="IFC4": model_of(data + FRAME, schema).geometry()


@pytest.fixture(scope="session")
def open_peer():
    """`open_peer(path)`: the file in ifcopenshell (a tool of the tests only), unpacked where needed; each once."""
    ifcopenshell = pytest.importorskip("ifcopenshell")

    @functools.cache
    def read(path):
        path = Path(path)
        if path.suffix != ".gz":
            return ifcopenshell.open(str(path))
        with tempfile.TemporaryDirectory() as folder:
            plain = Path(folder) / path.stem
            plain.write_bytes(gzip.decompress(path.read_bytes()))
            return ifcopenshell.open(str(plain))

    return read
