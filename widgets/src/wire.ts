// The buffer that avila_sci/widgets/wire.py writes: a JSON header and aligned little-endian blocks.

type Numbers = Uint8Array | Uint16Array | Uint32Array | Int8Array | Float32Array;

export interface Header {
  centre: [number, number, number];
  elements: number;
  columns: Record<string, string[]>;
  blocks: Record<string, [string, number, number]>;
  veiled?: string;
  colourable?: string[];
  "tree label"?: string[];
  "tree type"?: string[];
}

/** A unique mesh: positions as float32 in its own coordinates, or the scene's (minus the centre) if placed once. */
export interface Mesh {
  positions: Float32Array;
  indices: Uint8Array | Uint16Array | Uint32Array;
  /** Pairs (number of triangles, row of the palette); empty: all have the instance's colour. */
  runs: [number, number][];
  /** Rows of `Model.instance*` that place it. */
  first: number;
  count: number;
  /** Row of `Model.matrices` of its first instance, -1 if it is placed once. */
  matrix: number;
}

export interface Tree {
  parent: Int32Array;
  element: Int32Array;
  label: string[];
  type: string[];
}

export interface Model {
  centre: [number, number, number];
  elements: number;
  meshes: Mesh[];
  /** Element of each instance, -1 for none. */
  instanceElement: Int32Array;
  instanceColour: Numbers;
  /** 12 numbers each: three rows of a matrix. */
  matrices: Float32Array;
  palette: Uint8Array;
  words: Record<string, string[]>;
  codes: Record<string, Numbers>;
  veiled: string;
  colourable: string[];
  tree: Tree | null;
  bytes: number;
}

const KINDS: Record<string, { new (buffer: ArrayBuffer, offset: number, length: number): Numbers }> = {
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  i8: Int8Array,
  f32: Float32Array,
};

/** The bytes at an address that suits typed arrays: messages may arrive anywhere in a larger buffer. */
export function aligned(view: DataView | ArrayBuffer): ArrayBuffer {
  if (view instanceof ArrayBuffer) return view;
  if (view.byteOffset === 0 && view.byteLength === view.buffer.byteLength) return view.buffer as ArrayBuffer;
  return view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength) as ArrayBuffer;
}

function less(values: Numbers | undefined): Int32Array {
  return Int32Array.from(values ?? [], (value) => value - 1);
}

export function decode(data: DataView | ArrayBuffer): Model {
  const buffer = aligned(data);
  const view = new DataView(buffer);
  if (buffer.byteLength < 8 || view.getUint32(0, true) !== 0x31535641) throw new Error("this is no scene of Avila Sci");
  const length = view.getUint32(4, true);
  const header: Header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  const body = 8 + length;
  const block = (name: string): Numbers | undefined => {
    const place = header.blocks[name];
    return place && new KINDS[place[0]](buffer, body + place[1], place[2]);
  };
  const need = (name: string): Numbers => {
    const found = block(name);
    if (!found) throw new Error(`the scene lacks the block ${name}`);
    return found;
  };

  const vertexCount = need("vertex count");
  const triangleCount = need("triangle count");
  const exponent = need("exponent");
  const wide = need("wide");
  const low = need("low");
  const instanceCount = need("instance count");
  const runCount = need("run count");
  const runLength = need("run length");
  const runColour = need("run colour");
  const positionsAt = body + header.blocks["positions"][1];
  const indicesAt = body + header.blocks["indices"][1];

  // Sections by width, each beginning at a multiple of four bytes.
  const n = vertexCount.length;
  const size = [0, 0];
  const indexSize = [0, 0, 0];
  const indexWidth = (m: number) => (vertexCount[m] <= 256 ? 0 : vertexCount[m] <= 65536 ? 1 : 2);
  for (let m = 0; m < n; m++) {
    size[wide[m]] += vertexCount[m] * 3 * (wide[m] ? 4 : 2);
    indexSize[indexWidth(m)] += triangleCount[m] * 3 * (1 << indexWidth(m));
  }
  const four = (bytes: number) => Math.ceil(bytes / 4) * 4;
  const at = [positionsAt, positionsAt + four(size[0])];
  const indexAt = [indicesAt, indicesAt + four(indexSize[0]), 0];
  indexAt[2] = indicesAt + four(four(indexSize[0]) + indexSize[1]);

  const meshes: Mesh[] = [];
  let instance = 0;
  let matrix = 0;
  let single = 0;
  let run = 0;
  for (let m = 0; m < n; m++) {
    const count = 3 * vertexCount[m];
    const raw = wide[m] ? new Uint32Array(buffer, at[1], count) : new Uint16Array(buffer, at[0], count);
    at[wide[m]] += raw.byteLength;
    const step = 2 ** exponent[m];
    const positions = new Float32Array(count);
    const once = instanceCount[m] === 1;
    const x = once ? low[3 * single] : 0;
    const y = once ? low[3 * single + 1] : 0;
    const z = once ? low[3 * single + 2] : 0;
    for (let i = 0; i < count; i += 3) {
      positions[i] = x + raw[i] * step;
      positions[i + 1] = y + raw[i + 1] * step;
      positions[i + 2] = z + raw[i + 2] * step;
    }
    const w = indexWidth(m);
    const kind = w === 0 ? Uint8Array : w === 1 ? Uint16Array : Uint32Array;
    const indices = new kind(buffer, indexAt[w], 3 * triangleCount[m]);
    indexAt[w] += indices.byteLength;
    const runs: [number, number][] = [];
    for (const end = run + runCount[m]; run < end; run++) runs.push([runLength[run], runColour[run]]);
    meshes.push({ positions, indices, runs, first: instance, count: instanceCount[m], matrix: once ? -1 : matrix });
    instance += instanceCount[m];
    if (once) single++;
    else matrix += instanceCount[m];
  }

  const codes: Record<string, Numbers> = {};
  for (const name of Object.keys(header.columns)) codes[name] = need(`column ${name}`);
  const words = (name: "tree label" | "tree type") => {
    const list = header[name] ?? [];
    return Array.from(need(name), (code) => (code ? list[code - 1] : ""));
  };
  return {
    centre: header.centre,
    elements: header.elements,
    meshes,
    instanceElement: less(need("instance element")),
    instanceColour: need("instance colour"),
    matrices: need("matrix") as Float32Array,
    palette: need("palette") as Uint8Array,
    words: header.columns,
    codes,
    veiled: header.veiled ?? "",
    colourable: header.colourable ?? [],
    tree: header.blocks["tree parent"]
      ? {
          parent: less(block("tree parent")),
          element: less(block("tree element")),
          label: words("tree label"),
          type: words("tree type"),
        }
      : null,
    bytes: buffer.byteLength,
  };
}

/** The word of a column for an element, "" where there is none. */
export function word(model: Model, column: string, element: number): string {
  const code = model.codes[column]?.[element] ?? 0;
  return code ? model.words[column][code - 1] : "";
}
