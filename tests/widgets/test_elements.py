"""Elements are given and named in many ways; all mean the same number."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avila_sci.core.errors import DomainError, DTypeError, NotFoundError, ShapeError
from avila_sci.widgets.elements import Elements, from_ranges, text, to_ranges


class Thing:
    """Stands for an entity of a model."""

    def __init__(self, model, number):
        self.model, self.id = model, number
        self.GlobalId = f"g{number}"

    def attributes(self):
        return {"Name": f"thing {self.id}", "OwnerHistory": Plumbing()}

    def psets(self):
        return {"Pset_Thing": {"LoadBearing": True, "Width": 0.25}}


class Plumbing:
    def attributes(self):
        return {}


class Node:
    def __init__(self, entity, *children):
        self.entity, self.children = entity, children

    def walk(self):
        yield self
        for child in self.children:
            yield from child.walk()

    def find(self, entity):
        return next((node for node in self.walk() if node.entity is entity), None)


class Model:
    def __init__(self):
        self.things = {k: Thing(self, k) for k in (10, 20, 30, 99)}

    def by_id(self, number):
        return self.things[number]

    def tree(self):
        t = self.things
        return Node(t[99], Node(t[10]), Node(t[30]))


@pytest.fixture
def elements():
    model = Model()
    columns = {
        "id": [10, 20, 30],
        "global_id": ["g10", "g20", "g30"],
        "name": ["a", None, "c"],
        "type": ["W", "W", "D"],
    }
    return Elements({name: np.array(values, object) for name, values in columns.items()}, 3, model)


@given(st.lists(st.integers(0, 10**9), max_size=50))
def test_ranges_keep_numbers_and_their_order(numbers):
    assert from_ranges(to_ranges(numbers)) == numbers


def test_ranges_of_neighbours_are_short():
    assert to_ranges(range(100_000)) == "0-99999"


@pytest.mark.parametrize("words", ["a", "1-", "-1", "1 - 2", "1-2-3", "9" * 30, "0-999999999999"])
def test_what_is_no_range_is_refused(words):
    if words == "1-":
        assert from_ranges(words) == [1]
    else:
        with pytest.raises(DomainError):
            from_ranges(words)


def test_entities_numbers_and_global_ids_name_the_same_element(elements):
    entity = elements.model.things[20]
    for thing in (entity, 1, np.int64(1), "g20", [entity], ["g20"], np.array([1]), np.array([False, True, False])):
        assert elements.numbers(thing) == [1]
    assert elements.wrap(1) is entity
    assert elements.numbers(pd.Series([True, False, True])) == [0, 2]
    assert elements.numbers(None) == []
    assert elements.numbers([2, 0, 2]) == [2, 0]


def test_an_entity_without_geometry_stands_for_what_is_below_it(elements):
    assert elements.numbers(elements.model.things[99]) == [0, 2]


@pytest.mark.parametrize(
    ("thing", "error", "words"),
    [
        (3, NotFoundError, r"lie in \[0, 3\), got 3"),
        (-1, NotFoundError, "got -1"),
        ("nobody", NotFoundError, "no element with GlobalId 'nobody'"),
        (2.5, DTypeError, "must be an entity, a number or a GlobalId, got float"),
        (np.array([True, False]), ShapeError, "must have 3 rows"),
    ],
)
def test_what_is_no_element_is_named(elements, thing, error, words):
    with pytest.raises(error, match=words):
        elements.numbers(thing)


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(ShapeError, match="equally long"):
        Elements({"a": [1, 2], "b": [1, 2, 3]}, 2)
    with pytest.raises(ShapeError, match="a row for each of the 3 elements, got 2"):
        Elements({"a": [1, 2]}, 3)


def test_without_a_model_the_tree_is_storeys_types_and_elements():
    columns = {"storey": ["ground", "ground", "first"], "type": ["wall", "door", "wall"]}
    tree = Elements(columns, 3).tree()
    assert tree["label"] == ["ground", "wall", "", "door", "", "first", "wall", ""]
    assert tree["parent"] == [-1, 0, 1, 0, 3, -1, 5, 6]
    assert tree["element"] == [-1, -1, 0, -1, 1, -1, -1, 2]


def test_an_element_is_described_for_the_panel(elements):
    answer = elements.describe(0)
    assert answer["title"] == "a"
    assert answer["groups"][0] == ["Attributes", [["Name", "thing 10"]]]  # no plumbing
    assert ["Pset_Thing", [["LoadBearing", "yes"], ["Width", "0.25"]]] in answer["groups"]
    assert elements.describe(1)["title"] == "W"  # without a name the type serves
    with pytest.raises(NotFoundError):
        elements.describe(3)


def test_values_are_put_in_few_words():
    assert text(False) == "no"
    assert text(1 / 3) == "0.3333333"
    assert text([1, 2.0, "x"]) == "1, 2, x"
    assert text(range(3)) == "range(0, 3)"
    assert len(text("x" * 1000)) == 300


def test_an_element_of_the_same_file_opened_again_is_known_by_its_global_id():
    from avila_sci import bim

    first, again = bim.open(bim.sample.path()), bim.open(bim.sample.path())
    elements = Elements.of_model(first)
    wall = again.by_type("IfcWall")[0]
    assert elements.wrap(elements.number(wall)).GlobalId == wall.GlobalId
    everything = elements.numbers(first.by_type("IfcObjectDefinition"))
    assert len(everything) == elements.count  # among several, what has no shape is passed over
    with pytest.raises(NotFoundError, match="element numbers lie in"):
        Elements({"name": ["a", "b"]}, 2).numbers([0, 7])
    with pytest.raises(NotFoundError, match="has no geometry in this scene, nor what is below"):
        elements.numbers(first.by_type("IfcTask"))
    with pytest.raises(NotFoundError, match="belongs to another model"):
        elements.number(again.by_type("IfcProject")[0])
