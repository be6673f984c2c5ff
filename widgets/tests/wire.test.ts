// The buffer itself is written by Python: tests/widgets/test_wire.py reads it back, tests/browser draws it.
import { expect, it } from "vitest";
import { aligned, decode, word } from "../src/wire";
import { mesh, model } from "./model";

it("refuses what is no scene", () => {
  expect(() => decode(new ArrayBuffer(4))).toThrow("no scene");
  expect(() => decode(new ArrayBuffer(64))).toThrow("no scene");
});

it("copies bytes that begin anywhere in a larger buffer, and only those", () => {
  const bytes = Uint8Array.from([9, 9, 1, 2, 3, 4, 9]);
  expect([...new Uint8Array(aligned(new DataView(bytes.buffer, 2, 4)))]).toEqual([1, 2, 3, 4]);
  const whole = new DataView(bytes.buffer);
  expect(aligned(whole)).toBe(bytes.buffer);
});

it("says the words of an element", () => {
  const made = model([mesh(0, 1, -1)], 2, { words: { name: ["a"] }, codes: { name: Uint8Array.from([1, 0]) } });
  expect(word(made, "name", 0)).toBe("a");
  expect(word(made, "name", 1)).toBe("");
  expect(word(made, "storey", 0)).toBe("");
});
