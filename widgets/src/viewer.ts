// The viewer of a building, as avila_sci/widgets/viewer.py drives it: anywidget calls `render` once a view.

import { add, between, centre, fit, parseCamera, project, scale, sub, VIEWS, withDepth, type Box, type Camera, type Vec } from "./camera";
import { Controls } from "./controls";
import { h, mark } from "./dom";
import type { Drawer, Hit, Section, Tints } from "./drawer";
import { around, build, type Built } from "./geometry";
import { GlDrawer } from "./gl";
import { icon } from "./icons";
import { help, legend, PropertyPanel, TreePanel, type LegendFacts, type Properties } from "./panels";
import { PictureDrawer } from "./pictures";
import { fromRanges, toRanges } from "./ranges";
import { clicked, flagsOf, HIDDEN, union } from "./state";
import style from "./style.css";
import { plainType, Tree } from "./tree";
import { decode, word, type Model } from "./wire";

/** What anywidget gives: the model's traits and its line to the kernel. */
export interface AnyModel {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on(event: string, listener: (...args: never[]) => void): void;
  off(event: string, listener: (...args: never[]) => void): void;
  send(content: unknown): void;
}

const CONTEXT = 2.2; // an element is framed with this many times its size, as in viewer.py
const GLIDE = 320; // milliseconds the camera takes to another view
const LISTS = ["selected", "hidden", "isolated", "ghosted"] as const;
const VIEW_KEYS = ["default", "top", "front", "right", "bottom", "back", "left", "iso"];
const NAMES: Record<string, string> = { default: "Usual view", iso: "Isometric" };

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
const rounded = (v: Vec) => v.map((x) => Number(x.toFixed(6))) as Vec;

function pageIsDark(): boolean {
  const { body, documentElement } = document;
  if (body.dataset.jpThemeLight) return body.dataset.jpThemeLight === "false";
  if (body.dataset.vscodeThemeKind) return body.dataset.vscodeThemeKind.includes("dark");
  if (documentElement.dataset.theme) return documentElement.dataset.theme === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

class View {
  private view = Math.random().toString(36).slice(2, 10);
  private host = h("div", { class: "avila-viewer", "data-lm-suppress-shortcuts": "true" });
  private root = h("div", { class: "root", role: "application", "aria-label": "3-D view of a model. Press ? for the keys." });
  private stage = h("div", { class: "stage", tabindex: 0, role: "img", "aria-label": "The model" });
  private bar = h("div", { class: "card bar", role: "toolbar", "aria-label": "View" });
  private tip = h("div", { class: "card tip", hidden: true });
  private say = h("div", { class: "card say", role: "status" }, "Waiting for the model …");
  private loud = h("div", { class: "hush", "aria-live": "polite" });
  private legendNode = h("section", { class: "card legend", "aria-label": "Legend", hidden: true });
  private cutter = h("div", { class: "card cutter", role: "group", "aria-label": "Section plane", hidden: true });
  private sheet: HTMLElement;
  private treePanel: TreePanel;
  private panel: PropertyPanel;
  private menu: HTMLElement | null = null;
  private buttons: Record<string, HTMLButtonElement> = {};
  private drawer: Drawer;
  private controls: Controls;

  private model: Model | null = null;
  private built: Built | null = null;
  private whole: Box = [-1, -1, -1, 1, 1, 1];
  private flags = new Uint8Array(0);
  private tints: Tints | null = null;
  private lists = { selected: [] as number[], hidden: [] as number[], isolated: [] as number[], ghosted: [] as number[] };
  private veiled: number[] = [];
  private selectedSet = new Set<number>();
  private hovered = -1;
  private camera: Camera = fit([-1, -1, -1, 1, 1, 1], VIEWS.default[0], 2);
  private goal = this.camera;
  private setting = false;
  private glide = 0;
  private hoverTimer = 0;
  private hovering = false;
  private slowHover = 0;
  private panelClosed = false;
  private size: [number, number] = [0, 0];
  private undo: (() => void)[] = [];
  private gone = false;

  constructor(
    private any: AnyModel,
    el: HTMLElement,
  ) {
    try {
      this.drawer = new GlDrawer((lost) => this.note(lost ? "The graphics card was lost. The view comes back with it; else run the cell again." : ""));
    } catch (error) {
      this.drawer = new PictureDrawer(
        (content) => any.send({ ...content, view: this.view }),
        () => this.note(""),
      );
      this.stage.append(h("div", { class: "card say note" }, `Without WebGL: pictures drawn by the kernel. (${(error as Error).message})`));
    }
    this.stage.prepend(this.drawer.node);
    this.treePanel = new TreePanel(
      {
        select: (elements, more) => this.select(more ? union(this.lists.selected, elements) : elements),
        show: (elements, shown) => this.showElements(elements, shown),
        isShown: (e) => !(this.flags[e] & HIDDEN),
        isSelected: (e) => this.selectedSet.has(e),
        focus: (e) => this.frame([e], CONTEXT),
      },
      () => this.toggleTree(false),
    );
    this.panel = new PropertyPanel(() => {
      this.panelClosed = true;
      this.panel.node.hidden = true;
    });
    this.sheet = help(() => this.toggleHelp(false));
    this.makeBar();
    this.root.append(this.stage, this.legendNode, this.cutter, this.treePanel.node, this.panel.node, this.bar, this.say, this.tip, this.sheet, this.loud);
    this.host.attachShadow({ mode: "open" }).append(h("style", {}, style), this.root);
    el.replaceChildren(this.host);
    this.controls = new Controls(this.stage, {
      camera: () => this.camera,
      move: (camera, resting) => this.move(camera, resting),
      pick: (x, y) => this.drawer.pick(x, y),
      size: () => this.size,
      click: (hit, event) => this.click(hit, event),
      double: (hit) => {
        if (hit.element >= 0) this.frame([hit.element], CONTEXT);
      },
      hover: (x, y) => this.hover(x, y),
      leave: () => this.unhover(),
    });

    this.listen();
    this.setHeight();
    this.setTheme();
    const observer = new ResizeObserver(() => this.resize());
    observer.observe(this.root);
    this.undo.push(() => observer.disconnect());
    if (any.get("status") !== this.drawer.name) {
      any.set("status", this.drawer.name);
      any.save_changes();
    }
    // For tests and the curious: what is seen at every pixel, and the camera it is seen with.
    Object.assign(this.host, { avila: { elements: () => this.drawer.elements(), camera: () => this.depth(this.camera), view: this.view } });
    any.send({ kind: "ready", view: this.view });
  }

  // ---------------------------------------------------------------- the kernel

  private listen(): void {
    const on = (event: string, listener: (...args: never[]) => void) => {
      this.any.on(event, listener);
      this.undo.push(() => this.any.off(event, listener));
    };
    on("msg:custom", (content: Record<string, unknown>, buffers: DataView[]) => this.receive(content, buffers ?? []));
    for (const name of LISTS) on(`change:${name}`, () => this.refresh());
    on("change:veiled", () => this.refresh());
    on("change:section", () => this.cut());
    on("change:theme", () => this.setTheme());
    on("change:height", () => this.setHeight());
    on("change:colour_by", () => this.updateBar());
    on("change:projection", () => {
      if (this.setting) return;
      this.glideTo(project(this.camera, this.any.get("projection") as Camera["projection"]), false);
      this.updateBar();
    });
    on("change:camera", () => {
      if (this.setting) return;
      this.glideTo(parseCamera(this.any.get("camera")) ?? this.usual(), false);
    });

    const page = new MutationObserver(() => this.setTheme());
    page.observe(document.body, { attributes: true });
    page.observe(document.documentElement, { attributes: true });
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const themed = () => this.setTheme();
    scheme.addEventListener("change", themed);
    // JupyterLab's own keys: those with Ctrl, and Shift Enter, work on; "d d" in here must not delete the cell.
    const keys = (event: KeyboardEvent) => {
      const theirs = event.ctrlKey || event.metaKey || event.altKey || (event.shiftKey && event.key === "Enter");
      mark(this.host, "data-lm-suppress-shortcuts", theirs ? false : "true");
    };
    window.addEventListener("keydown", keys, true);
    this.root.addEventListener("keydown", this.key);
    const away = (event: Event) => {
      if (this.menu && !event.composedPath().includes(this.menu)) this.closeMenu();
    };
    window.addEventListener("pointerdown", away, true);
    this.undo.push(() => {
      page.disconnect();
      scheme.removeEventListener("change", themed);
      window.removeEventListener("keydown", keys, true);
      window.removeEventListener("pointerdown", away, true);
    });
  }

  private receive(content: Record<string, unknown>, buffers: DataView[]): void {
    const mine = content.view === this.view;
    if (content.kind === "scene" && mine) {
      try {
        this.load(decode(buffers[0]));
      } catch (error) {
        this.note(`The model could not be shown: ${(error as Error).message}`);
        throw error;
      }
    } else if (content.kind === "colours") {
      const wide = content.wide === 2 ? Uint16Array : Uint8Array;
      const bytes = (view: DataView) => view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength) as ArrayBuffer;
      this.tints = content.legend ? { codes: new wide(bytes(buffers[0])), palette: new Uint8Array(bytes(buffers[1])) } : null;
      legend(this.legendNode, content.legend as LegendFacts | null, this.tints?.palette ?? new Uint8Array(), (code, more) => {
        const those = Array.from(this.tints?.codes ?? []).flatMap((c, e) => (c === code && !(this.flags[e] & HIDDEN) ? [e] : []));
        this.select(more ? union(this.lists.selected, those) : those);
      });
      this.refresh();
    } else if (content.kind === "properties" && content.element === this.lists.selected.at(-1)) {
      this.panel.set(content as unknown as Properties, this.lists.selected.length - 1);
    } else if (this.drawer instanceof PictureDrawer) {
      if (content.kind === "picture" && mine) this.drawer.receive(buffers[0]);
      else if (content.kind === "pick" && mine) this.drawer.answer(content.element as number);
      else if (content.kind === "stale") this.drawer.invalidate();
    }
  }

  /** Set traits, without hearing of it ourselves more than once. */
  private send(traits: Record<string, unknown>): void {
    this.setting = true;
    for (const [name, value] of Object.entries(traits)) this.any.set(name, value);
    this.setting = false;
    this.any.save_changes();
  }

  private load(model: Model): void {
    const first = this.model === null;
    this.model = model;
    this.built = build(model, this.drawer instanceof GlDrawer);
    this.veiled = fromRanges(model.veiled, model.elements);
    this.flags = new Uint8Array(model.elements);
    this.whole = around(this.built.boxes, Array.from({ length: model.elements }, (_, e) => e)) ?? this.whole;
    this.drawer.load(model, this.built);
    this.refresh();
    if (first) {
      this.camera = parseCamera(this.any.get("camera")) ?? this.usual();
      this.draw(false);
    }
    this.treePanel.set(new Tree(model));
    this.updateBar();
    this.cut();
    this.note("");
    if (!this.built.triangles) this.note("There is nothing to see in this model.");
    const n = model.elements;
    this.stage.setAttribute("aria-label", `The model: ${n} element${n === 1 ? "" : "s"}. Arrow keys turn it, ? lists the keys.`);
    this.host.dataset.triangles = String(this.built.triangles);
  }

  /** What is selected, hidden, ghosted or coloured has changed. */
  private refresh(): void {
    const model = this.model;
    if (!model) return;
    const before = this.lists.selected;
    for (const name of LISTS) this.lists[name] = fromRanges(this.any.get(name) as string, model.elements);
    this.selectedSet = new Set(this.lists.selected);
    this.paint();
    this.treePanel.update();
    this.updateBar();
    const selected = this.lists.selected;
    if (before.join() !== selected.join()) this.selectionChanged();
  }

  private paint(): void {
    if (!this.model) return;
    flagsOf(this.model.elements, { ...this.lists, veiled: this.veiled, showVeiled: Boolean(this.any.get("veiled")), hovered: this.hovered }, this.flags);
    this.drawer.look(this.flags, this.tints);
  }

  private selectionChanged(): void {
    const selected = this.lists.selected;
    const last = selected.at(-1);
    if (last === undefined || !this.model) {
      this.panel.node.hidden = true;
      this.panelClosed = false;
      return;
    }
    this.panel.waiting(this.model, last, selected.length - 1);
    this.panel.node.hidden = this.panelClosed;
    this.treePanel.reveal(last);
    this.any.send({ kind: "properties", element: last });
    this.loud.textContent = selected.length === 1 ? `${this.words(last).join(", ")} selected` : `${selected.length} elements selected`;
  }

  private words(element: number): [string, string] {
    const model = this.model!;
    const [name, type, storey] = ["name", "type", "storey"].map((column) => word(model, column, element));
    const kind = [plainType(type), storey].filter(Boolean).join(" · ");
    return [name || plainType(type) || `element ${element}`, name ? kind : storey];
  }

  // ---------------------------------------------------------------- what one does

  private select(elements: number[]): void {
    this.send({ selected: toRanges(elements) });
  }

  private showElements(elements: number[], shown: boolean): void {
    if (!shown) {
      this.send({ hidden: toRanges(union(this.lists.hidden, elements)) });
      return;
    }
    const those = new Set(elements);
    const traits: Record<string, unknown> = { hidden: toRanges(this.lists.hidden.filter((e) => !those.has(e))) };
    if (this.lists.isolated.length) traits.isolated = toRanges(union(this.lists.isolated, elements));
    if (this.veiled.some((e) => those.has(e))) traits.veiled = true;
    this.send(traits);
  }

  private click(hit: Hit, event: MouseEvent | PointerEvent): void {
    this.stage.focus({ preventScroll: true });
    this.panelClosed = false;
    const more = event.shiftKey || event.ctrlKey || event.metaKey;
    this.select(clicked(this.lists.selected, hit.element, more));
  }

  private act(name: string): void {
    const { selected, hidden, ghosted } = this.lists;
    const { any } = this;
    if (name === "fit") this.frame(selected.length ? selected : null, selected.length ? 1.3 : 1);
    else if (name === "hide" && selected.length) this.send({ hidden: toRanges(union(hidden, selected)), selected: "" });
    else if (name === "isolate" && selected.length) this.send({ isolated: toRanges(selected) });
    else if (name === "ghost" && selected.length) this.send({ ghosted: toRanges(union(ghosted, selected)), selected: "" });
    else if (name === "all") this.send({ hidden: "", isolated: "", ghosted: "" });
    else if (name === "spaces") this.send({ veiled: !any.get("veiled") });
    else if (name === "projection") {
      const projection = any.get("projection") === "orthographic" ? "perspective" : "orthographic";
      const to = project(this.glide ? this.goal : this.camera, projection);
      this.send({ projection });
      this.glideTo(to, true);
    } else if (name === "section") {
      if (any.get("section")) this.send({ section: null });
      else this.cutAt(2, 1, 0.55);
      this.cut();
    } else if (name === "theme") this.send({ theme: this.isDark() ? "light" : "dark" });
    else if (name === "tree") this.toggleTree(Boolean(this.treePanel.node.hidden));
    else if (name === "help") this.toggleHelp(Boolean(this.sheet.hidden));
    else if (name === "views") this.viewsMenu();
    else if (name === "colour") this.colourMenu();
    else if (name === "photo") void this.photo();
    else if (name === "full") void (document.fullscreenElement ? document.exitFullscreen() : this.root.requestFullscreen());
    this.updateBar();
  }

  private async photo(): Promise<void> {
    const blob = await this.drawer.png();
    if (!blob) return;
    const link = h("a", { href: URL.createObjectURL(blob), download: "view.png" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    this.loud.textContent = "Picture saved as view.png";
  }

  private key = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    if (event.key === "Escape") {
      if (this.menu) this.closeMenu();
      else if (!this.sheet.hidden) this.toggleHelp(false);
      else if (target instanceof HTMLInputElement) this.stage.focus();
      else if (this.lists.selected.length) this.select([]);
      else return;
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (target instanceof HTMLInputElement || this.menu) return;
    const digit = "01234567".indexOf(event.key);
    const actions: Record<string, string> = {
      f: "fit", p: "projection", h: "hide", i: "isolate", g: "ghost", a: "all", o: "spaces", x: "section", t: "tree", l: "theme", "?": "help",
    };
    const arrows: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (event.key.length === 1 && digit >= 0) this.go(VIEW_KEYS[digit]);
    else if (action) this.act(action);
    else if (arrows[event.key]) this.controls.nudge(...arrows[event.key], event.shiftKey);
    else if (event.key === "+" || event.key === "=") this.controls.nearer(0.8);
    else if (event.key === "-") this.controls.nearer(1.25);
    else if (event.key === "c" || event.key === "C") this.nextColour();
    else if (event.key === "/") {
      this.toggleTree(true);
      this.treePanel.search();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  private nextColour(): void {
    const all = ["", ...(this.model?.colourable ?? [])];
    const at = all.indexOf(this.any.get("colour_by") as string);
    this.send({ colour_by: all[(at + 1) % all.length] });
    this.updateBar();
  }

  // ---------------------------------------------------------------- hover

  private hover(x: number, y: number): void {
    if (this.drawer instanceof PictureDrawer || this.glide) return;
    clearTimeout(this.hoverTimer);
    this.hoverTimer = window.setTimeout(() => void this.look(x, y), this.slowHover);
  }

  private async look(x: number, y: number): Promise<void> {
    if (this.hovering || this.gone) return;
    this.hovering = true;
    const begin = performance.now();
    const { element } = await this.drawer.pick(x, y);
    // On a slow machine only a pointer that rests is followed.
    this.slowHover = performance.now() - begin > 30 ? 120 : 12;
    this.hovering = false;
    if (this.gone) return;
    if (element !== this.hovered) {
      this.hovered = element;
      this.paint();
    }
    this.stage.style.cursor = element >= 0 ? "pointer" : "";
    this.tip.hidden = element < 0 || !this.model;
    if (this.tip.hidden) return;
    const [name, more] = this.words(element);
    this.tip.replaceChildren(h("b", {}, name), ...(more ? [h("span", {}, more)] : []));
    const [w, height] = this.size;
    const { offsetWidth, offsetHeight } = this.tip;
    this.tip.style.left = `${Math.max(4, Math.min(x + 14, w - offsetWidth - 6))}px`;
    this.tip.style.top = `${y + 18 + offsetHeight > height ? y - offsetHeight - 10 : y + 18}px`;
  }

  private unhover(): void {
    clearTimeout(this.hoverTimer);
    this.tip.hidden = true;
    if (this.hovered < 0) return;
    this.hovered = -1;
    this.paint();
  }

  // ---------------------------------------------------------------- the camera

  private aspect(): number {
    return this.size[1] ? this.size[0] / this.size[1] : 2;
  }

  private shownBox(): Box {
    const shown = Array.from(this.flags.keys()).filter((e) => !(this.flags[e] & HIDDEN));
    return (this.built && around(this.built.boxes, shown)) ?? this.whole;
  }

  private usual(): Camera {
    return fit(this.shownBox(), VIEWS.default[0], this.aspect(), this.any.get("projection") as Camera["projection"]);
  }

  private depth(camera: Camera): Camera {
    return withDepth(camera, this.whole);
  }

  private cameraTrait(): Record<string, unknown> {
    const camera = this.depth(this.camera);
    const digits = (v: number) => Number(v.toPrecision(8));
    return {
      camera: {
        ...camera,
        eye: rounded(camera.eye),
        target: rounded(camera.target),
        up: rounded(camera.up),
        height: digits(camera.height),
        near: digits(camera.near),
        far: digits(camera.far),
      },
    };
  }

  private draw(moving: boolean): void {
    this.drawer.view(this.depth(this.camera), moving);
  }

  private move(camera: Camera, resting: boolean): void {
    cancelAnimationFrame(this.glide);
    this.glide = 0;
    this.unhover();
    this.camera = camera;
    this.stage.classList.toggle("turning", !resting);
    this.draw(!resting);
    if (resting) this.send(this.cameraTrait());
  }

  private glideTo(to: Camera, tell: boolean): void {
    cancelAnimationFrame(this.glide);
    this.unhover();
    const from = project(this.camera, to.projection);
    this.goal = to;
    const begin = performance.now();
    // Twenty pictures over a slow line are no glide.
    const jump = matchMedia("(prefers-reduced-motion: reduce)").matches || this.drawer instanceof PictureDrawer || !this.model;
    const step = () => {
      const share = jump ? 1 : Math.min(1, (performance.now() - begin) / GLIDE);
      this.camera = between(from, to, share * share * (3 - 2 * share));
      this.draw(share < 1);
      this.glide = share < 1 ? requestAnimationFrame(step) : 0;
      if (share >= 1 && tell) this.send(this.cameraTrait());
    };
    step();
  }

  /** Look at elements (null: all that is shown) from where one looks now. */
  private frame(elements: number[] | null, context: number): void {
    if (!this.built) return;
    const box = elements ? (around(this.built.boxes, elements) ?? this.shownBox()) : this.shownBox();
    const { eye, target, up, projection, fov } = this.camera;
    const to = fit(box, sub(eye, target), this.aspect(), projection, fov, up);
    const back = add(to.target, scale(sub(to.eye, to.target), context));
    this.glideTo({ ...to, eye: back, height: context * to.height }, true);
  }

  private go(name: string): void {
    const [direction, up] = VIEWS[name];
    this.glideTo(fit(this.shownBox(), direction, this.aspect(), this.camera.projection, this.camera.fov, up), true);
  }

  private resize(): void {
    const [width, height] = [this.stage.clientWidth, this.stage.clientHeight];
    if (!width || !height || (width === this.size[0] && height === this.size[1])) return;
    this.size = [width, height];
    mark(this.root, "data-narrow", width < 620);
    // Until somebody moves it the camera shows all, however wide the view.
    if (this.model && !this.any.get("camera")) {
      this.camera = this.usual();
      this.draw(false);
    }
    this.drawer.resize(width, height, Math.min(2, window.devicePixelRatio || 1));
    this.any.send({ kind: "shape", aspect: width / height });
  }

  // ---------------------------------------------------------------- the section plane

  private cutState(): { axis: number; sign: number; at: number } | null {
    const section = this.any.get("section") as Section | null;
    if (!section?.point || !section.normal) return null;
    const sizes = section.normal.map(Math.abs);
    const axis = sizes.indexOf(Math.max(...sizes));
    return { axis, sign: Math.sign(section.normal[axis]) || 1, at: section.point[axis] };
  }

  private cutAt(axis: number, sign: number, share: number): void {
    const [low, high] = [this.whole[axis], this.whole[axis + 3]];
    const point = centre(this.whole).map((v) => Number(v.toFixed(4))) as Vec;
    point[axis] = Number((low + share * (high - low)).toFixed(4));
    const normal: Vec = [0, 0, 0];
    normal[axis] = sign;
    this.send({ section: { point, normal } });
    this.cut();
  }

  private cut(): void {
    const state = this.cutState();
    this.drawer.section(state && (this.any.get("section") as Section));
    this.cutter.hidden = !state;
    mark(this.root, "data-cut", Boolean(state));
    this.updateBar();
    if (!state) {
      this.cutter.replaceChildren();
      return;
    }
    const { axis, sign, at } = state;
    const [low, high] = [this.whole[axis], this.whole[axis + 3]];
    const share = (at - low) / (high - low || 1);
    if (!this.cutter.firstChild) {
      const axes = ["x", "y", "z"].map((name, k) => {
        const button = h("button", { type: "button", "aria-label": `Cut across ${name}` }, name);
        button.onclick = () => this.cutAt(k, k === 2 ? 1 : -1, 0.5);
        return button;
      });
      const flip = h("button", { type: "button", "aria-label": "Show the other side", title: "Show the other side" }, icon("flip"));
      flip.onclick = () => {
        const now = this.cutState()!;
        const [a, b] = [this.whole[now.axis], this.whole[now.axis + 3]];
        this.cutAt(now.axis, -now.sign, (now.at - a) / (b - a || 1));
      };
      const range = h("input", { type: "range", min: 0, max: 1000, "aria-label": "Place of the cut" });
      range.oninput = () => {
        const now = this.cutState()!;
        this.cutAt(now.axis, now.sign, Number(range.value) / 1000);
      };
      const close = h("button", { type: "button", "aria-label": "No cut", title: "No cut" }, icon("close"));
      close.onclick = () => this.act("section");
      this.cutter.append(...axes, range, h("output"), flip, close);
    }
    this.cutter.querySelectorAll("button").forEach((button, k) => {
      if (k < 3) button.setAttribute("aria-pressed", String(k === axis));
    });
    const range = this.cutter.querySelector("input")!;
    range.value = String(Math.round(share * 1000));
    mark(range, "data-sign", String(sign));
    this.cutter.querySelector("output")!.textContent = `${at.toFixed(2)} m`;
  }

  // ---------------------------------------------------------------- the tool bar

  private makeBar(): void {
    const groups: [string, string][][] = [
      [["tree", "Tree (T)"]],
      [["fit", "Fit (F)"], ["views", "Standard views (0-7)"], ["projection", "Parallel projection (P)"]],
      [["hide", "Hide the selection (H)"], ["isolate", "Isolate the selection (I)"], ["ghost", "Ghost the selection (G)"], ["all", "Show all (A)"], ["spaces", "Spaces and openings (O)"]],
      [["colour", "Colour by (C)"], ["section", "Cut (X)"]],
      [["photo", "Save a picture"], ["theme", "Light or dark (L)"], ["full", "Full screen"], ["help", "Keys (?)"]],
    ];
    groups.forEach((group, k) => {
      if (k) this.bar.append(h("span", { class: "gap", role: "separator" }));
      for (const [name, title] of group) {
        const button = h("button", { type: "button", title, "aria-label": title, "data-act": name }, icon(name));
        button.onclick = () => this.act(name);
        if (name === "views" || name === "colour") button.setAttribute("aria-haspopup", "menu");
        this.buttons[name] = button;
        this.bar.append(button);
      }
    });
    this.bar.addEventListener("keydown", (event) => {
      const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
      if (!step) return;
      const all = Object.values(this.buttons).filter((button) => !button.disabled && !button.hidden);
      const at = all.indexOf(event.target as HTMLButtonElement);
      all[(at + step + all.length) % all.length].focus();
      event.preventDefault();
      event.stopPropagation();
    });
    if (!document.fullscreenEnabled) this.buttons.full.hidden = true;
  }

  private updateBar(): void {
    const { selected, hidden, isolated, ghosted } = this.lists;
    for (const name of ["hide", "isolate", "ghost"]) this.buttons[name].disabled = !selected.length;
    this.buttons.all.disabled = !hidden.length && !isolated.length && !ghosted.length;
    this.buttons.spaces.hidden = !this.veiled.length;
    this.buttons.colour.disabled = !this.model?.colourable.length && !this.tints;
    const pressed = (name: string, on: boolean) => this.buttons[name].setAttribute("aria-pressed", String(on));
    pressed("projection", this.any.get("projection") === "orthographic");
    pressed("spaces", Boolean(this.any.get("veiled")));
    pressed("section", Boolean(this.any.get("section")));
    pressed("colour", Boolean(this.any.get("colour_by")));
    pressed("tree", !this.treePanel.node.hidden);
  }

  private viewsMenu(): void {
    const entries = VIEW_KEYS.map((name, k): [string, string, boolean, () => void] => [NAMES[name] ?? capital(name), String(k), false, () => this.go(name)]);
    this.openMenu("views", entries);
  }

  private colourMenu(): void {
    const by = this.any.get("colour_by") as string;
    const names = this.model?.colourable ?? [];
    const choose = (name: string) => () => {
      this.send({ colour_by: name });
      this.updateBar();
    };
    const entries: [string, string, boolean, () => void][] = [["Own colours", "", by === "", choose("")]];
    for (const name of names) entries.push([capital(name.replaceAll("_", " ")), "", by === name, choose(name)]);
    // What Python coloured by has a title, no column.
    if (by && !names.includes(by)) entries.push([by, "", true, choose(by)]);
    this.openMenu("colour", entries);
  }

  private openMenu(anchor: string, entries: [string, string, boolean, () => void][]): void {
    const again = this.buttons[anchor].getAttribute("aria-expanded") === "true";
    this.closeMenu();
    if (again) return;
    const menu = h("div", { class: "card menu", role: "menu", "aria-label": this.buttons[anchor].title });
    for (const [label, key, checked, run] of entries) {
      const item = h("button", { type: "button", role: "menuitemradio", "aria-checked": String(checked) }, h("span", {}, label), h("span", { class: "key" }, key));
      item.onclick = () => {
        this.closeMenu();
        run();
      };
      menu.append(item);
    }
    menu.addEventListener("keydown", (event) => {
      const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      if (!step) return;
      const items = [...menu.querySelectorAll("button")];
      items[(items.indexOf(event.target as HTMLButtonElement) + step + items.length) % items.length].focus();
      event.preventDefault();
      event.stopPropagation();
    });
    this.root.append(menu);
    const button = this.buttons[anchor];
    const [box, own] = [button.getBoundingClientRect(), this.root.getBoundingClientRect()];
    menu.style.left = `${Math.max(6, Math.min(box.left - own.left - 20, own.width - menu.offsetWidth - 8))}px`;
    menu.style.top = `${box.bottom - own.top + 8}px`;
    button.setAttribute("aria-expanded", "true");
    this.menu = menu;
    (menu.querySelector<HTMLElement>('[aria-checked="true"]') ?? menu.querySelector("button"))?.focus();
  }

  private closeMenu(): void {
    if (!this.menu) return;
    this.menu.remove();
    this.menu = null;
    for (const button of Object.values(this.buttons)) {
      if (button.getAttribute("aria-expanded") !== "true") continue;
      button.removeAttribute("aria-expanded");
      button.focus({ preventScroll: true });
    }
  }

  private toggleTree(open: boolean): void {
    this.treePanel.node.hidden = !open;
    mark(this.root, "data-tree", open);
    this.updateBar();
    if (!open) return;
    const last = this.lists.selected.at(-1);
    if (last !== undefined) this.treePanel.reveal(last);
    this.treePanel.update();
  }

  private toggleHelp(open: boolean): void {
    this.sheet.hidden = !open;
    (open ? this.sheet.querySelector("button")! : this.stage).focus({ preventScroll: true });
  }

  // ---------------------------------------------------------------- the rest

  private note(text: string): void {
    this.say.hidden = !text;
    this.say.textContent = text;
  }

  private isDark(): boolean {
    const theme = this.any.get("theme");
    return theme === "dark" || (theme !== "light" && pageIsDark());
  }

  private setTheme(): void {
    const dark = this.isDark();
    if (this.root.hasAttribute("data-dark") === dark && this.root.dataset.themed) return;
    this.root.dataset.themed = "yes";
    mark(this.root, "data-dark", dark);
    this.drawer.dark(dark);
  }

  private setHeight(): void {
    this.root.style.height = `${Number(this.any.get("height")) || 480}px`;
  }

  dispose(): void {
    this.gone = true;
    cancelAnimationFrame(this.glide);
    clearTimeout(this.hoverTimer);
    for (const off of this.undo) off();
    this.controls.dispose();
    this.treePanel.dispose();
    this.drawer.dispose();
    this.host.remove();
  }
}

export function render({ model, el }: { model: AnyModel; el: HTMLElement }): () => void {
  const view = new View(model, el);
  return () => view.dispose();
}

export default { render };
