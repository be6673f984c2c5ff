"""Fixtures that every test may use."""

import os
from pathlib import Path

import hypothesis
import pytest

# `make test` tries the same examples each time, so that it fails by what was changed; `make test-all` tries new ones.
hypothesis.settings.register_profile("steady", derandomize=True)
hypothesis.settings.register_profile("new", print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

SHARED = Path(os.environ.get("AVILA_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def shared_data():
    """Folder of real files kept beside the project; a fresh clone has none, and the test says so."""
    if not SHARED.is_dir():
        pytest.skip("needs the sample files of ../shared/data (or AVILA_SHARED_DATA), which this clone does not have")
    return SHARED
