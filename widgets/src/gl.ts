// Drawing with the graphics card.
//
// Nothing is drawn unless something changed.  The first picture after a change is plain and quick; when things rest, up
// to eight more are drawn, each moved by a part of a pixel, and averaged: smooth edges and soft corners at no cost while
// the camera moves.

import {
  AddEquation,
  BufferAttribute,
  BufferGeometry,
  Camera as ThreeCamera,
  CustomBlending,
  DataTexture,
  DepthTexture,
  DoubleSide,
  GLSL3,
  HalfFloatType,
  LinearFilter,
  Mesh,
  NearestFilter,
  NoBlending,
  OneFactor,
  OneMinusSrcAlphaFactor,
  RawShaderMaterial,
  RGBAFormat,
  RGBAIntegerFormat,
  Scene,
  UnsignedByteType,
  UnsignedIntType,
  Vector2,
  Vector3,
  Vector4,
  WebGLRenderer,
  WebGLRenderTarget,
  ZeroFactor,
} from "three";
import { cameraAxes, dot, projectionMatrix, sub, unproject, viewMatrix, type Camera, type Vec } from "./camera";
import type { Drawer, Hit, Section, Tints } from "./drawer";
import type { Built, Item } from "./geometry";
import { COMPOSE, CORNERS, COVER, FAINT, OPAQUE, PICK, PRESENT, VERTEX } from "./shaders";
import { GHOST, HIDDEN, SELECTED, VEIL } from "./state";
import type { Model } from "./wire";

const SAMPLES = 8;
const TAPS = 9;
const REST = 140; // milliseconds without a change before the picture is refined
const SLOW = 70; // milliseconds a frame may take before moving pictures get coarser
const FULL = 0.999 * 255;

const lin = (c: number) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const colour = (r: number, g: number, b: number) => new Vector3(lin(r), lin(g), lin(b));
// The backgrounds of raster.py.
const SKIES = {
  light: [colour(0.85, 0.89, 0.93), colour(0.985, 0.985, 0.98)],
  dark: [colour(0.09, 0.1, 0.12), colour(0.19, 0.2, 0.23)],
};

function halton(k: number, base: number): number {
  let [f, r] = [1, 0];
  for (let i = k; i > 0; i = Math.floor(i / base)) {
    f /= base;
    r += f * (i % base);
  }
  return r;
}

/** A texture of `cells` times four bytes, as wide as it may be. */
function table(cells: number, integer: boolean): DataTexture {
  const width = Math.min(2048, Math.max(1, cells));
  const height = Math.max(1, Math.ceil(cells / width));
  const data = new Uint8Array(4 * width * height);
  const texture = new DataTexture(data, width, height, integer ? RGBAIntegerFormat : RGBAFormat, UnsignedByteType);
  if (integer) texture.internalFormat = "RGBA8UI";
  texture.needsUpdate = true;
  return texture;
}

type Uniforms = Record<string, { value: unknown }>;
type Pass = "opaque" | "faint" | "pick" | "pickFaint";

export class GlDrawer implements Drawer {
  readonly name: string;
  readonly node: HTMLCanvasElement;
  private renderer: WebGLRenderer;
  private scene = new Scene();
  private cover = new Scene();
  private coverMesh: Mesh;
  private eye = new ThreeCamera();
  private items: { item: Item; mesh: Mesh; opaque: boolean; faint: boolean; shown: boolean }[] = [];
  private materials: Record<Pass, [RawShaderMaterial, RawShaderMaterial]>;
  private darken: RawShaderMaterial;
  private compose: RawShaderMaterial;
  private present: RawShaderMaterial;
  private faces: WebGLRenderTarget;
  private sums: WebGLRenderTarget;
  private corners: WebGLRenderTarget;
  private total: WebGLRenderTarget;
  private spot: WebGLRenderTarget;
  private shared: Uniforms;
  private own: Uniforms;
  private tables: DataTexture[] = [];
  private palette: Uint8Array = new Uint8Array(4);
  private centre: Vec = [0, 0, 0];
  private camera: Camera | null = null;
  private plane: Section | null = null;
  private throughGlass = false;
  private size: [number, number] = [1, 1];
  private ratio = 1;
  private samples = 0;
  private moving = false;
  private before = 0;
  private slow = false;
  private coarse = 1;
  private frame = 0;
  private timer = 0;
  private lost = false;

  /** Throws where there is no WebGL 2 or it cannot draw to half floats. */
  constructor(private onLost: (lost: boolean) => void) {
    this.node = document.createElement("canvas");
    const context = this.node.getContext("webgl2", { antialias: false, alpha: false, powerPreference: "high-performance" });
    if (!context) throw new Error("this browser offers no WebGL 2");
    if (!context.getExtension("EXT_color_buffer_float") && !context.getExtension("EXT_color_buffer_half_float")) {
      context.getExtension("WEBGL_lose_context")?.loseContext();
      throw new Error("this browser's WebGL cannot draw to half floats");
    }
    const info = context.getExtension("WEBGL_debug_renderer_info");
    this.name = String(context.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : context.RENDERER));
    this.renderer = new WebGLRenderer({ canvas: this.node, context, antialias: false });
    this.renderer.autoClear = false;
    this.renderer.sortObjects = false;
    this.renderer.setPixelRatio(1);
    this.node.addEventListener("webglcontextlost", this.losing);
    this.node.addEventListener("webglcontextrestored", this.restoring);

    this.eye.matrixAutoUpdate = this.eye.matrixWorldAutoUpdate = false;
    this.scene.matrixWorldAutoUpdate = this.cover.matrixWorldAutoUpdate = false;
    const nearest = { minFilter: NearestFilter, magFilter: NearestFilter };
    this.faces = new WebGLRenderTarget(1, 1, { ...nearest, count: 3 });
    this.faces.depthTexture = new DepthTexture(1, 1, UnsignedIntType);
    this.sums = new WebGLRenderTarget(1, 1, { ...nearest, count: 2, type: HalfFloatType, depthBuffer: false });
    this.corners = new WebGLRenderTarget(1, 1, { ...nearest, type: HalfFloatType, depthBuffer: false });
    this.total = new WebGLRenderTarget(1, 1, {
      minFilter: LinearFilter,
      magFilter: LinearFilter,
      type: HalfFloatType,
      depthBuffer: false,
    });
    this.spot = new WebGLRenderTarget(1, 1, { ...nearest, format: RGBAIntegerFormat, type: UnsignedIntType });
    this.spot.texture.internalFormat = "RGBA32UI";

    const value = <T>(v: T) => ({ value: v });
    this.shared = {
      elements: value(table(1, true)),
      palette: value(table(1, false)),
      tints: value(table(1, false)),
      section: value(new Vector4(0, 0, 0, 0)),
      cutting: value(0),
      up: value(new Vector3(0, 1, 0)),
      depth: value(this.faces.depthTexture),
      reach: value(1),
    };
    this.own = {
      ...this.shared,
      tones: value(this.faces.textures[0]),
      normals: value(this.faces.textures[1]),
      ids: value(this.faces.textures[2]),
      sums: value(this.sums.textures[0]),
      weights: value(this.sums.textures[1]),
      size: value(new Vector2(1, 1)),
      lens: value(new Vector4(1, 1, 0.1, 100)),
      perspective: value(1),
      someFaint: value(0),
      thick: value(1),
      taps: value(TAPS),
      soft: value(0),
      corners: value(this.corners.texture),
      radius: value(1),
      turn: value(0),
      plane: value(new Vector4(0, 0, 1, 0)),
      skyTop: value(SKIES.light[0]),
      skyBottom: value(SKIES.light[1]),
      sum: value(this.total.texture),
      part: value(new Vector2(1, 1)),
      share: value(1),
    };
    const pass = (fragmentShader: string, faint: number, more: object): [RawShaderMaterial, RawShaderMaterial] => {
      const make = (defines: Record<string, string>) =>
        new RawShaderMaterial({
          glslVersion: GLSL3,
          vertexShader: VERTEX,
          fragmentShader,
          defines,
          uniforms: { ...this.shared, faint: value(faint) },
          side: DoubleSide,
          blending: NoBlending,
          ...more,
        });
      return [make({}), make({ INSTANCED: "" })];
    };
    const adding = {
      blending: CustomBlending,
      blendEquation: AddEquation,
      blendSrc: OneFactor,
      blendDst: OneFactor,
      depthTest: false,
      depthWrite: false,
    };
    this.materials = {
      opaque: pass(OPAQUE, 0, {}),
      // The sum of colours, and beside it the product of what each layer lets through.
      faint: pass(FAINT, 1, { ...adding, blendSrcAlpha: ZeroFactor, blendDstAlpha: OneMinusSrcAlphaFactor }),
      pick: pass(PICK, 0, {}),
      pickFaint: pass(PICK, 1, {}),
    };
    const full = (fragmentShader: string, more: object) =>
      new RawShaderMaterial({
        glslVersion: GLSL3,
        vertexShader: COVER,
        fragmentShader,
        uniforms: this.own as RawShaderMaterial["uniforms"],
        depthTest: false,
        depthWrite: false,
        blending: NoBlending,
        ...more,
      });
    this.compose = full(COMPOSE, { ...adding, blendSrcAlpha: OneFactor, blendDstAlpha: OneFactor });
    this.darken = full(CORNERS, {});
    this.present = full(PRESENT, {});
    const corner = new BufferGeometry();
    corner.setAttribute("position", new BufferAttribute(new Float32Array([-1, -1, 0, 3, -1, 0, -1, 3, 0]), 3));
    this.coverMesh = new Mesh(corner, this.compose);
    this.coverMesh.frustumCulled = false;
    this.cover.add(this.coverMesh);
  }

  private losing = (event: Event) => {
    event.preventDefault(); // else it is never restored
    this.lost = true;
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    this.frame = this.timer = 0;
    this.onLost(true);
  };

  private restoring = () => {
    this.lost = false;
    this.onLost(false);
    this.invalidate();
  };

  load(model: Model, built: Built): void {
    this.clear();
    this.centre = model.centre;
    this.palette = model.palette;
    const elements = table(model.elements + 1, true);
    const palette = table(model.palette.length / 4, false);
    (palette.image.data as Uint8Array).set(model.palette);
    this.shared.elements.value = elements;
    this.shared.palette.value = palette;
    this.tables = [elements, palette];
    for (const item of built.items) {
      const mesh = new Mesh(item.geometry);
      mesh.matrixAutoUpdate = false;
      this.scene.add(mesh);
      this.items.push({ item, mesh, opaque: true, faint: false, shown: true });
    }
    let [low, high] = [[Infinity, Infinity, Infinity], [-Infinity, -Infinity, -Infinity]];
    for (let i = 0; i < built.boxes.length; i += 6) {
      if (built.boxes[i] > built.boxes[i + 3]) continue;
      low = low.map((v, k) => Math.min(v, built.boxes[i + k]));
      high = high.map((v, k) => Math.max(v, built.boxes[i + 3 + k]));
    }
    const radius = Math.hypot(...high.map((v, k) => v - low[k])) / 2;
    this.own.radius.value = Number.isFinite(radius) && radius > 0 ? 0.07 * radius : 1;
    this.shared.reach.value = Number.isFinite(radius) && radius > 0 ? radius : 1;
  }

  resize(width: number, height: number, ratio: number): void {
    this.ratio = ratio;
    this.size = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
    this.renderer.setSize(...this.size, false);
    for (const target of [this.faces, this.sums, this.corners, this.total]) target.setSize(...this.size);
    this.draw(); // at once: the resized canvas is empty
  }

  look(flags: Uint8Array, tints: Tints | null): void {
    const texture = this.shared.elements.value as DataTexture;
    const data = texture.image.data as Uint8Array;
    const codes = tints?.codes;
    for (let e = 0; e < flags.length; e++) {
      const code = codes?.[e] ?? 0;
      data[4 * e + 4] = flags[e];
      data[4 * e + 5] = code & 255;
      data[4 * e + 6] = code >> 8;
    }
    texture.needsUpdate = true;
    const rows = tints?.palette ?? new Uint8Array(4);
    let tinted = this.shared.tints.value as DataTexture;
    if ((tinted.image.data as Uint8Array).length < rows.length) {
      tinted.dispose();
      tinted = table(rows.length / 4, false);
      this.shared.tints.value = tinted;
    }
    (tinted.image.data as Uint8Array).set(rows);
    tinted.needsUpdate = true;

    // As the vertex shader has it: which passes an item takes part in.
    this.throughGlass = flags.some((f) => !(f & HIDDEN) && (f & (GHOST | VEIL)) !== 0);
    for (const entry of this.items) {
      entry.opaque = entry.faint = entry.shown = false;
      const { elements, rows: own } = entry.item;
      for (let k = 0; k < elements.length; k++) {
        const e = elements[k] - 1;
        const f = e < 0 ? 0 : flags[e];
        if (f & HIDDEN) continue;
        const code = e < 0 ? 0 : (codes?.[e] ?? 0);
        let alpha = code ? rows[4 * code + 3] : this.palette[4 * own[k] + 3];
        if (f & VEIL) alpha = Math.min(alpha, 70);
        if (f & GHOST) alpha = 30;
        if (f & SELECTED) alpha = 0.3 * alpha + 0.7 * 255;
        if (alpha < FULL) entry.faint = true;
        else entry.opaque = true;
        if (entry.faint && entry.opaque) break;
      }
      entry.shown = entry.opaque || entry.faint;
    }
    this.invalidate();
  }

  section(section: Section | null): void {
    this.plane = section;
    this.invalidate();
  }

  dark(dark: boolean): void {
    [this.own.skyTop.value, this.own.skyBottom.value] = SKIES[dark ? "dark" : "light"];
    this.invalidate();
  }

  view(camera: Camera, moving: boolean): void {
    this.camera = camera;
    this.moving = moving;
    this.invalidate();
  }

  private invalidate(): void {
    this.samples = 0;
    clearTimeout(this.timer);
    this.timer = 0;
    this.frame ||= requestAnimationFrame(this.step);
  }

  private step = (now: number) => {
    this.frame = 0;
    if (this.lost || !this.camera) return;
    if (this.samples === 0) {
      this.draw();
      this.timer = window.setTimeout(() => {
        this.timer = 0;
        this.moving = false;
        this.samples = -1; // refine: begin anew, with soft corners and at full size
        this.frame ||= requestAnimationFrame(this.step);
      }, REST);
      return;
    }
    if (this.samples < 0) this.samples = 0;
    else this.slow = now - this.before > 3 * SLOW;
    this.before = now;
    this.sample(this.samples, 1, true);
    this.samples++;
    this.show(1, this.samples);
    // A slow machine stops at half: four pictures are smooth too.
    if (this.samples < (this.slow ? SAMPLES / 2 : SAMPLES)) this.frame ||= requestAnimationFrame(this.step);
  };

  /** One quick picture. */
  private draw(): void {
    if (this.lost || !this.camera) return;
    const begin = performance.now();
    const scale = this.moving ? this.coarse : 1;
    this.sample(0, scale, false);
    this.show(scale, 1);
    this.samples = 0;
    if (!this.moving) return;
    // The card works beside us: one pixel read back waits for it.
    this.renderer.getContext().readPixels(0, 0, 1, 1, 0x1908, 0x1401, new Uint8Array(4));
    const cost = performance.now() - begin;
    if (cost > SLOW) this.coarse = Math.max(0.4, this.coarse * 0.8);
    else if (cost < SLOW / 4) this.coarse = Math.min(1, this.coarse * 1.25);
  }

  private pass(pass: Pass): void {
    for (const { item, mesh, opaque, faint } of this.items) {
      mesh.visible = pass === "opaque" || pass === "pick" ? opaque : faint;
      mesh.material = this.materials[pass][item.instanced ? 1 : 0];
    }
    this.renderer.render(this.scene, this.eye);
  }

  private aim(camera: Camera, aspect: number): void {
    const view = viewMatrix(camera, this.centre);
    this.eye.matrixWorldInverse.fromArray(view);
    this.eye.matrixWorld.copy(this.eye.matrixWorldInverse).invert();
    this.eye.projectionMatrix.fromArray(projectionMatrix(camera, aspect));
    const [right, above, back] = cameraAxes(camera);
    (this.shared.up.value as Vector3).set(right[2], above[2], back[2]);
    this.shared.cutting.value = 0;
    if (this.plane) {
      const { point, normal } = this.plane;
      const size = Math.hypot(...normal) || 1;
      const n = normal.map((v) => v / size) as Vec;
      (this.shared.section.value as Vector4).set(...n, dot(n, sub(point, this.centre)));
      const local: Vec = [dot(right, n), dot(above, n), dot(back, n)];
      const away = dot(n, sub(point, camera.eye));
      (this.own.plane.value as Vector4).set(...local, away);
      // Only an eye on the side cut away looks into what is cut.
      this.shared.cutting.value = (camera.projection === "perspective" ? away < 0 : local[2] > 0) ? 2 : 1;
    }
    const lens = camera.projection === "perspective" ? 1 / Math.tan((camera.fov * Math.PI) / 360) : camera.height / 2;
    (this.own.lens.value as Vector4).set(lens, aspect, camera.near, camera.far);
    this.own.perspective.value = camera.projection === "perspective" ? 1 : 0;
  }

  private sample(k: number, scale: number, soft: boolean): void {
    const camera = this.camera!;
    const [w, h] = this.size.map((v) => Math.max(1, Math.round(v * scale)));
    this.aim(camera, this.size[0] / this.size[1]);
    const m = this.eye.projectionMatrix.elements;
    const at = camera.projection === "perspective" ? 8 : 12;
    const sign = camera.projection === "perspective" ? -1 : 1;
    m[at] += (sign * 2 * (k ? halton(k, 2) - 0.5 : 0)) / w;
    m[at + 1] += (sign * 2 * (k ? halton(k, 3) - 0.5 : 0)) / h;
    this.eye.projectionMatrixInverse.copy(this.eye.projectionMatrix).invert();
    for (const target of [this.faces, this.sums, this.corners, this.total]) target.viewport.set(0, 0, w, h);
    this.renderer.setClearColor(0x000000, 0);
    this.renderer.setRenderTarget(this.faces);
    this.renderer.clear();
    this.pass("opaque");
    const faint = this.items.some((entry) => entry.faint);
    if (faint) {
      this.renderer.setClearColor(0x000000, 1);
      this.renderer.setRenderTarget(this.sums);
      this.renderer.clear(true, false, false);
      // Of the weights only the first channel is read: that its last begins at 1 does no harm.
      this.renderer.setClearColor(0x000000, 0);
      this.pass("faint");
    }
    this.own.someFaint.value = faint ? 1 : 0;
    (this.own.size.value as Vector2).set(w, h);
    this.own.thick.value = this.ratio * scale > 1.4 ? 2 : 1;
    this.own.soft.value = soft ? 1 : 0;
    this.own.turn.value = k * 0.618034;
    if (soft) {
      this.renderer.setRenderTarget(this.corners);
      this.coverMesh.material = this.darken;
      this.renderer.render(this.cover, this.eye);
    }
    this.renderer.setRenderTarget(this.total);
    if (k === 0) this.renderer.clear(true, false, false);
    this.coverMesh.material = this.compose;
    this.renderer.render(this.cover, this.eye);
  }

  private show(scale: number, samples: number): void {
    const [w, h] = this.size.map((v) => Math.max(1, Math.round(v * scale)));
    (this.own.part.value as Vector2).set(w / this.size[0] / this.size[0], h / this.size[1] / this.size[1]);
    this.own.share.value = 1 / samples;
    this.renderer.setRenderTarget(null);
    this.coverMesh.material = this.present;
    this.renderer.render(this.cover, this.eye);
  }

  async pick(x: number, y: number): Promise<Hit> {
    const camera = this.camera;
    if (this.lost || !camera) return { element: -1, point: null };
    const [w, h] = this.size;
    const [px, py] = [Math.floor(x * this.ratio) + 0.5, Math.floor(y * this.ratio) + 0.5];
    const [cx, cy] = [(2 * px) / w - 1, 1 - (2 * py) / h];
    this.aim(camera, w / h);
    // The frustum of a single pixel: almost everything is culled.
    const m = this.eye.projectionMatrix.elements;
    for (let c = 0; c < 4; c++) {
      m[4 * c] = w * (m[4 * c] - cx * m[4 * c + 3]);
      m[4 * c + 1] = h * (m[4 * c + 1] - cy * m[4 * c + 3]);
    }
    const read = new Uint32Array(4);
    const render = (pass: Pass, clear: boolean) => {
      this.renderer.setRenderTarget(this.spot);
      this.renderer.setClearColor(0x000000, 0);
      if (clear) this.renderer.clear();
      this.pass(pass);
      this.renderer.readRenderTargetPixels(this.spot, 0, 0, 1, 1, read);
    };
    render("pick", true);
    // Glass is picked before what stands behind it; veils and ghosts only where nothing does.
    if (!this.throughGlass || read[0] < 2) if (this.items.some((entry) => entry.faint)) render("pickFaint", false);
    this.renderer.setRenderTarget(null);
    if (!read[0]) return { element: -1, point: null };
    const depth = new Float32Array(read.buffer)[1];
    return { element: read[0] - 2, point: unproject(camera, w / h, cx, cy, depth) };
  }

  elements(): { width: number; height: number; elements: Int32Array } | null {
    if (this.lost || !this.camera) return null;
    const [width, height] = this.size;
    const target = new WebGLRenderTarget(width, height, {
      minFilter: NearestFilter,
      magFilter: NearestFilter,
      format: RGBAIntegerFormat,
      type: UnsignedIntType,
    });
    target.texture.internalFormat = "RGBA32UI";
    this.aim(this.camera, width / height);
    this.renderer.setRenderTarget(target);
    this.renderer.setClearColor(0x000000, 0);
    this.renderer.clear();
    this.pass("pick");
    if (!this.throughGlass) this.pass("pickFaint");
    const read = new Uint32Array(4 * width * height);
    this.renderer.readRenderTargetPixels(target, 0, 0, width, height, read);
    this.renderer.setRenderTarget(null);
    target.dispose();
    const out = new Int32Array(width * height);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const id = read[4 * ((height - 1 - y) * width + x)];
        out[y * width + x] = id ? id - 2 : -1;
      }
    }
    return { width, height, elements: out };
  }

  png(): Promise<Blob | null> {
    if (this.lost || !this.camera) return Promise.resolve(null);
    for (let k = 0; k < SAMPLES; k++) this.sample(k, 1, true);
    this.show(1, SAMPLES);
    this.samples = SAMPLES;
    // In the same task as the drawing: the buffer is not kept.
    return new Promise((done) => this.node.toBlob(done, "image/png"));
  }

  private clear(): void {
    for (const { item, mesh } of this.items) {
      this.scene.remove(mesh);
      item.geometry.dispose();
    }
    this.items = [];
    for (const texture of this.tables) texture.dispose();
    this.tables = [];
  }

  dispose(): void {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    this.node.removeEventListener("webglcontextlost", this.losing);
    this.node.removeEventListener("webglcontextrestored", this.restoring);
    this.clear();
    (this.shared.tints.value as DataTexture).dispose();
    for (const pair of Object.values(this.materials)) for (const material of pair) material.dispose();
    this.darken.dispose();
    this.compose.dispose();
    this.present.dispose();
    this.coverMesh.geometry.dispose();
    for (const target of [this.faces, this.sums, this.corners, this.total, this.spot]) target.dispose();
    this.renderer.dispose();
    // Browsers keep about sixteen contexts: give ours back at once.
    this.renderer.forceContextLoss();
    this.lost = true;
  }
}
