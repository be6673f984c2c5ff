import pytest

from avila_sci.core.jit import kernel, means
from avila_sci.core.source import show


@kernel
def _twice(x):
    return x + x  # the heart of it


@means(_twice)
def twice(x):
    """Two times x."""
    return _twice(x)


@pytest.mark.compiled
def test_a_public_name_shows_its_kernel_and_what_was_compiled():
    twice(2.0)
    shown = show(twice)
    assert "the heart of it" in shown.text
    assert "float64" in repr(shown)
    assert "twice: test_source.py, line" in repr(shown)
    assert "heart" in shown._repr_html_()


def test_a_plain_function_shows_itself():
    assert "def show" in show(show).text


def test_what_has_no_source_is_refused_with_words():
    with pytest.raises(TypeError, match="needs a Python function or a kernel, got 3"):
        show(3)
