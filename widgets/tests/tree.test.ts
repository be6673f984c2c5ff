import { expect, it } from "vitest";
import { plainType, Tree } from "../src/tree";
import { mesh, model } from "./model";

const small = model([mesh(0, 1, -1), mesh(1, 1, -1), mesh(2, 1, -1)], 3, {
  words: { name: ["north wall", "front door"], type: ["IfcWallStandardCase", "IfcDoor"], material: ["oak"] },
  codes: { name: Uint8Array.from([1, 2, 0]), type: Uint8Array.from([1, 2, 1]), material: Uint8Array.from([0, 1, 0]) },
  tree: {
    parent: Int32Array.from([-1, 0, 1, 1, 0, 4]),
    element: Int32Array.from([-1, -1, 0, 1, -1, 2]),
    label: ["house", "ground", "", "", "first", ""],
    type: ["IfcBuilding", "IfcBuildingStorey", "", "", "IfcBuildingStorey", ""],
  },
});

it("says types as people do", () => {
  expect(plainType("IfcWallStandardCase")).toBe("Wall standard case");
  expect(plainType("Ground floor")).toBe("Ground floor");
  expect(plainType("")).toBe("");
});

it("counts, opens and lists", () => {
  const tree = new Tree(small);
  expect(tree.nodes.map((node) => node.size)).toEqual([3, 2, 1, 1, 1, 1]);
  expect(tree.rows()).toEqual([0, 1, 2, 3, 4, 5]);
  tree.open.delete(1);
  expect(tree.rows()).toEqual([0, 1, 4, 5]);
  expect(tree.elements(0)).toEqual([0, 1, 2]);
  expect(tree.nodes[5].label).toBe("Wall standard case"); // without a name
});

it("finds by all words in name, type or material, and keeps what stands above", () => {
  const tree = new Tree(small);
  expect(tree.search("OAK door")).toBe(1);
  expect(tree.rows()).toEqual([0, 1, 3]);
  expect(tree.search("nobody")).toBe(0);
  expect(tree.rows()).toEqual([]);
  tree.search(" ");
  expect(tree.rows()).toHaveLength(6);
});

it("opens what stands above an element to show it", () => {
  const tree = new Tree(small);
  tree.open.clear();
  expect(tree.reveal(2)).toBe(5);
  expect(tree.rows()).toEqual([0, 1, 4, 5]);
  expect(tree.reveal(99)).toBe(-1);
});

it("leaves the lists of a large model closed", () => {
  const n = 20_000;
  const many = model([], n, {
    tree: {
      parent: Int32Array.from({ length: n + 1 }, (_, k) => (k ? 0 : -1)),
      element: Int32Array.from({ length: n + 1 }, (_, k) => k - 1),
      label: new Array(n + 1).fill("x"),
      type: new Array(n + 1).fill(""),
    },
  });
  expect(new Tree(many).rows()).toEqual([0]);
});

it("survives a model without a tree", () => {
  expect(new Tree(model([], 1)).rows()).toEqual([]);
});
