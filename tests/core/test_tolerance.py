import pytest

from avila_sci.core import tolerance


def test_tolerances_grow_with_the_model_and_never_vanish():
    assert tolerance.length(0.0) == tolerance.length(10.0) == 1e-9
    assert tolerance.length([1e3, -5e6]) == pytest.approx(5e-5)
    assert tolerance.length([]) == 1e-9
