"""A bar that appears when work takes long, and ends full when the work has ended well."""

import pytest

from avila_sci.core.progress import Progress


def test_work_that_ends_early_is_done(capsys):
    """A bar stood at 61 % for ever after the building was there."""
    with Progress("shaping", 10, show=True) as bar:
        bar.advance(3)
        assert bar.fraction == 0.3
    assert bar.fraction == 1.0
    assert "100%" in capsys.readouterr().err


def test_work_that_fails_stays_where_it_was(capsys):
    bar = Progress("shaping", 10, show=True)

    def work():
        with bar:
            bar.advance(3)
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        work()
    assert bar.fraction == 0.3
    assert capsys.readouterr().err.endswith("\n")


def test_quick_work_is_silent(capsys):
    with Progress("shaping", 10) as bar:
        bar.advance(10)
    assert capsys.readouterr() == ("", "")


def test_nothing_to_do_is_done():
    assert Progress("nothing", 0, show=False).fraction == 1.0
