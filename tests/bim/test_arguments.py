"""Reading one argument list in plain Python."""

from hypothesis import given, settings
from hypothesis import strategies as st

from avila_sci.bim.arguments import Reference, Typed, parse
from avila_sci.bim.step_text import encode, real


def test_every_kind_of_value():
    assert parse(b"#1,'it''s',$,*,12,-1.5E-3,.5,.T.,.F.,.U.,.AREA.,IFCLABEL('x'),(1,(2.,3.)),\"0FF\"") == (
        Reference(1), "it's", None, None, 12, -1.5e-3, 0.5, True, False, None, "AREA",
        Typed("IFCLABEL", "x"), (1, (2.0, 3.0)), b"0FF",
    )  # fmt: skip


def test_typed_lists_and_comments_and_white_space():
    assert parse(b" IFCPROPERTYSETDEFINITIONSET ( ( #1 , # 2 ) ) /* it's */ , ifcreal(1.)") == (
        Typed("IFCPROPERTYSETDEFINITIONSET", (Reference(1), Reference(2))),
        Typed("IFCREAL", 1.0),
    )
    assert parse(b"IFCLINEINDEX((1,2)),()") == (Typed("IFCLINEINDEX", (1, 2)), ())


def test_an_integer_stays_exact():
    assert parse(b"9007199254740993") == (9007199254740993,)


def test_what_is_cut_off_ends_with_the_instance():
    assert parse(b"'a',(1,2") == ("a", (1, 2))
    assert parse(b"'abc") == ("abc",)
    assert parse(b"(((") == ((((),),),)
    assert parse(b"1))") == (1,)


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=60))
def test_any_bytes_give_a_tuple(raw):
    assert isinstance(parse(raw), tuple)


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=8),
)


def written(value):
    if value is None:
        return "$"
    if isinstance(value, bool):
        return ".T." if value else ".F."
    if isinstance(value, tuple):
        return "(" + ",".join(map(written, value)) + ")"
    return str(value) if isinstance(value, int) else real(value) if isinstance(value, float) else encode(value)


@settings(deadline=None, max_examples=200)
@given(st.recursive(scalars, lambda inner: st.lists(inner, max_size=4).map(tuple), max_leaves=8))
def test_what_is_written_is_read_again(value):
    assert parse(written(value).encode()) == (value,)
