"""Readers of OFF and OBJ for the tests, as short as they can be."""

import gzip

import numpy as np


def read_mesh(path):
    """Positions and triangles of an .off or .obj file, plain or gzipped; polygons become fans."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else open(path, encoding="utf-8") as file:
        lines = [words for line in file if (words := line.split("#")[0].split())]
    positions, triangles = [], []
    if ".off" in path.name.lower():
        words = [word for line in lines for word in line if word != "OFF"]
        n, m = int(words[0]), int(words[1])
        positions = np.array(words[3 : 3 + 3 * n], float).reshape(n, 3)
        k = 3 + 3 * n
        for _ in range(m):
            corners = [int(word) for word in words[k + 1 : k + 1 + int(words[k])]]
            triangles += [(corners[0], *corners[i : i + 2]) for i in range(1, len(corners) - 1)]
            k += 1 + int(words[k])
    else:
        for words in lines:
            if words[0] == "v":
                positions.append([float(word) for word in words[1:4]])
            elif words[0] == "f":
                numbers = [int(word.split("/")[0]) for word in words[1:]]
                corners = [i - 1 if i > 0 else len(positions) + i for i in numbers]
                triangles += [(corners[0], *corners[i : i + 2]) for i in range(1, len(corners) - 1)]
    return np.array(positions, float).reshape(-1, 3), np.array(triangles, np.int32).reshape(-1, 3)
