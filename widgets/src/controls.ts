// Mouse, pen and fingers: drag to orbit, with the right button (or Shift) to pan, the wheel or two fingers to zoom.

import { add, orbit, pan, scale, sub, unproject, visibleHeight, zoom, cameraAxes, dot, type Camera, type Vec } from "./camera";
import type { Hit } from "./drawer";

export interface View {
  camera(): Camera;
  /** The user moves the camera. */
  move(camera: Camera, resting: boolean): void;
  pick(x: number, y: number): Promise<Hit>;
  size(): [number, number];
  click(hit: Hit, event: PointerEvent | MouseEvent): void;
  double(hit: Hit): void;
  hover(x: number, y: number): void;
  leave(): void;
}

const STILL = 3; // pixels a click may move
const GESTURE = 250; // milliseconds between two turns of a wheel that belong together

export class Controls {
  private fingers = new Map<number, [number, number]>();
  private start: [number, number] = [0, 0];
  private moved = false;
  private panning = false;
  private pivot: Vec | null = null;
  private anchor: Vec | null = null;
  private anchorAt: [number, number] = [-1e9, -1e9];
  private wheelElsewhere = 0;
  private wheelHere = 0;
  private restTimer = 0;
  private undo: (() => void)[] = [];

  constructor(
    private node: HTMLElement,
    private view: View,
  ) {
    node.style.touchAction = "none";
    this.on(node, "pointerdown", this.down);
    this.on(node, "pointermove", this.drag);
    this.on(node, "pointerup", this.up);
    this.on(node, "pointercancel", this.up);
    this.on(node, "pointerleave", () => view.leave());
    this.on(node, "wheel", this.wheel, { passive: false });
    this.on(node, "contextmenu", (event) => event.preventDefault());
    this.on(node, "dblclick", async (event) => view.double(await view.pick(...this.place(event))));
    // A page that is being scrolled goes on scrolling when the view comes under the pointer.
    this.on(
      window,
      "wheel",
      (event) => {
        if (!event.composedPath().includes(node)) this.wheelElsewhere = event.timeStamp;
      },
      { passive: true, capture: true },
    );
  }

  private on<K extends keyof HTMLElementEventMap>(
    target: HTMLElement | Window,
    kind: K,
    listener: (event: HTMLElementEventMap[K]) => void,
    options?: AddEventListenerOptions,
  ): void {
    target.addEventListener(kind, listener as EventListener, options);
    this.undo.push(() => target.removeEventListener(kind, listener as EventListener, options));
  }

  private place(event: MouseEvent): [number, number] {
    const box = this.node.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  private down = (event: PointerEvent) => {
    const at = this.place(event);
    this.node.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, at);
    this.start = at;
    this.moved = this.fingers.size > 1;
    this.panning = event.button > 0 || event.shiftKey;
    this.pivot = null;
    this.anchorAt = [-1e9, -1e9];
    if (event.button === 1) event.preventDefault(); // no scrolling by the middle button
    void this.view.pick(...at).then((hit) => {
      this.pivot = hit.point;
    });
  };

  private drag = (event: PointerEvent) => {
    const at = this.place(event);
    const before = this.fingers.get(event.pointerId);
    if (!before) {
      if (event.pointerType !== "touch") this.view.hover(...at);
      return;
    }
    if (!this.moved && Math.hypot(at[0] - this.start[0], at[1] - this.start[1]) < STILL) return;
    this.moved = true;
    const [w, h] = this.view.size();
    const camera = this.view.camera();
    if (this.fingers.size === 2) {
      const other = [...this.fingers].find(([id]) => id !== event.pointerId)![1];
      const spread = (p: [number, number]) => Math.hypot(p[0] - other[0], p[1] - other[1]);
      const middle = (p: [number, number]): [number, number] => [(p[0] + other[0]) / 2, (p[1] + other[1]) / 2];
      const [a, b] = [middle(before), middle(at)];
      const nearer = zoom(camera, spread(before) / Math.max(spread(at), 1), this.on_plane(camera, ...b));
      this.fingers.set(event.pointerId, at);
      this.move(pan(nearer, (b[0] - a[0]) / h, (a[1] - b[1]) / h));
      return;
    }
    this.fingers.set(event.pointerId, at);
    const [dx, dy] = [at[0] - before[0], at[1] - before[1]];
    if (this.panning) this.move(pan(camera, dx / h, -dy / h, this.pivot ?? undefined));
    else this.move(orbit(camera, this.pivot ?? camera.target, (-dx / Math.min(w, h)) * 3.2, (dy / Math.min(w, h)) * 3.2));
  };

  private up = (event: PointerEvent) => {
    if (!this.fingers.delete(event.pointerId)) return;
    if (this.moved) this.rest();
    else if (event.type === "pointerup" && event.button === 0) {
      void this.view.pick(...this.place(event)).then((hit) => this.view.click(hit, event));
    }
  };

  private wheel = (event: WheelEvent) => {
    const now = event.timeStamp;
    const scrolling = now - this.wheelElsewhere < GESTURE && now - this.wheelHere > GESTURE;
    if (scrolling && !event.ctrlKey) {
      this.wheelElsewhere = now;
      return;
    }
    this.wheelHere = now;
    event.preventDefault();
    const at = this.place(event);
    const lines = event.deltaMode === 1 ? 20 : event.deltaMode === 2 ? 400 : 1;
    const factor = Math.exp(Math.max(-0.5, Math.min(0.5, event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0015))));
    if (Math.hypot(at[0] - this.anchorAt[0], at[1] - this.anchorAt[1]) > STILL) {
      // Found once for a gesture; until the answer is there the plane of the target will do.
      this.anchorAt = at;
      this.anchor = null;
      void this.view.pick(...at).then((hit) => {
        this.anchor = hit.point;
      });
    }
    const camera = this.view.camera();
    this.move(zoom(camera, factor, this.anchor ?? this.on_plane(camera, ...at)));
  };

  /** The point under a place of the view, as far away as the target. */
  private on_plane(camera: Camera, x: number, y: number): Vec {
    const [w, h] = this.view.size();
    const [, , back] = cameraAxes(camera);
    const depth = dot(sub(camera.eye, camera.target), back);
    return unproject(camera, w / h, (2 * x) / w - 1, 1 - (2 * y) / h, depth);
  }

  private move(camera: Camera): void {
    this.view.move(camera, false);
    clearTimeout(this.restTimer);
    this.restTimer = window.setTimeout(() => this.rest(), 180);
  }

  private rest(): void {
    clearTimeout(this.restTimer);
    this.view.move(this.view.camera(), true);
  }

  /** Arrows: turn, or with Shift shift. */
  nudge(x: number, y: number, shift: boolean): void {
    const camera = this.view.camera();
    this.move(shift ? pan(camera, -x * 0.06, -y * 0.06) : orbit(camera, camera.target, x * 0.13, -y * 0.13));
  }

  /** Come nearer or go away, to the middle of the view. */
  nearer(factor: number): void {
    const camera = this.view.camera();
    const [right] = cameraAxes(camera);
    // A hair beside the target: the two never become one point.
    this.move(zoom(camera, factor, add(camera.target, scale(right, visibleHeight(camera) * 1e-6))));
  }

  dispose(): void {
    clearTimeout(this.restTimer);
    for (const off of this.undo) off();
  }
}
