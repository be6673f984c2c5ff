import json

import pytest

from avila_sci.core.errors import AvilaError, DomainError, FormatError, MissingDependencyError, NotFoundError, need


def test_every_error_is_also_the_built_in_a_programmer_would_catch():
    with pytest.raises(ValueError, match="latitude"):
        raise DomainError("latitude must lie in [-90, 90]")
    with pytest.raises(KeyError) as caught:
        raise NotFoundError("no entity #12")
    assert str(caught.value) == "no entity #12"


def test_context_is_chained_and_the_whole_becomes_json():
    error = FormatError("expected ')'", line=3, column=7, entity=None).during("reading house.ifc").during("opening")
    error.__cause__ = DomainError("inner")
    assert str(error) == "expected ')' (while reading house.ifc (while opening))"
    data = json.loads(json.dumps(error.to_dict()))
    assert data["where"] == {"line": 3, "column": 7}
    assert data["cause"]["kind"] == "DomainError"
    assert isinstance(error, AvilaError)


def test_the_notebook_form_escapes_what_came_from_a_file():
    assert "<script>" not in FormatError("<script>", line="<b>")._repr_html_()


def test_a_missing_package_names_the_command_that_installs_it():
    with pytest.raises(
        MissingDependencyError, match=r'to_dataframe needs no_such_thing: pip install "avila-sci\[dataframe\]"'
    ):
        need("no_such_thing", "dataframe", "to_dataframe")
