"""Values become colours, and the legend says which."""

import numpy as np
import pytest

from avila_sci.core.errors import DomainError, DTypeError, ShapeError
from avila_sci.widgets.colours import CATEGORIES, OTHER, colouring, ramp


def hexes(made):
    return ["#{:02x}{:02x}{:02x}".format(*made.palette[code][:3]) for code in made.codes]


def test_kinds_take_the_colours_in_order_of_how_many_there_are():
    made = colouring(["door", "wall", "wall", None, "", float("nan")], "type")
    assert hexes(made)[:3] == [CATEGORIES[1], CATEGORIES[0], CATEGORIES[0]]
    assert made.legend["items"] == [["wall", 2, 2], ["door", 3, 1], ["none", 1, 3]]
    assert made.legend["title"] == "type"


def test_the_thirteenth_kind_and_all_after_it_are_grey():
    made = colouring([f"kind {k:02d}" for k in range(20)])
    assert hexes(made)[:12] == list(CATEGORIES)
    assert set(hexes(made)[12:]) == {OTHER}


def test_numbers_grow_in_lightness_from_low_to_high():
    made = colouring([3.0, None, 1.0, 2.0])
    assert made.legend["kind"] == "numbers"
    assert (made.legend["low"], made.legend["high"], made.legend["missing"]) == (1.0, 3.0, 1)
    light = made.palette[made.codes][:, :3].astype(float) @ [0.2126, 0.7152, 0.0722]
    assert light[2] < light[3] < light[0]


def test_numbers_outside_the_given_ends_take_the_colours_of_the_ends():
    made = colouring(np.array([-5.0, 0.0, 1.0, 9.0]), low=0.0, high=1.0)
    assert made.codes[0] == made.codes[1] == 2
    assert made.codes[2] == made.codes[3] == 255


@pytest.mark.parametrize("values", [[7, 7, 7], [None, None], [], np.array([np.nan, np.inf])])
def test_equal_numbers_and_none_at_all_are_no_trouble(values):
    made = colouring(values)
    assert len(made.codes) == len(values)
    assert (made.codes < len(made.palette)).all()
    assert made.rgba().shape == (len(values), 4)


def test_truth_values_are_kinds_not_numbers():
    assert colouring([True, False, True]).legend["kind"] == "categories"
    assert colouring(np.array([True, False])).legend["kind"] == "categories"


def test_colours_are_taken_as_they_are():
    made = colouring(["#ff0000", None, (0.0, 1.0, 0.0, 0.5)])
    assert made.rgba()[0].tolist() == [1.0, 0.0, 0.0, 1.0]
    assert np.isnan(made.rgba()[1]).all()  # keeps its own
    assert made.rgba()[2] == pytest.approx([0.0, 1.0, 0.0, 0.5], abs=0.003)
    same = colouring(np.array([[1.0, 0.0, 0.0], [np.nan] * 3, [0.0, 1.0, 0.0]]))
    assert same.palette[same.codes[0]].tolist() == [255, 0, 0, 255]
    assert same.codes[1] == 0


def test_a_palette_may_name_colours():
    made = colouring(["a", "b", "a"], palette={"a": "#102030", "b": (1.0, 1.0, 1.0)})
    assert hexes(made) == ["#102030", "#ffffff", "#102030"]


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        ([object()], DTypeError, "numbers, texts, truth values or colours, got object"),
        (np.full((2, 3), 255.0), DomainError, "divide bytes by 255"),
        (np.zeros((2, 5)), ShapeError, "3 or 4"),
    ],
)
def test_what_is_no_value_is_named(values, error, words):
    with pytest.raises(error, match=words):
        colouring(values)


def test_the_ramp_is_viridis():
    table = ramp(255)
    assert table[0].tolist()[:3] == [0x44, 0x01, 0x54]
    assert table[-1].tolist()[:3] == [0xFD, 0xE7, 0x25]
