import { expect, it } from "vitest";
import { fromRanges, toRanges } from "../src/ranges";
import { clicked, flagsOf, GHOST, HIDDEN, HOVERED, SELECTED, union, VEIL } from "../src/state";

it("writes and reads element numbers as ranges, in their order", () => {
  expect(toRanges([5, 3, 7, 8, 9])).toBe("5 3 7-9");
  expect(fromRanges("5 3 7-9")).toEqual([5, 3, 7, 8, 9]);
  expect(toRanges([])).toBe("");
  expect(fromRanges("")).toEqual([]);
  expect(fromRanges(null)).toEqual([]);
  expect(fromRanges("2-900 x -4", 4)).toEqual([2, 3]);
});

const nothing = { selected: [], hidden: [], isolated: [], ghosted: [], veiled: [], showVeiled: false, hovered: -1 };

it("shows all, unless something is isolated", () => {
  expect([...flagsOf(3, nothing)]).toEqual([0, 0, 0]);
  expect([...flagsOf(3, { ...nothing, isolated: [1] })]).toEqual([HIDDEN, 0, HIDDEN]);
  expect([...flagsOf(3, { ...nothing, isolated: [1], hidden: [1] })]).toEqual([HIDDEN, HIDDEN, HIDDEN]);
});

it("veils spaces until they are asked for, isolated or selected", () => {
  expect(flagsOf(1, { ...nothing, veiled: [0] })[0]).toBe(HIDDEN | VEIL);
  expect(flagsOf(1, { ...nothing, veiled: [0], showVeiled: true })[0]).toBe(VEIL);
  expect(flagsOf(1, { ...nothing, veiled: [0], isolated: [0] })[0]).toBe(VEIL);
  expect(flagsOf(1, { ...nothing, veiled: [0], selected: [0] })[0]).toBe(VEIL | SELECTED);
});

it("draws what is selected solidly, even if it is a ghost", () => {
  expect(flagsOf(1, { ...nothing, ghosted: [0] })[0]).toBe(GHOST);
  expect(flagsOf(1, { ...nothing, ghosted: [0], selected: [0] })[0]).toBe(SELECTED);
  expect(flagsOf(1, { ...nothing, hovered: 0 })[0]).toBe(HOVERED);
  expect(flagsOf(1, { ...nothing, hovered: 7 })[0]).toBe(0);
});

it("selects one, or with a modifier more and less", () => {
  expect(clicked([1, 2], 3, false)).toEqual([3]);
  expect(clicked([1, 2], 3, true)).toEqual([1, 2, 3]);
  expect(clicked([1, 2], 1, true)).toEqual([2]);
  expect(clicked([1, 2], -1, false)).toEqual([]);
  expect(clicked([1, 2], -1, true)).toEqual([1, 2]);
  expect(union([3, 1], [2, 1])).toEqual([1, 2, 3]);
});
