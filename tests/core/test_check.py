import numpy as np
import pytest

from avila_sci.core import check
from avila_sci.core.errors import DomainError, DTypeError, ShapeError


def test_lists_become_contiguous_arrays_and_good_arrays_stay_themselves():
    good = np.zeros((3, 2))
    assert check.array("points", good, ("n", 2)) is good
    made = check.array("points", [[0, 1], [2, 3]], ("n", 2))
    assert made.dtype == np.float64
    assert made.flags.c_contiguous
    assert check.array("points", [], ("n", 2)).shape == (0, 2)


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (np.zeros((2, 5)), ShapeError, r"points must have shape \(n, 2\), got \(2, 5\)"),
        (np.zeros((2, 5, 1)), ShapeError, r"got \(2, 5, 1\)"),
        ([[1, 2], [3]], ShapeError, "regular array"),
        ([["a", "b"]], DTypeError, "points must hold float64 values"),
        ([[0.0, np.nan]], DomainError, r"points must be finite, got nan at \(0, 1\) \(1 of 2\)"),
    ],
)
def test_wrong_arrays_are_explained(value, error, words):
    with pytest.raises(error, match=words):
        check.array("points", value, ("n", 2), finite=True)


def test_indices_name_the_first_one_out_of_range():
    with pytest.raises(DomainError, match=r"triangles must lie in \[0, 3\), got 3 at \(0, 2\).*count from 1"):
        check.indices("triangles", [[1, 2, 3]], 3)
    with pytest.raises(DTypeError, match="int32"):
        check.indices("triangles", [[0.5, 1, 2]], 3)
    assert check.indices("triangles", np.array([[0, 1, 2]], np.uint64), 3).dtype == np.int32


def test_choices_and_signs():
    assert check.positive("radius", 2) == 2.0
    with pytest.raises(DomainError, match="radius must be positive, got -1"):
        check.positive("radius", -1)
    with pytest.raises(DomainError, match=r"positive, got nan"):
        check.positive("radius", float("nan"))
    with pytest.raises(DomainError, match="'flat', 'smooth', got 'round'"):
        check.one_of("shading", "round", ("flat", "smooth"))
