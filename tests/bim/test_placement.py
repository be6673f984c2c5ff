"""Tests of avila_sci.bim.placement: axes that are left out, parallel or skew; chains; ifcopenshell as the peer."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parts import BLOCK, FRAME, place, product

from avila_sci.bim.curve import CYCLE, NOT_FINITE, OK, UNSUPPORTED
from avila_sci.bim.placement import _inverse, _multiply, _placements


@pytest.fixture(scope="session")
def placed(model_of):
    """`placed(data, number)`: the matrix and status of the object placement # `number`."""

    def run(data, number):
        file = model_of(data + FRAME).step
        matrices, status = _placements(file.tokens, np.array([file.row(number)]))
        return matrices[0], status[0]

    return run


def axes(number, point="(1.,2.,3.)", z=None, x=None):
    """A local placement # `number` with directions as given."""
    text = f"#{number + 1}=IFCCARTESIANPOINT({point});\n"
    for k, direction in ((2, z), (3, x)):
        if direction is not None:
            text += (
                f"#{number + k}=IFCDIRECTION(({','.join(f'{v:.17g}' if v % 1 else f'{v:.1f}' for v in direction)}));\n"
            )
    names = [f"#{number + k}" if d is not None else "$" for k, d in ((2, z), (3, x))]
    return text + (
        f"#{number + 4}=IFCAXIS2PLACEMENT3D(#{number + 1},{names[0]},{names[1]});\n"
        f"#{number}=IFCLOCALPLACEMENT($,#{number + 4});\n"
    )


@pytest.mark.parametrize(
    ("z", "x", "rotation"),
    [
        (None, None, np.eye(3)),
        ((0, 0, 1), (0, 1, 0), [[0, -1, 0], [1, 0, 0], [0, 0, 1]]),
        ((0, 0, 5), (3, 0, 0), np.eye(3)),  # directions need not be unit vectors
        ((1, 0, 0), None, [[0, 0, 1], [1, 0, 0], [0, 1, 0]]),  # IfcFirstProjAxis: x is not z, so y of the world
        ((0, 0, 1), (1, 0, 4), np.eye(3)),  # x is made perpendicular to z
        ((0, 0, -1), (1, 0, 0), [[1, 0, 0], [0, -1, 0], [0, 0, -1]]),
    ],
)
def test_axes(placed, z, x, rotation):
    matrix, status = placed(axes(30, z=z, x=x), 30)
    assert status == OK
    np.testing.assert_allclose(matrix[:3, 3], [1, 2, 3])
    assert np.linalg.det(matrix[:3, :3]) == pytest.approx(1.0)
    if z != (1, 0, 0):
        np.testing.assert_allclose(matrix[:3, :3], rotation, atol=1e-15)
    np.testing.assert_allclose(matrix[:3, 2], np.array(rotation)[:, 2], atol=1e-15)


@pytest.mark.parametrize(("z", "x"), [((0, 0, 1), (0, 0, 1)), ((0, 0, 0), (1, 0, 0)), ((0, 0, 1), (0, 0, 0))])
def test_axes_that_say_nothing_still_make_a_frame(placed, z, x):
    matrix, _status = placed(axes(30, z=z, x=x), 30)
    np.testing.assert_allclose(matrix[:3, :3] @ matrix[:3, :3].T, np.eye(3), atol=1e-14)
    assert np.linalg.det(matrix[:3, :3]) == pytest.approx(1.0)
    np.testing.assert_allclose(matrix[:3, 3], [1, 2, 3])


direction = st.tuples(*[st.floats(-1, 1, width=32)] * 3).filter(lambda d: np.linalg.norm(d) > 0.1)


@settings(deadline=None, max_examples=25)
@given(direction, direction)
def test_any_two_directions_agree_with_ifcopenshell(placed, step_text, z, x):
    ifcopenshell = pytest.importorskip("ifcopenshell")
    geom = pytest.importorskip("ifcopenshell.geom")
    if np.linalg.norm(np.cross(z, x)) < 0.05:
        return
    data = axes(30, z=z, x=x) + BLOCK + product(10, "#1", "#30")
    matrix, status = placed(data, 30)
    file = ifcopenshell.file.from_string(step_text(data + FRAME).decode())
    assert status == OK
    shape = geom.create_shape(geom.settings(), file.by_id(10))  # kept: it owns the memory of its matrix
    np.testing.assert_allclose(matrix, np.array(shape.transformation.matrix).reshape(4, 4).T, atol=1e-6)


def test_a_chain_of_a_thousand_is_followed(placed):
    data = place(10, 1, 0, 0)
    for k in range(1, 1000):
        data += place(10 + 10 * k, 1, 0.5, 0, f"#{10 + 10 * (k - 1)}")
    matrix, status = placed(data, 10 + 9990)
    assert status == OK
    np.testing.assert_allclose(matrix[:3, 3], [1000, 499.5, 0])


def test_what_cannot_be_read_counts_as_the_identity(placed):
    matrix, status = placed(place(30, 1, 2, 3, "#40") + place(40, 1, 2, 3, "#30"), 30)
    assert status == CYCLE
    assert np.isfinite(matrix).all()
    matrix, status = placed(axes(30, point="(1.E999,0.,0.)"), 30)
    assert status == NOT_FINITE
    np.testing.assert_array_equal(matrix, np.eye(4))
    matrix, status = placed("#30=IFCGRIDPLACEMENT($,$,$);\n", 30)
    assert status == UNSUPPORTED
    np.testing.assert_array_equal(matrix, np.eye(4))


def test_products_and_inverses():
    rng = np.random.default_rng(1)
    a, b, out = np.eye(4), np.eye(4), np.empty((4, 4))
    a[:3], b[:3] = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    _multiply(a, b, out)
    np.testing.assert_allclose(out, a @ b, rtol=1e-14)
    assert _inverse(a, out)
    np.testing.assert_allclose(out, np.linalg.inv(a), rtol=1e-11)
    a[:3, :3] = 0.0
    assert not _inverse(a, out)
