import { describe, expect, it } from "vitest";
import { add, between, cameraAxes, centre, dot, fit, length, orbit, pan, parseCamera, project, projectionMatrix, scale, sub, unproject, viewMatrix, VIEWS, visibleHeight, withDepth, zoom, type Box, type Camera, type Vec } from "../src/camera";

const BOX: Box = [-1, -1, -0.2, 9, 3, 2];
const ASPECT = 848 / 420;

/** Normalised device coordinates of a point. */
function seen(camera: Camera, point: Vec): Vec {
  const mul = (m: number[], v: number[]) => [0, 1, 2, 3].map((r) => [0, 1, 2, 3].reduce((sum, c) => sum + m[4 * c + r] * v[c], 0));
  const clip = mul(projectionMatrix(camera, ASPECT), mul(viewMatrix(camera), [...point, 1]));
  return [clip[0] / clip[3], clip[1] / clip[3], clip[2] / clip[3]];
}
const corners = (b: Box): Vec[] => Array.from({ length: 8 }, (_, k) => [b[k & 1 ? 3 : 0], b[k & 2 ? 4 : 1], b[k & 4 ? 5 : 2]] as Vec);
const close = (a: Vec, b: Vec, digits = 6) => a.forEach((v, k) => expect(v).toBeCloseTo(b[k], digits));

describe.each(Object.entries(VIEWS))("the view %s", (_, [direction, up]) => {
  it.each(["perspective", "orthographic"] as const)("shows the whole box in the %s projection", (projection) => {
    const camera = fit(BOX, direction, ASPECT, projection, 45, up);
    const all = corners(BOX).map((p) => seen(camera, p));
    const most = Math.max(...all.flatMap(([x, y]) => [Math.abs(x), Math.abs(y)]));
    expect(most).toBeLessThanOrEqual(0.95);
    expect(most).toBeGreaterThan(0.6);
    for (const [, , z] of all) expect(Math.abs(z)).toBeLessThan(1);
  });
});

it("agrees with the example in camera.py", () => {
  const camera = fit([0, 0, 0, 2, 2, 2], VIEWS.front[0], 1);
  close(camera.target, [1, 1, 1]);
  expect(camera.eye[1]).toBeCloseTo(-2.568, 3);
});

const camera = fit(BOX, VIEWS.default[0], ASPECT);

it("orbits about a point that stays where it is on the screen", () => {
  const pivot: Vec = [7, 0, 1];
  const before = seen(camera, pivot);
  const after = orbit(camera, pivot, 0.4, 0.2);
  expect(length(sub(after.eye, pivot))).toBeCloseTo(length(sub(camera.eye, pivot)), 6);
  close(seen(after, pivot), before, 5);
});

it("never turns over the head, however far one pulls", () => {
  let turned = camera;
  for (let k = 0; k < 50; k++) turned = orbit(turned, centre(BOX), 0.1, 0.3);
  expect(cameraAxes(turned)[2][2]).toBeLessThanOrEqual(1);
  expect(cameraAxes(turned)[1][2]).toBeGreaterThan(0); // what is up stays up
});

it("pans so that the point under the pointer follows it", () => {
  const point = camera.target;
  const after = pan(camera, 0.25, -0.1, point);
  const [x, y] = seen(after, point);
  expect(x).toBeCloseTo((0.25 * 2) / ASPECT, 5);
  expect(y).toBeCloseTo(-0.2, 5);
});

it.each(["perspective", "orthographic"] as const)("zooms to the pointer in the %s projection", (projection) => {
  const from = project(camera, projection);
  const anchor: Vec = [7.5, 1, 0.5];
  const before = seen(from, anchor);
  const after = zoom(from, 0.5, anchor);
  close(seen(after, anchor).slice(0, 2).concat(0) as Vec, before.slice(0, 2).concat(0) as Vec, 5);
  expect(visibleHeight(after)).toBeCloseTo(visibleHeight(from) / 2, 5);
});

it("changes the projection and back without changing what is seen at the target", () => {
  const there = project(camera, "orthographic");
  expect(there.height).toBeCloseTo(visibleHeight(camera), 9);
  close(project(there, "perspective").eye, camera.eye);
});

it("finds the point under a pixel", () => {
  const point: Vec = [3, 0.5, 0.2];
  for (const c of [camera, project(camera, "orthographic")]) {
    const [x, y] = seen(c, point);
    const depth = dot(sub(c.eye, point), cameraAxes(c)[2]);
    close(unproject(c, ASPECT, x, y, depth), point);
  }
});

it("keeps a box between near and far from everywhere", () => {
  for (const distance of [0.001, 0.3, 1, 30]) {
    for (const projection of ["perspective", "orthographic"] as const) {
      const c = withDepth(project({ ...camera, eye: add(camera.target, scale(sub(camera.eye, camera.target), distance)) }, projection), BOX);
      const back = cameraAxes(c)[2];
      const depths = corners(BOX).map((p) => dot(sub(c.eye, p), back));
      expect(c.far).toBeGreaterThan(Math.max(...depths));
      expect(c.near).toBeGreaterThan(0);
      if (projection === "orthographic") expect(c.near).toBeLessThanOrEqual(Math.max(Math.min(...depths), 1e-3));
    }
  }
});

it("glides from one camera to another and arrives", () => {
  const to = fit(BOX, VIEWS.top[0], ASPECT, "perspective", 45, VIEWS.top[1]);
  expect(between(camera, to, 1)).toBe(to);
  close(between(camera, to, 0).eye, camera.eye, 5);
  const opposite = { ...camera, eye: sub(scale(camera.target, 2), camera.eye) };
  expect(between(camera, opposite, 0.5).eye.every(Number.isFinite)).toBe(true);
});

it("takes no nonsense for a camera", () => {
  for (const wrong of [null, undefined, 3, "top", {}, { eye: [1, 2], target: [0, 0, 0] }, { eye: [NaN, 0, 0], target: [0, 0, 0] }, { eye: [1, 1, 1], target: [1, 1, 1] }]) {
    expect(parseCamera(wrong)).toBeNull();
  }
  expect(parseCamera({ eye: [1, 2, 3], target: [0, 0, 0] })?.fov).toBe(45);
});
