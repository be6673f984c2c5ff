// The spatial tree: what is in it, what of it is open and found, and a list that draws only the rows in sight.

import { word, type Model } from "./wire";

export interface Node {
  /** -1 where the node is no element. */
  element: number;
  label: string;
  type: string;
  parent: number;
  children: number[];
  depth: number;
  /** Elements in it and below. */
  size: number;
}

/** "IfcWallStandardCase" as people say it: "Wall standard case". */
export function plainType(type: string): string {
  const words = type.replace(/^Ifc/, "").replace(/([a-z0-9])([A-Z])/g, "$1 $2");
  return type.startsWith("Ifc") ? words.charAt(0) + words.slice(1).toLowerCase() : words;
}

export class Tree {
  readonly nodes: Node[] = [];
  readonly roots: number[] = [];
  readonly open = new Set<number>();
  private nodeOf: Int32Array;
  private haystack: string[] = [];
  private found: Set<number> | null = null;

  constructor(model: Model) {
    this.nodeOf = new Int32Array(model.elements).fill(-1);
    const tree = model.tree;
    const n = tree?.parent.length ?? 0;
    for (let k = 0; k < n; k++) {
      const element = tree!.element[k];
      const type = element < 0 ? tree!.type[k] : word(model, "type", element);
      const name = element < 0 ? tree!.label[k] : word(model, "name", element);
      const parent = tree!.parent[k];
      const label = (element < 0 ? plainType(name) : name) || plainType(type) || (element < 0 ? "…" : `element ${element}`);
      this.nodes.push({ element, label, type, parent, children: [], depth: 0, size: element < 0 ? 0 : 1 });
      if (parent < 0) this.roots.push(k);
      else {
        this.nodes[parent].children.push(k);
        this.nodes[k].depth = this.nodes[parent].depth + 1;
      }
      if (element >= 0) this.nodeOf[element] = k;
      const more = element < 0 ? "" : word(model, "material", element);
      this.haystack.push(`${label} ${type} ${more}`.toLowerCase());
    }
    for (let k = n - 1; k >= 0; k--) if (this.nodes[k].parent >= 0) this.nodes[this.nodes[k].parent].size += this.nodes[k].size;
    // Open as far as a first look fits: the upper floors of the tree, but no list of hundreds.
    let level = [...this.roots];
    let rows = level.length;
    while (level.length) {
      const next = level.flatMap((k) => this.nodes[k].children);
      rows += next.length;
      if (rows > 40) break;
      for (const k of level) this.open.add(k);
      level = next;
    }
  }

  /** Elements of a node and of all below it. */
  elements(k: number): number[] {
    const out: number[] = [];
    const todo = [k];
    while (todo.length) {
      const node = this.nodes[todo.pop()!];
      if (node.element >= 0) out.push(node.element);
      for (let k = node.children.length - 1; k >= 0; k--) todo.push(node.children[k]); // top to bottom
    }
    return out;
  }

  /** Show only what has all the words, with the nodes above it. */
  search(text: string): number {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) {
      this.found = null;
      return this.nodes.length;
    }
    this.found = new Set();
    let hits = 0;
    for (let k = 0; k < this.nodes.length; k++) {
      if (!words.every((w) => this.haystack[k].includes(w))) continue;
      hits++;
      for (let up = k; up >= 0 && !this.found.has(up); up = this.nodes[up].parent) this.found.add(up);
    }
    return hits;
  }

  /** Nodes in sight, top to bottom. */
  rows(): number[] {
    const out: number[] = [];
    const walk = (list: number[]) => {
      for (const k of list) {
        if (this.found && !this.found.has(k)) continue;
        out.push(k);
        if (this.found || this.open.has(k)) walk(this.nodes[k].children);
      }
    };
    walk(this.roots);
    return out;
  }

  /** Open what stands above an element; its node. */
  reveal(element: number): number {
    const node = this.nodeOf[element] ?? -1;
    for (let up = node >= 0 ? this.nodes[node].parent : -1; up >= 0; up = this.nodes[up].parent) this.open.add(up);
    return node;
  }
}
