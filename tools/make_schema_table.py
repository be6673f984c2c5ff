"""Write avila_sci/bim/schema_table.py from the published schemas, read through ifcopenshell (a development tool only).

    python tools/make_schema_table.py

A line a declaration.  Entities: ``Name < Supertype : attribute type, …  ~ inverse Entity.attribute, …`` where a name in
capitals is abstract... marked by a leading ``!``, an optional attribute by ``?``, a derived one by ``*``.
"""

from pathlib import Path

import ifcopenshell.ifcopenshell_wrapper as wrapper

SCHEMAS = ("IFC2X3", "IFC4", "IFC4X3_ADD2")
TARGET = Path(__file__).resolve().parent.parent / "avila_sci" / "bim" / "schema_table.py"


def word(kind):
    """A type in one word: ``IfcLabel``, ``[IfcPoint``, ``real``."""
    if kind.as_aggregation_type():
        return "[" + word(kind.as_aggregation_type().type_of_element())
    if kind.as_named_type():
        return kind.as_named_type().declared_type().name()
    return kind.as_simple_type().declared_type()


def entity(declaration):
    above = declaration.supertype()
    known = declaration.attributes()
    inherited = declaration.attribute_count() - len(known)
    derived = list(declaration.derived())
    attributes = []
    for attribute in known:
        attributes.append(
            attribute.name() + ("?" if attribute.optional() else "") + " " + word(attribute.type_of_attribute())
        )
    hidden = [str(i) for i, flag in enumerate(derived) if flag and i < inherited + len(known)]
    own = {i.name() for i in above.all_inverse_attributes()} if above else set()
    inverses = [
        f"{i.name()} {i.entity_reference().name()}.{i.attribute_reference().name()}"
        for i in declaration.all_inverse_attributes()
        if i.name() not in own
    ]
    line = ("!" if declaration.is_abstract() else "") + declaration.name() + "<" + (above.name() if above else "")
    return f"{line}:{','.join(attributes)}:{','.join(inverses)}:{','.join(hidden)}"


def lines(schema):
    for declaration in sorted(schema.declarations(), key=lambda d: d.name()):
        name = declaration.name()
        if declaration.as_entity():
            yield entity(declaration.as_entity())
        elif declaration.as_enumeration_type():
            yield f"{name}=({','.join(declaration.as_enumeration_type().enumeration_items())})"
        elif declaration.as_select_type():
            yield f"{name}={'|'.join(sorted(s.name() for s in declaration.as_select_type().select_list()))}"
        else:
            yield f"{name}={word(declaration.as_type_declaration().declared_type())}"


def main():
    parts = ['"""The published schemas as text, one declaration a line; made by tools/make_schema_table.py."""', ""]
    for name in SCHEMAS:
        schema = wrapper.schema_by_name(name)
        parts += [f'{name.split("_")[0]} = """\\', *lines(schema), '"""', ""]
    TARGET.write_text("\n".join(parts), encoding="ascii")
    print(TARGET, TARGET.stat().st_size)


if __name__ == "__main__":
    main()
