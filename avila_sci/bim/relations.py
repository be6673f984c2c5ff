"""The relations of a model as arrays: which row contains, decomposes, types, voids or describes which.

IFC keeps every relation as an instance of its own, with one end in one attribute and the other end, often many, in
another.  A pass over the tokens turns each kind into pairs of rows; from these come arrays with one entry a row of the
file (-1 for none), and CSR graphs.  All of them are plain NumPy arrays, to be used in any loop.
"""

from functools import cached_property

import numpy as np

from avila_sci.bim import schema
from avila_sci.bim.schema import code
from avila_sci.bim.step import REF, argument, skip
from avila_sci.core.jit import kernel

MOST_STEPS = 100  # upwards in the spatial tree; more is a cycle


@kernel
def _links(tokens, rows, place):
    """References in one attribute of each of the rows, lists and typed lists opened: (number in `rows`, row)."""
    out = np.empty((2, 2 * rows.size + 16), np.int64)
    n = 0
    for i in range(rows.size):
        a = argument(tokens, rows[i], place)
        if a < 0:
            continue
        for t in range(a, skip(tokens, a)):
            if tokens.kind[t] == REF and tokens.value[t] >= 0.0:
                if n == out.shape[1]:
                    larger = np.empty((2, 2 * n), np.int64)
                    larger[:, :n] = out
                    out = larger
                out[0, n] = i
                out[1, n] = np.int64(tokens.value[t])
                n += 1
    return out[:, :n].copy()


@kernel
def _climb(up, rows, is_target, out):
    """The first row at or above each of `rows` for which `is_target` holds; where there is none, `out` stays."""
    for i in range(rows.size):
        at = rows[i]
        for _ in range(MOST_STEPS):
            if at < 0 or is_target[at]:
                break
            at = up[at]
        if at >= 0 and is_target[at]:
            out[rows[i]] = at


@kernel
def _first_above(direct, parent, rows, out):
    """`direct` of each of `rows` or of the nearest row above it that has one; else `out` stays as it is."""
    for i in range(rows.size):
        at = rows[i]
        for _ in range(MOST_STEPS):
            if at < 0 or direct[at] >= 0:
                break
            at = parent[at]
        if at >= 0 and direct[at] >= 0:
            out[rows[i]] = direct[at]


def _over(base, *better):
    """`base`, replaced where a later array has an entry."""
    out = base.copy()
    for array in better:
        some = np.flatnonzero(array >= 0)
        out[some] = array[some]
    return out


class Relations:
    """Relations of a model, computed when first asked for; every array speaks in rows of the file.

    Parameters
    ----------
    model : Model
    """

    def __init__(self, model):
        self._model = model
        self._step = model.step
        self._sources = {}

    def sources(self, name, row):
        """Rows whose entry in the array `name` is `row`: the other way round.

        Parameters
        ----------
        name : str
            "container", "aggregate", "voided", "filled", "type", …
        row : int

        Returns
        -------
        (n,) int64
            In the order of the file.
        """
        if name not in self._sources:
            array = getattr(self, name)
            some = np.flatnonzero(array >= 0)
            self._sources[name] = csr(array[some], some, len(array))
        indptr, rows = self._sources[name]
        return rows[indptr[row] : indptr[row + 1]]

    def pairs(self, relation, one, many):
        """Rows that relations of a type tie together.

        Parameters
        ----------
        relation : str
            "IfcRelAggregates"; subtypes count.
        one, many : str
            Names of its two attributes: "RelatingObject", "RelatedObjects".

        Returns
        -------
        (3, n) int64
            Row in `one`, row in `many`, row of the relation, in the order of the file.
        """
        names = schema.attributes(self._model.schema, code(relation))
        rows = self._model.rows(relation)
        if not len(rows) or one not in names or many not in names:
            return np.empty((3, 0), np.int64)
        first, relating = _links(self._model.tokens, rows, names.index(one))
        second, related = _links(self._model.tokens, rows, names.index(many))
        # Join the two ends over the relation: mostly one on the one side, but property sets may come in sets.
        count = np.bincount(first, minlength=len(rows))
        start = np.concatenate([[0], np.cumsum(count)])
        times = count[second]
        place = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
        relation_number = np.repeat(second, times)
        return np.stack([relating[start[relation_number] + place], np.repeat(related, times), rows[relation_number]])

    def _array(self, *parts):
        """Array over all rows from (source rows, target rows); the first relation of a source counts."""
        out = np.full(len(self._step.ids), -1, np.int64)
        for source, target in reversed(parts):
            out[source[::-1]] = target[::-1]
        return out

    @cached_property
    def container(self):
        """(n_rows,) int64: spatial element that contains each row directly."""
        related, structure, _ = self.pairs("IfcRelContainedInSpatialStructure", "RelatedElements", "RelatingStructure")
        return self._array((related, structure))

    @cached_property
    def aggregate(self):
        """(n_rows,) int64: whole of which each row is a part (IfcRelAggregates, then IfcRelNests)."""
        whole, part, _ = self.pairs("IfcRelAggregates", "RelatingObject", "RelatedObjects")
        host, nested, _ = self.pairs("IfcRelNests", "RelatingObject", "RelatedObjects")
        return self._array((part, whole), (nested, host))

    @cached_property
    def voided(self):
        """(n_rows,) int64: element that each opening is cut from."""
        element, opening, _ = self.pairs("IfcRelVoidsElement", "RelatingBuildingElement", "RelatedOpeningElement")
        return self._array((opening, element))

    @cached_property
    def filled(self):
        """(n_rows,) int64: opening that each door or window fills."""
        opening, element, _ = self.pairs("IfcRelFillsElement", "RelatingOpeningElement", "RelatedBuildingElement")
        return self._array((element, opening))

    @cached_property
    def parent(self):
        """(n_rows,) int64: whole, host of an opening, opening of a door, or element under a projection or covering."""
        host, projection, _ = self.pairs("IfcRelProjectsElement", "RelatingElement", "RelatedFeatureElement")
        base, surface, _ = self.pairs("IfcRelAdheresToElement", "RelatingElement", "RelatedSurfaceFeatures")
        out = self._array((projection, host), (surface, base))
        return _over(out, self.voided, self.filled, self.aggregate)

    @cached_property
    def above(self):
        """(n_rows,) int64: one step up the spatial tree: the container, else the parent."""
        return _over(self.parent, self.container)

    @cached_property
    def structure(self):
        """(n_rows,) int64: spatial element each row is in: what contains it or its whole, or what it is part of."""
        spatial = self._model.mask("IfcSpatialStructureElement") | self._model.mask("IfcSpatialElement")
        direct, parent = self.container.copy(), self.parent
        loose = np.flatnonzero((parent >= 0) & (direct < 0))
        loose = loose[spatial[parent[loose]]]  # a space of a storey; a wall that is called a part of one
        direct[loose] = parent[loose]
        out = np.full(len(direct), -1, np.int64)
        _first_above(direct, parent, self._model.rows("IfcObjectDefinition"), out)
        return out

    @cached_property
    def storey(self):
        """(n_rows,) int64: storey each row is in; a storey is in itself."""
        out = np.full(len(self._step.ids), -1, np.int64)
        _climb(self.above, self._model.rows("IfcObjectDefinition"), self._model.mask("IfcBuildingStorey"), out)
        return out

    @cached_property
    def type(self):
        """(n_rows,) int64: type object of each row."""
        related, kind, _ = self.pairs("IfcRelDefinesByType", "RelatedObjects", "RelatingType")
        return self._array((related, kind))

    @cached_property
    def own_material(self):
        """(n_rows,) int64: material associated with the row itself."""
        related, material, _ = self.pairs("IfcRelAssociatesMaterial", "RelatedObjects", "RelatingMaterial")
        return self._array((related, material))

    @cached_property
    def material(self):
        """(n_rows,) int64: material of the row itself, else of its type."""
        out, kind = self.own_material.copy(), self.type
        typed = np.flatnonzero((kind >= 0) & (out < 0))
        out[typed] = out[kind[typed]]
        return out

    @cached_property
    def definitions(self):
        """Property definitions of each row: CSR (indptr, rows), in the order in which they count.

        Those of a type object are in its own row, not in the rows of its occurrences.
        """
        related, definition, _ = self.pairs("IfcRelDefinesByProperties", "RelatedObjects", "RelatingPropertyDefinition")
        place = schema.attributes(self._model.schema, code("IfcTypeObject")).index("HasPropertySets")
        types = self._model.rows("IfcTypeObject")
        owner, owned = _links(self._model.tokens, types, place)
        return csr(np.concatenate([types[owner], related]), np.concatenate([owned, definition]), len(self._step.ids))

    @cached_property
    def children(self):
        """Rows below each row in the spatial tree, parts and contents in the order of the file: CSR (indptr, rows)."""
        whole, part, first = self.pairs("IfcRelAggregates", "RelatingObject", "RelatedObjects")
        host, nested, second = self.pairs("IfcRelNests", "RelatingObject", "RelatedObjects")
        inside, structure, third = self.pairs(
            "IfcRelContainedInSpatialStructure", "RelatedElements", "RelatingStructure"
        )
        upper, lower = np.concatenate([whole, host, structure]), np.concatenate([part, nested, inside])
        # A row that several relations claim hangs below the one that `above` names.
        kept = self.above[lower] == upper
        order = np.argsort(np.concatenate([first, second, third])[kept], kind="stable")
        return csr(upper[kept][order], lower[kept][order], len(self._step.ids))


def csr(source, target, n):
    """Targets of each of `n` sources as (indptr, targets); targets keep their order.

    Parameters
    ----------
    source, target : (m,) int64
    n : int

    Returns
    -------
    indptr : (n + 1,) int64
    targets : (m,) int64
    """
    indptr = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(source, minlength=n), out=indptr[1:])
    return indptr, target[np.argsort(source, kind="stable")]
