"""Write avila_sci/bim/schema_table.py from the published schemas, read through ifcopenshell (a development tool only).

    python tools/make_schema_table.py

The table's own docstring describes its lines.
"""

from pathlib import Path

import ifcopenshell.ifcopenshell_wrapper as wrapper

SCHEMAS = {"2": "IFC2X3", "4": "IFC4", "x": "IFC4X3_ADD2"}
TARGET = Path(__file__).resolve().parent.parent / "avila_sci" / "bim" / "schema_table.py"

HEAD = '''"""The published IFC schemas as text, one declaration a line; made by tools/make_schema_table.py.

A line begins with the schemas in which it holds: ``2`` IFC2X3 TC1, ``4`` IFC4 ADD2 TC1, ``x`` IFC4X3 ADD2.  Then::

    Name=real                    defined type (``[`` before the word: an aggregation)
    Name=(ITEM,ITEM)             enumeration
    Name=One|Another             select
    Name<Supertype:attributes:inverses:derived
    !Name<...                    abstract entity

Attributes are ``Name Type`` or, where ``$`` is allowed, ``Name? Type``; inverses are ``Name Entity.Attribute``; both
are the entity's own, without what it inherits.  Derived are the places, in the whole argument list, that hold ``*``.
"""
# ruff: noqa: E501

TABLE = """\\
'''


def word(kind):
    """A type in one word: ``IfcLabel``, ``[IfcPoint``, ``real``."""
    if kind.as_aggregation_type():
        return "[" + word(kind.as_aggregation_type().type_of_element())
    if kind.as_named_type():
        return kind.as_named_type().declared_type().name()
    return kind.as_simple_type().declared_type()


def entity(declaration):
    """The line of an entity."""
    above = declaration.supertype()
    attributes = [
        attribute.name() + ("?" if attribute.optional() else "") + " " + word(attribute.type_of_attribute())
        for attribute in declaration.attributes()
    ]
    derived = [str(place) for place, flag in enumerate(declaration.derived()) if flag]
    inherited = {i.name() for i in above.all_inverse_attributes()} if above else set()
    inverses = [
        f"{i.name()} {i.entity_reference().name()}.{i.attribute_reference().name()}"
        for i in declaration.all_inverse_attributes()
        if i.name() not in inherited
    ]
    line = ("!" if declaration.is_abstract() else "") + declaration.name() + "<" + (above.name() if above else "")
    return f"{line}:{','.join(attributes)}:{','.join(inverses)}:{','.join(derived)}"


def lines(schema):
    """The lines of a schema."""
    for declaration in schema.declarations():
        name = declaration.name()
        if declaration.as_entity():
            yield entity(declaration.as_entity())
        elif declaration.as_enumeration_type():
            yield f"{name}=({','.join(sorted(declaration.as_enumeration_type().enumeration_items()))})"
        elif declaration.as_select_type():
            yield f"{name}={'|'.join(sorted(s.name() for s in declaration.as_select_type().select_list()))}"
        else:
            yield f"{name}={word(declaration.as_type_declaration().declared_type())}"


def main():
    """Write the table; a line that several schemas share stands once."""
    holds = {}
    for mark, name in SCHEMAS.items():
        for line in lines(wrapper.schema_by_name(name)):
            holds[line] = holds.get(line, "") + mark
    text = "\n".join(f"{marks} {line}" for line, marks in sorted(holds.items(), key=lambda h: h[0].lstrip("!").upper()))
    TARGET.write_text(HEAD + text + '\n"""\n', encoding="ascii")
    print(TARGET, TARGET.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
