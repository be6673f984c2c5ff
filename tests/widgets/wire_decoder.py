"""The buffer of `wire.encode`, read again: what widgets/src/wire.ts does, in Python."""

import json

import numpy as np

KINDS = {"u8": np.uint8, "u16": np.uint16, "u32": np.uint32, "i8": np.int8, "f32": np.float32}


def decode(buffer):
    """Header and blocks."""
    assert buffer[:4] == b"AVS1"
    length = int.from_bytes(buffer[4:8], "little")
    assert (8 + length) % 8 == 0
    header = json.loads(buffer[8 : 8 + length])
    blocks = {}
    for name, (kind, at, count) in header["blocks"].items():
        assert at % 8 == 0
        blocks[name] = np.frombuffer(buffer, KINDS[kind], count, 8 + length + at)
    return header, blocks


def triangles_of(buffer):
    """Corners (n, 3, 3) in scene coordinates, element and colour row of every triangle, instance by instance."""
    header, blocks = decode(buffer)
    positions, indices = blocks["positions"].tobytes(), blocks["indices"].tobytes()
    vertices, triangles = blocks["vertex count"].astype(int), blocks["triangle count"].astype(int)
    wide, count = blocks["wide"], blocks["instance count"].astype(int)
    index_width = np.where(vertices <= 256, 1, np.where(vertices <= 65536, 2, 4))
    size = {w: int((vertices * 3 * w)[(wide == 1) == (w == 4)].sum()) for w in (2, 4)}
    index_size = {w: int((triangles * 3 * w)[index_width == w].sum()) for w in (1, 2, 4)}

    def four(n):
        return -(-n // 4) * 4

    at = {2: 0, 4: four(size[2])}
    index_at = {1: 0, 2: four(index_size[1]), 4: four(four(index_size[1]) + index_size[2])}
    out, elements, rows = [], [], []
    instance = matrix = single = run = 0
    for m in range(len(vertices)):
        w = 4 if wide[m] else 2
        raw = np.frombuffer(positions, f"<u{w}", 3 * vertices[m], at[w]).reshape(-1, 3)
        at[w] += raw.nbytes
        points = raw * 2.0 ** int(blocks["exponent"][m])
        i = index_width[m]
        corners = np.frombuffer(indices, f"<u{i}", 3 * triangles[m], index_at[i]).reshape(-1, 3)
        index_at[i] += corners.nbytes
        runs = int(blocks["run count"][m])
        own = np.zeros(triangles[m], int)
        if runs:
            own = np.repeat(blocks["run colour"][run : run + runs], blocks["run length"][run : run + runs]).astype(int)
        run += runs
        for _ in range(count[m]):
            if count[m] == 1:
                placed = points + blocks["low"].reshape(-1, 3)[single]
                single += 1
            else:
                rows34 = blocks["matrix"].reshape(-1, 3, 4)[matrix].astype(float)
                placed = points @ rows34[:, :3].T + rows34[:, 3]
                matrix += 1
            out.append(placed[corners] + header["centre"])
            elements.append(np.full(triangles[m], int(blocks["instance element"][instance]) - 1))
            rows.append(np.where(own > 0, own, int(blocks["instance colour"][instance])))
            instance += 1
    return np.concatenate(out), np.concatenate(elements), np.concatenate(rows)
