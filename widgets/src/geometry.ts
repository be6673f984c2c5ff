// What the graphics card gets of a model: few draw calls, each mesh once where that saves memory.
//
// Meshes placed once, and small ones placed a few times, are merged into chunks of neighbours with the element at every
// vertex.  Only where a mesh repeats so often that copies would cost more than a draw call is it instanced.  What is
// hidden, coloured or selected is looked up by element while drawing, so none of it ever touches these buffers.

import { BufferAttribute, BufferGeometry, InstancedBufferAttribute, InstancedBufferGeometry, IntType, Sphere, Vector3 } from "three";
import type { Box } from "./camera";
import type { Mesh, Model } from "./wire";

/** Triangles that instancing must save before it is worth a draw call. */
const WORTH = 3000;
/** Triangles of a chunk: small enough that a pick draws few, large enough that a building has few. */
const CHUNK = 40_000;

export interface Item {
  geometry: BufferGeometry;
  instanced: boolean;
  /** Distinct pairs of element + 1 and row of the palette in it: what decides which passes draw it. */
  elements: Uint32Array;
  rows: Uint32Array;
}

export interface Built {
  items: Item[];
  /** Six numbers an element, scene coordinates; infinite the wrong way round where there is nothing. */
  boxes: Float64Array;
  triangles: number;
}

interface Expanded {
  positions: Float32Array;
  indices: ArrayLike<number>;
  /** Row of the palette at every vertex (0: the instance's), null where no triangle has a colour of its own. */
  rows: Uint16Array | null;
}

/** Vertices that triangles of several colours share are doubled: a colour belongs to a vertex here. */
function expand(mesh: Mesh): Expanded {
  if (!mesh.runs.length) return { positions: mesh.positions, indices: mesh.indices, rows: null };
  const vertices = mesh.positions.length / 3;
  const place = new Int32Array(vertices);
  const positions: number[] = [];
  const rows: number[] = [];
  const indices = new Uint32Array(mesh.indices.length);
  let at = 0;
  for (const [length, row] of mesh.runs) {
    place.fill(-1);
    for (const end = at + 3 * length; at < end; at++) {
      const v = mesh.indices[at];
      if (place[v] < 0) {
        place[v] = rows.length;
        rows.push(row);
        positions.push(mesh.positions[3 * v], mesh.positions[3 * v + 1], mesh.positions[3 * v + 2]);
      }
      indices[at] = place[v];
    }
  }
  return { positions: Float32Array.from(positions), indices, rows: Uint16Array.from(rows) };
}

export function boxOf(positions: Float32Array, out: Box = [Infinity, Infinity, Infinity, -Infinity, -Infinity, -Infinity]): Box {
  for (let i = 0; i < positions.length; i += 3) {
    for (let k = 0; k < 3; k++) {
      const p = positions[i + k];
      if (p < out[k]) out[k] = p;
      if (p > out[k + 3]) out[k + 3] = p;
    }
  }
  return out;
}

/** Box of a box after a matrix (12 numbers, three rows). */
function moved(box: Box, matrices: Float32Array, at: number): Box {
  const out: number[] = [];
  for (let k = 0; k < 3; k++) {
    const row = at + 4 * k;
    let middle = matrices[row + 3];
    let half = 0;
    for (let c = 0; c < 3; c++) {
      middle += (matrices[row + c] * (box[c] + box[c + 3])) / 2;
      half += (Math.abs(matrices[row + c]) * (box[c + 3] - box[c])) / 2;
    }
    out[k] = middle - half;
    out[k + 3] = middle + half;
  }
  return out as Box;
}

function widen(boxes: Float64Array, element: number, box: Box, centre: readonly number[]): void {
  for (let k = 0; k < 3; k++) {
    boxes[6 * element + k] = Math.min(boxes[6 * element + k], box[k] + centre[k]);
    boxes[6 * element + 3 + k] = Math.max(boxes[6 * element + 3 + k], box[k + 3] + centre[k]);
  }
}

/** Box around the boxes of some elements, null where none has any. */
export function around(boxes: Float64Array, elements: Iterable<number>): Box | null {
  const out: Box = [Infinity, Infinity, Infinity, -Infinity, -Infinity, -Infinity];
  for (const e of elements) {
    for (let k = 0; k < 3; k++) {
      out[k] = Math.min(out[k], boxes[6 * e + k]);
      out[k + 3] = Math.max(out[k + 3], boxes[6 * e + 3 + k]);
    }
  }
  return out[0] <= out[3] ? out : null;
}

function sphere(box: Box): Sphere {
  const low = new Vector3(box[0], box[1], box[2]);
  const high = new Vector3(box[3], box[4], box[5]);
  return new Sphere(low.clone().add(high).multiplyScalar(0.5), low.distanceTo(high) / 2);
}

function distinct(pairs: Map<string, [number, number]>): Pick<Item, "elements" | "rows"> {
  const list = [...pairs.values()];
  return { elements: Uint32Array.from(list, (p) => p[0]), rows: Uint32Array.from(list, (p) => p[1]) };
}

interface Part {
  mesh: Expanded;
  matrix: number;
  element: number;
  colour: number;
  box: Box;
}

/** Parts sorted so that neighbours in space are neighbours in memory: bits of x and y taken in turn. */
function sorted(parts: Part[]): Part[] {
  const whole: Box = [Infinity, Infinity, Infinity, -Infinity, -Infinity, -Infinity];
  for (const { box } of parts) {
    for (let k = 0; k < 3; k++) {
      whole[k] = Math.min(whole[k], box[k]);
      whole[k + 3] = Math.max(whole[k + 3], box[k + 3]);
    }
  }
  const spread = (v: number) => {
    let out = 0;
    for (let bit = 0; bit < 8; bit++) out |= ((v >> bit) & 1) << (2 * bit);
    return out;
  };
  const cell = (box: Box, k: number) => {
    const share = ((box[k] + box[k + 3]) / 2 - whole[k]) / (whole[k + 3] - whole[k] || 1);
    return Math.max(0, Math.min(255, Math.floor(share * 256)));
  };
  const keys = parts.map(({ box }) => spread(cell(box, 0)) | (spread(cell(box, 1)) << 1));
  return Array.from(parts.keys())
    .sort((a, b) => keys[a] - keys[b] || a - b)
    .map((k) => parts[k]);
}

function merged(model: Model, parts: Part[]): Item {
  let vertices = 0;
  let corners = 0;
  for (const { mesh } of parts) {
    vertices += mesh.positions.length / 3;
    corners += mesh.indices.length;
  }
  const position = new Float32Array(3 * vertices);
  const place = new Uint32Array(2 * vertices);
  const index = new (vertices < 65536 ? Uint16Array : Uint32Array)(corners);
  const pairs = new Map<string, [number, number]>();
  let v = 0;
  let c = 0;
  for (const { mesh, matrix, element, colour } of parts) {
    const { positions, indices, rows } = mesh;
    const m = model.matrices;
    const mirrored = matrix >= 0 && determinant(m, matrix) < 0;
    for (let i = 0; i < indices.length; i += 3) {
      // Turned round, so that the outside stays the outside: cuts are filled where one sees the inside.
      index[c + i] = v + indices[i];
      index[c + i + 1] = v + indices[mirrored ? i + 2 : i + 1];
      index[c + i + 2] = v + indices[mirrored ? i + 1 : i + 2];
    }
    c += indices.length;
    for (let i = 0; i < positions.length; i += 3, v++) {
      const [x, y, z] = [positions[i], positions[i + 1], positions[i + 2]];
      if (matrix < 0) {
        position[3 * v] = x;
        position[3 * v + 1] = y;
        position[3 * v + 2] = z;
      } else {
        for (let k = 0; k < 3; k++) {
          const row = matrix + 4 * k;
          position[3 * v + k] = m[row] * x + m[row + 1] * y + m[row + 2] * z + m[row + 3];
        }
      }
      place[2 * v] = element + 1;
      place[2 * v + 1] = rows?.[i / 3] || colour;
    }
    for (const row of rows ? new Set(rows) : [0]) pairs.set(`${element} ${row || colour}`, [element + 1, row || colour]);
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(position, 3));
  geometry.setAttribute("place", new BufferAttribute(place, 2));
  geometry.setIndex(new BufferAttribute(index, 1));
  geometry.boundingSphere = sphere(boxOf(position));
  return { geometry, instanced: false, ...distinct(pairs) };
}

function determinant(m: Float32Array, at: number): number {
  const [a, b, c] = [m[at], m[at + 1], m[at + 2]];
  const [d, e, f] = [m[at + 4], m[at + 5], m[at + 6]];
  const [g, h, i] = [m[at + 8], m[at + 9], m[at + 10]];
  return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
}

function instanced(model: Model, mesh: Mesh, shape: Expanded, box: Box): Item {
  const n = mesh.count;
  const columns = [0, 1, 2].map(() => new Float32Array(4 * n));
  const place = new Uint32Array(2 * n);
  const pairs = new Map<string, [number, number]>();
  const whole: Box = [Infinity, Infinity, Infinity, -Infinity, -Infinity, -Infinity];
  const rows = shape.rows ? new Set(shape.rows) : [0];
  for (let i = 0; i < n; i++) {
    const at = 12 * (mesh.matrix + i);
    for (let k = 0; k < 3; k++) columns[k].set(model.matrices.subarray(at + 4 * k, at + 4 * k + 4), 4 * i);
    const element = model.instanceElement[mesh.first + i] + 1;
    const colour = model.instanceColour[mesh.first + i];
    place[2 * i] = element;
    place[2 * i + 1] = colour;
    for (const row of rows) pairs.set(`${element} ${row || colour}`, [element, row || colour]);
    const own = moved(box, model.matrices, at);
    for (let k = 0; k < 3; k++) {
      whole[k] = Math.min(whole[k], own[k]);
      whole[k + 3] = Math.max(whole[k + 3], own[k + 3]);
    }
  }
  const geometry = new InstancedBufferGeometry();
  geometry.instanceCount = n;
  geometry.setAttribute("position", new BufferAttribute(shape.positions, 3));
  const colours = new BufferAttribute(shape.rows ?? new Uint16Array(shape.positions.length / 3), 1);
  colours.gpuType = IntType;
  geometry.setAttribute("colour", colours);
  // three knows no 8-bit index.
  const index = shape.indices instanceof Uint32Array ? shape.indices : Uint16Array.from(shape.indices);
  geometry.setIndex(new BufferAttribute(index, 1));
  columns.forEach((values, k) => geometry.setAttribute(`row${k}`, new InstancedBufferAttribute(values, 4)));
  geometry.setAttribute("place", new InstancedBufferAttribute(place, 2));
  geometry.boundingSphere = sphere(whole);
  return { geometry, instanced: true, ...distinct(pairs) };
}

/** `buffers` false: only the boxes, where the card does not draw. */
export function build(model: Model, buffers = true): Built {
  const boxes = new Float64Array(6 * model.elements);
  for (let e = 0; e < model.elements; e++) {
    boxes.fill(Infinity, 6 * e, 6 * e + 3);
    boxes.fill(-Infinity, 6 * e + 3, 6 * e + 6);
  }
  const items: Item[] = [];
  const parts: Part[] = [];
  let triangles = 0;
  for (const mesh of model.meshes) {
    const own = mesh.indices.length / 3;
    triangles += own * mesh.count;
    const box = boxOf(mesh.positions);
    const often = buffers && (mesh.count - 1) * own > WORTH;
    const shape = buffers ? expand(mesh) : null;
    if (often) items.push(instanced(model, mesh, shape!, box));
    for (let i = 0; i < mesh.count; i++) {
      const matrix = mesh.matrix < 0 ? -1 : 12 * (mesh.matrix + i);
      const placed = matrix < 0 ? box : moved(box, model.matrices, matrix);
      const element = model.instanceElement[mesh.first + i];
      if (element >= 0) widen(boxes, element, placed, model.centre);
      if (shape && !often) parts.push({ mesh: shape, matrix, element, colour: model.instanceColour[mesh.first + i], box: placed });
    }
  }
  let chunk: Part[] = [];
  let size = 0;
  for (const part of sorted(parts)) {
    chunk.push(part);
    size += part.mesh.indices.length / 3;
    if (size >= CHUNK) {
      items.push(merged(model, chunk));
      [chunk, size] = [[], 0];
    }
  }
  if (chunk.length) items.push(merged(model, chunk));
  return { items, boxes, triangles };
}
