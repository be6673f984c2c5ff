"""The spatial tree: project, sites, buildings, storeys, spaces, and the elements in them."""

from html import escape

import numpy as np

_SHOWN = 20  # elements listed below one node in print
_MOST_DEPTH = 100


class Node:
    """A place in the spatial tree; printing it lists what is below.

    Attributes
    ----------
    entity : Entity or None
        None for the node that gathers what the file puts nowhere.
    children : list of Node
        Spatial elements first (storeys from low to high), then elements in the order of the file.
    is_spatial : bool
        True for project, site, building, storey, space …: what structures the model.
    """

    __slots__ = ("children", "entity", "is_spatial")

    def __init__(self, entity, is_spatial):
        self.entity, self.is_spatial = entity, is_spatial
        self.children = []

    @property
    def type(self):
        """Type of the entity, "" for the node of what is nowhere."""
        return self.entity.type if self.entity is not None else ""

    @property
    def name(self):
        """Name of the entity, else its long name or id."""
        return self.entity.label if self.entity is not None else "without a place"

    def walk(self):
        """This node and all below it, each before what is below it."""
        todo = [self]
        while todo:
            node = todo.pop()
            yield node
            todo.extend(reversed(node.children))

    def find(self, entity):
        """The node of an entity, or None."""
        return next((node for node in self.walk() if node.entity == entity), None)

    def to_dict(self):
        """The tree as plain dictionaries: type, name, id, children.

        Returns
        -------
        dict
        """
        return {
            "type": self.type,
            "name": self.name,
            "id": self.entity.id if self.entity is not None else None,
            "children": [child.to_dict() for child in self.children],
        }

    def _listed(self):
        """Children for print: sites, buildings, storeys; the first of the others; and how many more there are."""
        main = [c for c in self.children if c.is_spatial and c.type != "IfcSpace"]
        other = [c for c in self.children if not c.is_spatial or c.type == "IfcSpace"]
        return main + other[:_SHOWN], max(0, len(other) - _SHOWN)

    def __str__(self):
        return f"{self.type} {self.name}".strip()

    def __repr__(self):
        lines = [str(self)]

        def draw(node, indent):
            children, more = node._listed()
            for k, child in enumerate(children):
                last = k + 1 == len(children) and not more
                lines.append(f"{indent}{'└─' if last else '├─'} {child}")
                draw(child, indent + ("   " if last else "│  "))
            if more:
                lines.append(f"{indent}└─ … and {more} more")

        draw(self, "")
        return "\n".join(lines)

    def _repr_html_(self):
        def draw(node, depth):
            label = f"<b>{escape(node.name)}</b> <small>{escape(node.type)}</small>"
            if not node.children:
                return f"<li style='list-style:none'>{label}</li>"
            children, more = node._listed()
            inner = "".join(draw(child, depth + 1) for child in children)
            if more:
                inner += f"<li style='list-style:none'><small>… and {more} more</small></li>"
            state = " open" if depth < 4 and node.is_spatial else ""
            return (
                f"<li style='list-style:none'><details{state}><summary>{label}</summary>"
                f"<ul style='margin:0;padding-left:1.2em'>{inner}</ul></details></li>"
            )

        return f"<ul style='padding-left:0'>{draw(self, 0)}</ul>"


def build(model, openings=False):
    """The spatial tree of a model.

    Parameters
    ----------
    model : Model
    openings : bool
        Show openings below the elements they are cut from.

    Returns
    -------
    Node
        The project.  Products that nothing contains come last, below a node of their own.
    """
    relations = model.relations
    indptr, below = relations.children
    spatial = (
        model.mask("IfcSpatialStructureElement")
        | model.mask("IfcSpatialElement")
        | model.mask("IfcContext")
        | model.mask("IfcProject")
    )
    shown = model.mask("IfcProduct") | spatial
    if not openings:
        shown &= ~model.mask("IfcFeatureElementSubtraction")
    hosts = _hosted(relations, openings)
    seen = np.zeros(len(shown), np.bool_)

    def grow(row):
        seen[row] = True
        top = Node(model.at(row), bool(spatial[row]))
        todo = [(top, row, 0)]
        while todo:
            node, at, depth = todo.pop()
            rows = [*below[indptr[at] : indptr[at + 1]].tolist(), *hosts.get(at, ())]
            for child in rows:
                if shown[child] and not seen[child] and depth < _MOST_DEPTH:
                    seen[child] = True
                    node.children.append(Node(model.at(child), bool(spatial[child])))
                    todo.append((node.children[-1], child, depth + 1))
            node.children.sort(key=_rank)
        return top

    project = model.project
    root = grow(project.row) if project is not None else Node(None, True)
    lost = shown & ~seen & ~model.mask("IfcPort") & ~model.mask("IfcProject") & ~model.mask("IfcContext")
    # First what has nothing above it, with all that hangs below; what is left then goes round in circles.
    outside = Node(None, True)
    for rows in (np.flatnonzero(lost & (relations.above < 0)), np.flatnonzero(lost)):
        for row in rows.tolist():
            if not seen[row]:
                outside.children.append(grow(row))
    if outside.children:
        if project is None:
            return outside
        root.children.append(outside)
    return root


def _hosted(relations, openings):
    """Rows that are shown below the element they stand in: openings, and doors and windows that nothing contains."""
    hosts = {}
    if openings:
        for row in np.flatnonzero(relations.voided >= 0).tolist():
            hosts.setdefault(int(relations.voided[row]), []).append(row)
    loose = (relations.filled >= 0) & (relations.container < 0) & (relations.aggregate < 0)
    for row in np.flatnonzero(loose).tolist():
        opening = int(relations.filled[row])
        hosts.setdefault(opening if openings else int(relations.voided[opening]), []).append(row)
    return hosts


def _rank(node):
    """Sort key: spatial elements before others, storeys by elevation, the rest as it came (the sort is stable)."""
    entity = node.entity
    if not entity.is_a("IfcBuildingStorey"):
        return (not node.is_spatial, 0.0)
    elevation = entity.Elevation
    return (False, float(elevation) if isinstance(elevation, int | float) else 0.0)
