// What the viewer asks of whatever draws: the graphics card, or pictures from the kernel.

import type { Camera, Vec } from "./camera";
import type { Built } from "./geometry";
import type { Model } from "./wire";

export interface Section {
  point: Vec;
  normal: Vec;
}

export interface Tints {
  codes: Uint8Array | Uint16Array;
  palette: Uint8Array;
}

export interface Hit {
  /** -1 for the background. */
  element: number;
  /** Where it was hit, scene coordinates. */
  point: Vec | null;
}

export interface Drawer {
  /** What draws, for people. */
  readonly name: string;
  readonly node: HTMLElement;
  load(model: Model, built: Built): void;
  resize(width: number, height: number, ratio: number): void;
  look(flags: Uint8Array, tints: Tints | null): void;
  section(section: Section | null): void;
  dark(dark: boolean): void;
  /** The camera is moved: `moving` while it is about to move again. */
  view(camera: Camera, moving: boolean): void;
  pick(x: number, y: number): Promise<Hit>;
  /** Element at every pixel, rows from the top; null where that is not known here. */
  elements(): { width: number; height: number; elements: Int32Array } | null;
  png(): Promise<Blob | null>;
  dispose(): void;
}
