// A small model, as `decode` gives it.

import type { Mesh, Model } from "../src/wire";

/** A triangle; `runs` colours it. */
export function mesh(first: number, count: number, matrix: number, shift = 0, runs: [number, number][] = []): Mesh {
  const positions = Float32Array.from([shift, 0, 0, shift + 1, 0, 0, shift, 1, 0, shift, 0, 1]);
  return { positions, indices: Uint8Array.from([0, 1, 2, 0, 2, 3]), runs, first, count, matrix };
}

export function model(meshes: Mesh[], elements: number, more: Partial<Model> = {}): Model {
  const instances = meshes.reduce((n, m) => n + m.count, 0);
  return {
    centre: [0, 0, 0],
    elements,
    meshes,
    instanceElement: Int32Array.from({ length: instances }, (_, k) => k % elements),
    instanceColour: new Uint8Array(instances).fill(1),
    matrices: new Float32Array(0),
    palette: new Uint8Array(16).fill(255),
    words: {},
    codes: {},
    veiled: "",
    colourable: [],
    tree: null,
    bytes: 0,
    ...more,
  };
}
