// The camera: the same numbers and the same formulas as avila_sci/mesh/camera.py.  z is up.

export type Vec = [number, number, number];
export type Box = [number, number, number, number, number, number];

export interface Camera {
  eye: Vec;
  target: Vec;
  up: Vec;
  projection: "perspective" | "orthographic";
  /** Vertical field of view, degrees. */
  fov: number;
  /** What the picture's height shows in the orthographic projection. */
  height: number;
  near: number;
  far: number;
}

export const VIEWS: Record<string, [Vec, Vec]> = {
  default: [[1, -1.2, 0.7], [0, 0, 1]],
  iso: [[1, -1, Math.sqrt(2 / 3)], [0, 0, 1]],
  top: [[0, 0, 1], [0, 1, 0]],
  bottom: [[0, 0, -1], [0, -1, 0]],
  front: [[0, -1, 0], [0, 0, 1]],
  back: [[0, 1, 0], [0, 0, 1]],
  left: [[-1, 0, 0], [0, 0, 1]],
  right: [[1, 0, 0], [0, 0, 1]],
};

const MARGIN = 0.94;

export const add = (a: Vec, b: Vec): Vec => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
export const sub = (a: Vec, b: Vec): Vec => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
export const scale = (a: Vec, s: number): Vec => [a[0] * s, a[1] * s, a[2] * s];
export const dot = (a: Vec, b: Vec): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
export const cross = (a: Vec, b: Vec): Vec => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
export const length = (a: Vec): number => Math.hypot(a[0], a[1], a[2]);
export const unit = (a: Vec): Vec => scale(a, 1 / length(a));
const tangent = (fov: number) => Math.tan((fov * Math.PI) / 360);

/** right, above, back: the axes of the camera in the scene. */
export function axes(backward: Vec, up: Vec): [Vec, Vec, Vec] {
  const back = unit(backward);
  let right: Vec = [1, 0, 0];
  for (const candidate of [up, [0, 1, 0], [1, 0, 0]] as Vec[]) {
    const product = cross(candidate, back);
    if (length(product) > 1e-9) {
      right = unit(product);
      break;
    }
  }
  return [right, cross(back, right), back];
}

export const cameraAxes = (camera: Camera) => axes(sub(camera.eye, camera.target), camera.up);

/** Column-major, scene (minus `origin`) to camera. */
export function viewMatrix(camera: Camera, origin: Vec = [0, 0, 0]): number[] {
  const [r, a, b] = cameraAxes(camera);
  const eye = sub(camera.eye, origin);
  return [r[0], a[0], b[0], 0, r[1], a[1], b[1], 0, r[2], a[2], b[2], 0, -dot(r, eye), -dot(a, eye), -dot(b, eye), 1];
}

/** Column-major, camera to clip space. */
export function projectionMatrix(camera: Camera, aspect: number): number[] {
  const { near, far } = camera;
  if (camera.projection === "perspective") {
    const c = 1 / tangent(camera.fov);
    return [c / aspect, 0, 0, 0, 0, c, 0, 0, 0, 0, (far + near) / (near - far), -1, 0, 0, (2 * far * near) / (near - far), 0];
  }
  const h = 2 / camera.height;
  return [h / aspect, 0, 0, 0, 0, h, 0, 0, 0, 0, 2 / (near - far), 0, 0, 0, (far + near) / (near - far), 1];
}

export const centre = (box: Box): Vec => [(box[0] + box[3]) / 2, (box[1] + box[4]) / 2, (box[2] + box[5]) / 2];
export const radius = (box: Box): number => length([box[3] - box[0], box[4] - box[1], box[5] - box[2]]) / 2 || 1;

/** Camera that sees a whole box from a direction; see `fit` of camera.py. */
export function fit(
  box: Box,
  direction: Vec,
  aspect: number,
  projection: Camera["projection"] = "perspective",
  fov = 45,
  up: Vec = [0, 0, 1],
): Camera {
  const middle = centre(box);
  const r = radius(box);
  const [right, above, back] = axes(direction, up);
  const half: Vec = [(box[3] - box[0]) / 2, (box[4] - box[1]) / 2, (box[5] - box[2]) / 2];
  const ty = tangent(fov) * MARGIN;
  const tx = aspect * ty;
  let [R, L, T, B, X, Y] = [-Infinity, -Infinity, -Infinity, -Infinity, 0, 0];
  for (let k = 0; k < 8; k++) {
    const corner: Vec = [k & 1 ? half[0] : -half[0], k & 2 ? half[1] : -half[1], k & 4 ? half[2] : -half[2]];
    const [x, y, z] = [dot(right, corner), dot(above, corner), dot(back, corner)];
    R = Math.max(R, tx * z + x);
    L = Math.max(L, tx * z - x);
    T = Math.max(T, ty * z + y);
    B = Math.max(B, ty * z - y);
    X = Math.max(X, Math.abs(x));
    Y = Math.max(Y, Math.abs(y));
  }
  let target = middle;
  let distance = 3 * r;
  let height = (2 * Math.max(Y, X / aspect)) / MARGIN || 2 * r;
  if (projection === "perspective") {
    distance = Math.max((R + L) / (2 * tx), (T + B) / (2 * ty), r / 50);
    target = add(middle, add(scale(right, (R - L) / 2), scale(above, (T - B) / 2)));
    height = 2 * distance * tangent(fov);
  }
  const eye = add(target, scale(back, distance));
  return { eye, target, up, projection, fov, height, near: r / 500, far: distance + 4 * r };
}

/** near and far that hold a box, with the depth buffer's precision where the eye is. */
export function withDepth(camera: Camera, box: Box): Camera {
  const r = radius(box);
  const [, , back] = cameraAxes(camera);
  const along = dot(sub(camera.eye, centre(box)), back);
  const far = Math.max(along + r * 1.01, r / 100);
  if (camera.projection === "orthographic") {
    // Nothing lies behind an eye that sees in parallel: move it back until all is before it.
    const shift = Math.max(0, r * 1.02 - along);
    const eye = add(camera.eye, scale(back, shift));
    return { ...camera, eye, near: Math.max(along + shift - r * 1.01, r / 1000), far: far + shift };
  }
  const outside: Vec = [0, 1, 2].map((k) => Math.max(box[k] - camera.eye[k], camera.eye[k] - box[k + 3], 0)) as Vec;
  const distance = length(sub(camera.eye, camera.target));
  const near = Math.max(0.5 * length(outside), Math.min(distance / 100, r / 100), r / 20000);
  return { ...camera, near, far: Math.max(far, near * 2) };
}

/** Turn about a point: `yaw` about the vertical, `pitch` up or down (radians); never over the head. */
export function orbit(camera: Camera, pivot: Vec, yaw: number, pitch: number): Camera {
  const [right, above, back] = cameraAxes(camera);
  const polar = Math.acos(Math.max(-1, Math.min(1, back[2])));
  const limit = 1e-3;
  const next = Math.max(limit, Math.min(Math.PI - limit, polar - pitch));
  const tilt = polar - next;
  // Seen from above or below the vertical is no "up" on the screen, but the axis to turn about stays the same.
  const side: Vec = Math.hypot(right[0], right[1]) > 1e-9 ? unit([right[0], right[1], 0]) : [1, 0, 0];
  const turn = (v: Vec): Vec => about(about(v, side, -tilt), [0, 0, 1], yaw);
  const eye = add(pivot, turn(sub(camera.eye, pivot)));
  const target = add(pivot, turn(sub(camera.target, pivot)));
  const up = Math.abs(Math.cos(next)) > 0.9999 ? turn(above) : ([0, 0, 1] as Vec);
  return { ...camera, eye, target, up };
}

function about(v: Vec, axis: Vec, angle: number): Vec {
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  return add(add(scale(v, c), scale(cross(axis, v), s)), scale(axis, dot(axis, v) * (1 - c)));
}

/** What the picture's height shows at the target. */
export function visibleHeight(camera: Camera, at?: Vec): number {
  if (camera.projection === "orthographic") return camera.height;
  const [, , back] = cameraAxes(camera);
  const depth = at ? dot(sub(camera.eye, at), back) : length(sub(camera.eye, camera.target));
  return 2 * Math.max(depth, 1e-9) * tangent(camera.fov);
}

/** Move the picture by a part of its height (x to the right, y up). */
export function pan(camera: Camera, x: number, y: number, at?: Vec): Camera {
  const [right, above] = cameraAxes(camera);
  const h = visibleHeight(camera, at);
  const shift = add(scale(right, -x * h), scale(above, -y * h));
  return { ...camera, eye: add(camera.eye, shift), target: add(camera.target, shift) };
}

/** Come nearer (factor < 1) or go away, keeping `anchor` where it is on the screen. */
export function zoom(camera: Camera, factor: number, anchor: Vec, least = 1e-4): Camera {
  const toward = (p: Vec): Vec => add(anchor, scale(sub(p, anchor), factor));
  if (camera.projection === "orthographic") {
    const [right, above] = cameraAxes(camera);
    const offset = sub(anchor, camera.target);
    const shift = add(scale(right, dot(offset, right) * (1 - factor)), scale(above, dot(offset, above) * (1 - factor)));
    return {
      ...camera,
      eye: add(camera.eye, shift),
      target: add(camera.target, shift),
      height: Math.max(camera.height * factor, least),
    };
  }
  const eye = toward(camera.eye);
  const target = toward(camera.target);
  if (length(sub(eye, target)) < least) return camera;
  return { ...camera, eye, target };
}

/** The other projection, showing the same at the target. */
export function project(camera: Camera, projection: Camera["projection"]): Camera {
  if (projection === camera.projection) return camera;
  const h = visibleHeight(camera);
  if (projection === "orthographic") return { ...camera, projection, height: h };
  const [, , back] = cameraAxes(camera);
  const distance = h / (2 * tangent(camera.fov));
  return { ...camera, projection, eye: add(camera.target, scale(back, distance)) };
}

/** Point under a place of the picture (x, y in -1 … 1) at a distance along the line of sight. */
export function unproject(camera: Camera, aspect: number, x: number, y: number, depth: number): Vec {
  const [right, above, back] = cameraAxes(camera);
  const h = camera.projection === "perspective" ? depth * tangent(camera.fov) : camera.height / 2;
  return add(add(camera.eye, scale(back, -depth)), add(scale(right, x * h * aspect), scale(above, y * h)));
}

/** A camera between two (0 … 1), turning rather than cutting through the middle. */
export function between(a: Camera, b: Camera, share: number): Camera {
  if (share >= 1) return b;
  const mix = (p: Vec, q: Vec): Vec => add(scale(p, 1 - share), scale(q, share));
  const [da, db] = [sub(a.eye, a.target), sub(b.eye, b.target)];
  const distance = length(da) ** (1 - share) * length(db) ** share;
  let back = mix(unit(da), unit(db));
  if (length(back) < 1e-3) back = add(back, scale(cameraAxes(a)[0], 0.5));
  let up = mix(a.up, b.up);
  if (length(up) < 1e-3) up = b.up;
  const target = mix(a.target, b.target);
  return {
    ...b,
    target,
    eye: add(target, scale(unit(back), distance)),
    up: unit(up),
    height: a.height ** (1 - share) * b.height ** share,
    fov: a.fov + (b.fov - a.fov) * share,
  };
}

const three = (value: unknown): value is Vec =>
  Array.isArray(value) && value.length === 3 && value.every((v) => typeof v === "number" && isFinite(v));

/** A camera from what a trait may hold, or null. */
export function parseCamera(value: unknown): Camera | null {
  const given = value as Partial<Camera> | null;
  if (!given || typeof given !== "object" || !three(given.eye) || !three(given.target)) return null;
  if (length(sub(given.eye, given.target)) === 0) return null;
  return {
    eye: given.eye,
    target: given.target,
    up: three(given.up) ? given.up : [0, 0, 1],
    projection: given.projection === "orthographic" ? "orthographic" : "perspective",
    fov: given.fov ?? 45,
    height: given.height ?? 10,
    near: given.near ?? 0.1,
    far: given.far ?? 1000,
  };
}
