// Drawing without WebGL: pictures by mesh.raster, from the kernel.  One is asked for at a time; while the camera moves
// they are small and plain, and when it rests a fine one follows.

import type { Camera } from "./camera";
import type { Drawer, Hit } from "./drawer";

export interface Ask {
  (content: Record<string, unknown>): void;
}

export class PictureDrawer implements Drawer {
  readonly name = "pictures by the kernel (avila_sci.mesh.raster)";
  readonly node = document.createElement("img");
  private size: [number, number] = [0, 0];
  private ratio = 1;
  private camera: Camera | null = null;
  private quick = false;
  private waiting = false;
  private stale = false;
  private isDark = false;
  private timer = 0;
  private url = "";
  private picks: ((hit: Hit) => void)[] = [];

  constructor(
    private ask: Ask,
    private onPicture: () => void,
  ) {
    this.node.alt = "";
    this.node.draggable = false;
  }

  load(): void {
    this.invalidate();
  }

  resize(width: number, height: number, ratio: number): void {
    this.size = [Math.round(width), Math.round(height)];
    this.ratio = ratio;
    this.invalidate();
  }

  /** Colours and flags are known to the kernel: it says itself when a picture has become old. */
  look(): void {}

  section(): void {}

  dark(dark: boolean): void {
    this.isDark = dark;
    this.invalidate();
  }

  view(camera: Camera, moving: boolean): void {
    this.camera = camera;
    this.quick = moving;
    this.invalidate();
  }

  invalidate(): void {
    clearTimeout(this.timer);
    if (this.waiting) {
      this.stale = true;
      return;
    }
    this.timer = window.setTimeout(() => this.request(), this.quick ? 0 : 40);
  }

  private request(): void {
    const [width, height] = this.size;
    if (!width || !height) return;
    const scale = this.quick ? Math.min(1, 640 / width) : this.ratio;
    this.waiting = true;
    this.stale = false;
    this.ask({
      kind: "picture",
      width: Math.round(width * scale),
      height: Math.round(height * scale),
      quick: this.quick,
      background: this.isDark ? "dark" : "light",
      camera: this.camera,
    });
    // A kernel that was interrupted never answers.
    this.timer = window.setTimeout(() => {
      this.waiting = false;
    }, 15_000);
  }

  /** The kernel's answer. */
  receive(bytes: DataView): void {
    clearTimeout(this.timer);
    this.waiting = false;
    const before = this.url;
    this.url = URL.createObjectURL(new Blob([bytes as DataView<ArrayBuffer>], { type: "image/png" }));
    this.node.src = this.url;
    if (before) URL.revokeObjectURL(before);
    if (this.stale) this.invalidate();
    this.onPicture();
  }

  pick(x: number, y: number): Promise<Hit> {
    this.ask({ kind: "pick", x: x / this.size[0], y: y / this.size[1] });
    return new Promise((done) => this.picks.push(done));
  }

  answer(element: number): void {
    this.picks.shift()?.({ element, point: null });
  }

  elements(): null {
    return null;
  }

  async png(): Promise<Blob | null> {
    return this.url ? (await fetch(this.url)).blob() : null;
  }

  dispose(): void {
    clearTimeout(this.timer);
    if (this.url) URL.revokeObjectURL(this.url);
    for (const done of this.picks) done({ element: -1, point: null });
  }
}
