import { expect, it } from "vitest";
import { around, build } from "../src/geometry";
import { mesh, model } from "./model";

const shifted = (x: number, mirrored = false) => [mirrored ? -1 : 1, 0, 0, x, 0, 1, 0, 0, 0, 0, 1, 0];

it("merges what is placed once into one draw call", () => {
  const built = build(model([mesh(0, 1, -1), mesh(1, 1, -1, 5), mesh(2, 1, -1, 9)], 3));
  expect(built.items).toHaveLength(1);
  expect(built.triangles).toBe(6);
  const place = built.items[0].geometry.getAttribute("place").array;
  expect(new Set([...place].filter((_, k) => k % 2 === 0))).toEqual(new Set([1, 2, 3])); // element + 1
  expect(around(built.boxes, [1])).toEqual([5, 0, 0, 6, 1, 1]);
  expect(around(built.boxes, [0, 2])).toEqual([0, 0, 0, 10, 1, 1]);
  expect(around(built.boxes, [])).toBeNull();
});

it("places small meshes that repeat, and turns those that are mirrored", () => {
  const matrices = Float32Array.from([...shifted(10), ...shifted(20, true)]);
  const built = build(model([mesh(0, 2, 0)], 2, { matrices }));
  expect(built.items).toHaveLength(1);
  expect(built.items[0].instanced).toBe(false);
  expect(around(built.boxes, [0])).toEqual([10, 0, 0, 11, 1, 1]);
  expect(around(built.boxes, [1])).toEqual([19, 0, 0, 20, 1, 1]);
  const { array } = built.items[0].geometry.index!;
  expect([...array].slice(0, 3)).toEqual([0, 1, 2]);
  expect([...array].slice(6, 9)).toEqual([4, 6, 5]);
});

it("instances what repeats often", () => {
  const n = 2000;
  const matrices = Float32Array.from(Array.from({ length: n }, (_, k) => shifted(k)).flat());
  const built = build(model([mesh(0, n, 0)], n, { matrices }));
  expect(built.items).toHaveLength(1);
  expect(built.items[0].instanced).toBe(true);
  expect(built.triangles).toBe(2 * n);
  expect(built.items[0].elements).toHaveLength(n);
  expect(around(built.boxes, [1999])![0]).toBe(1999);
});

it("gives vertices that two colours share to each of them", () => {
  const built = build(model([mesh(0, 1, -1, 0, [[1, 2], [1, 3]])], 1));
  const { geometry, rows } = built.items[0];
  expect(geometry.getAttribute("position").count).toBe(6);
  expect([...rows].sort()).toEqual([2, 3]);
});

it("builds nothing but boxes where the card does not draw", () => {
  const built = build(model([mesh(0, 1, -1)], 1), false);
  expect(built.items).toHaveLength(0);
  expect(around(built.boxes, [0])).toEqual([0, 0, 0, 1, 1, 1]);
});

it("stays quick with fifty thousand meshes", () => {
  const n = 50_000;
  const meshes = Array.from({ length: n }, (_, k) => mesh(k, 1, -1, k % 300));
  const built = build(model(meshes, n));
  expect(built.items.length).toBeLessThan(10);
  const total = built.items.reduce((sum, { geometry }) => sum + geometry.index!.count, 0);
  expect(total).toBe(6 * n);
});
