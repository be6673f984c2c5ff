// What lies over the picture: the tree, the properties, the legend, the section's handle, the help.

import { h, mark } from "./dom";
import { icon } from "./icons";
import { plainType, type Tree } from "./tree";
import { word, type Model } from "./wire";

const ROW = 24;

export interface Choices {
  select(elements: number[], more: boolean): void;
  show(elements: number[], shown: boolean): void;
  isShown(element: number): boolean;
  isSelected(element: number): boolean;
  focus(element: number): void;
}

export function head(title: string, close: () => void): [HTMLElement, HTMLElement, HTMLElement] {
  const [name, sub] = [h("div", { class: "title" }, title), h("div", { class: "sub" })];
  const button = h("button", { type: "button", "aria-label": "Close", title: "Close" }, icon("close"));
  button.onclick = close;
  return [h("div", { class: "head" }, h("div", { class: "words" }, name, sub), button), name, sub];
}

export class TreePanel {
  readonly node: HTMLElement;
  private list = h("div", { role: "tree", tabindex: 0, "aria-label": "Parts of the model", "aria-multiselectable": "true" });
  private space = h("div");
  private input = h("input", { type: "search", placeholder: "Search name, type, material", "aria-label": "Search the tree", spellcheck: "false" });
  private sub: HTMLElement;
  private tree: Tree | null = null;
  private rows: number[] = [];
  private active = -1;
  private frame = 0;
  private id = `avila-${Math.random().toString(36).slice(2, 8)}`;

  constructor(
    private choices: Choices,
    close: () => void,
  ) {
    const [top, , sub] = head("Model", close);
    this.sub = sub;
    this.list.append(this.space);
    this.node = h("section", { class: "card side left", "aria-label": "Tree of the model", hidden: true }, top, h("div", { class: "find" }, this.input), this.list);
    this.list.addEventListener("scroll", () => this.later(), { passive: true });
    this.list.addEventListener("keydown", this.key);
    this.list.addEventListener("click", this.click);
    this.list.addEventListener("dblclick", (event) => {
      const k = this.nodeAt(event);
      if (k >= 0 && this.tree!.nodes[k].element >= 0) this.choices.focus(this.tree!.nodes[k].element);
    });
    this.input.addEventListener("input", () => {
      const hits = this.tree?.search(this.input.value) ?? 0;
      this.sub.textContent = this.input.value.trim() ? `${hits} found` : this.count();
      this.list.scrollTop = 0;
      this.update();
    });
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") this.list.focus();
      else if (event.key === "Escape" && this.input.value) {
        this.input.value = "";
        this.input.dispatchEvent(new Event("input"));
      } else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  private count(): string {
    const n = this.tree?.nodes.filter((node) => node.element >= 0).length ?? 0;
    return `${n} element${n === 1 ? "" : "s"}`;
  }

  set(tree: Tree): void {
    this.tree = tree;
    this.sub.textContent = this.count();
    this.update();
  }

  search(): void {
    this.input.focus();
    this.input.select();
  }

  reveal(element: number): void {
    if (!this.tree || this.node.hidden) return;
    const k = this.tree.reveal(element);
    this.rows = this.tree.rows();
    const row = this.rows.indexOf(k);
    if (row < 0) return;
    this.active = k;
    const [top, bottom] = [row * ROW, (row + 1) * ROW];
    const { scrollTop, clientHeight } = this.list;
    if (top < scrollTop || bottom > scrollTop + clientHeight) this.list.scrollTop = top - clientHeight / 2;
    this.update();
  }

  /** Rows, or what they say, changed. */
  update(): void {
    if (!this.tree || this.node.hidden) return;
    this.rows = this.tree.rows();
    this.later();
  }

  private later(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  private draw(): void {
    const { tree } = this;
    if (!tree) return;
    this.space.style.height = `${this.rows.length * ROW}px`;
    const first = Math.max(0, Math.floor(this.list.scrollTop / ROW) - 4);
    const last = Math.min(this.rows.length, Math.ceil((this.list.scrollTop + this.list.clientHeight) / ROW) + 4);
    const made: HTMLElement[] = [];
    for (let r = first; r < last; r++) made.push(this.row(this.rows[r], r));
    this.space.replaceChildren(...made);
    mark(this.list, "aria-activedescendant", this.active >= 0 ? `${this.id}-${this.active}` : false);
  }

  private row(k: number, r: number): HTMLElement {
    const node = this.tree!.nodes[k];
    const elements = node.element >= 0 && !node.children.length ? [node.element] : this.tree!.elements(k);
    const shown = elements.some((e) => this.choices.isShown(e));
    const selected = elements.length > 0 && elements.every((e) => this.choices.isSelected(e));
    const open = this.tree!.open.has(k);
    const kind = plainType(node.type);
    const above = node.parent >= 0 ? this.tree!.nodes[node.parent].label : "";
    const row = h(
      "div",
      {
        class: "row",
        role: "treeitem",
        id: `${this.id}-${k}`,
        "data-node": k,
        "aria-level": node.depth + 1,
        "aria-setsize": this.rows.length,
        "aria-posinset": r + 1,
        "aria-selected": String(selected),
        "aria-expanded": node.children.length ? String(open) : null,
        "data-dim": !shown,
        "data-active": k === this.active,
        style: `top:${r * ROW}px;padding-left:${4 + 13 * node.depth}px`,
        title: kind && kind !== node.label ? `${node.label}\n${kind}` : node.label,
      },
      h("span", { class: "twist", "data-leaf": !node.children.length }),
      h("span", { class: "name" }, node.label),
      h("span", { class: "kind" }, kind === node.label || kind === above ? "" : kind),
    );
    if (node.children.length) row.append(h("span", { class: "count" }, String(node.size)));
    const see = h(
      "button",
      { type: "button", class: "see", tabindex: -1, "aria-label": `${shown ? "Hide" : "Show"} ${node.label}`, "aria-pressed": String(shown) },
      icon(shown ? "all" : "hide"),
    );
    row.append(see);
    return row;
  }

  private nodeAt(event: Event): number {
    const row = (event.target as HTMLElement).closest<HTMLElement>(".row");
    return row ? Number(row.dataset.node) : -1;
  }

  private click = (event: MouseEvent) => {
    const k = this.nodeAt(event);
    if (k < 0) return;
    const target = event.target as HTMLElement;
    const node = this.tree!.nodes[k];
    this.active = k;
    this.list.focus();
    if (target.closest(".see")) this.choices.show(this.tree!.elements(k), !this.tree!.elements(k).some((e) => this.choices.isShown(e)));
    else if (target.closest(".twist") && node.children.length) this.toggle(k);
    else this.choices.select(this.tree!.elements(k), event.ctrlKey || event.metaKey || event.shiftKey);
    this.update();
  };

  private toggle(k: number, open = !this.tree!.open.has(k)): void {
    if (open) this.tree!.open.add(k);
    else this.tree!.open.delete(k);
    this.update();
  }

  private key = (event: KeyboardEvent) => {
    if (!this.tree || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = Math.max(0, this.rows.indexOf(this.active));
    const k = this.rows[at];
    const node = this.tree.nodes[k];
    if (!node) return;
    const page = Math.max(1, Math.floor(this.list.clientHeight / ROW) - 1);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: this.rows.length - 1, PageDown: at + page, PageUp: at - page }[event.key];
    if (to !== undefined) {
      const r = this.active < 0 ? 0 : Math.max(0, Math.min(this.rows.length - 1, to));
      this.active = this.rows[r];
      if (r * ROW < this.list.scrollTop) this.list.scrollTop = r * ROW;
      if ((r + 1) * ROW > this.list.scrollTop + this.list.clientHeight) this.list.scrollTop = (r + 1) * ROW - this.list.clientHeight;
      this.later();
    } else if (event.key === "ArrowRight" && node.children.length) {
      if (this.tree.open.has(k)) this.active = node.children[0];
      this.toggle(k, true);
    } else if (event.key === "ArrowLeft") {
      if (this.tree.open.has(k) && node.children.length) this.toggle(k, false);
      else if (node.parent >= 0) this.active = node.parent;
      this.update();
    } else if (event.key === "Enter") this.choices.select(this.tree.elements(k), event.shiftKey);
    else if (event.key === " ") {
      const elements = this.tree.elements(k);
      this.choices.show(elements, !elements.some((e) => this.choices.isShown(e)));
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  dispose(): void {
    cancelAnimationFrame(this.frame);
  }
}

export interface Properties {
  title: string;
  subtitle: string;
  groups: [string, [string, string][]][];
}

export class PropertyPanel {
  readonly node: HTMLElement;
  private name: HTMLElement;
  private sub: HTMLElement;
  private facts = h("div", { class: "facts", tabindex: 0, role: "region", "aria-label": "Properties" });

  constructor(close: () => void) {
    const [top, name, sub] = head("", close);
    [this.name, this.sub] = [name, sub];
    this.node = h("section", { class: "card side right", "aria-label": "Properties of the selection", hidden: true }, top, this.facts);
  }

  waiting(model: Model, element: number, others: number): void {
    this.name.textContent = word(model, "name", element) || plainType(word(model, "type", element)) || `element ${element}`;
    this.sub.textContent = others ? `and ${others} more` : plainType(word(model, "type", element));
  }

  set({ title, subtitle, groups }: Properties, others: number): void {
    this.name.textContent = title;
    this.sub.textContent = plainType(subtitle) + (others ? ` and ${others} more` : "");
    this.facts.replaceChildren(
      ...groups.flatMap(([group, pairs]) => [
        h("h3", {}, group),
        h("dl", {}, ...pairs.flatMap(([key, value]) => [h("dt", {}, key), h("dd", {}, value)])),
      ]),
    );
    this.facts.scrollTop = 0;
  }
}

export interface LegendFacts {
  title: string;
  kind: "categories" | "numbers";
  items?: [string, number, number][];
  low?: number;
  high?: number;
  stops?: string[];
  missing?: number;
}

const figure = (v: number) => (Number.isInteger(v) ? String(v) : Number(v.toPrecision(4)).toString());

export function legend(node: HTMLElement, facts: LegendFacts | null, palette: Uint8Array, choose: (code: number, more: boolean) => void): void {
  const nothing = !facts || (facts.kind === "categories" && !facts.items?.length);
  node.hidden = nothing;
  if (nothing) return;
  const rows: Node[] = [h("h3", {}, facts.title)];
  if (facts.kind === "numbers") {
    const ramp = h("div", { class: "ramp", role: "img", "aria-label": `from ${facts.low} to ${facts.high}` });
    ramp.style.background = `linear-gradient(90deg, ${(facts.stops ?? []).join(", ")})`;
    rows.push(ramp, h("div", { class: "ends" }, h("span", {}, figure(facts.low ?? 0)), h("span", {}, figure(facts.high ?? 0))));
    if (facts.missing) rows.push(h("div", { class: "ends" }, `${facts.missing} without a value`));
  }
  for (const [label, code, count] of facts.items ?? []) {
    const swatch = h("span", { class: "swatch" });
    swatch.style.background = `rgb(${palette[4 * code]}, ${palette[4 * code + 1]}, ${palette[4 * code + 2]})`;
    const plain = plainType(label);
    const button = h("button", { type: "button", title: `Select ${plain}` }, swatch, h("span", { class: "name" }, plain), h("span", { class: "count" }, String(count)));
    button.onclick = (event) => choose(code, event.shiftKey || event.ctrlKey || event.metaKey);
    rows.push(button);
  }
  node.replaceChildren(...rows);
}

export const KEYS: [string, string[]][] = [
  ["Orbit", ["drag", "← ↑ → ↓"]],
  ["Pan", ["right drag", "Shift arrows"]],
  ["Zoom", ["wheel", "+", "-"]],
  ["Select", ["click"]],
  ["Select more", ["Shift click"]],
  ["Frame an element", ["double click"]],
  ["Fit the selection, or all", ["F"]],
  ["Top, front, right", ["1", "2", "3"]],
  ["Bottom, back, left", ["4", "5", "6"]],
  ["Usual view, isometric", ["0", "7"]],
  ["Perspective or parallel", ["P"]],
  ["Hide the selection", ["H"]],
  ["Isolate the selection", ["I"]],
  ["Ghost the selection", ["G"]],
  ["Show all", ["A"]],
  ["Spaces and openings", ["O"]],
  ["Colour by the next column", ["C"]],
  ["Cut", ["X"]],
  ["Tree, search", ["T", "/"]],
  ["Light or dark", ["L"]],
  ["Unselect, close", ["Esc"]],
  ["This help", ["?"]],
];

export function help(close: () => void): HTMLElement {
  const [top] = head("Keys and mouse", close);
  const columns = h("div", { class: "columns" });
  for (const [what, keys] of KEYS) {
    columns.append(h("p", {}, h("span", {}, what), h("span", {}, ...keys.map((key) => h("kbd", {}, key)))));
  }
  return h("div", { class: "card help", role: "dialog", "aria-label": "Keys and mouse", hidden: true, tabindex: -1 }, top, columns);
}
