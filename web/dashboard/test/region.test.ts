// Layouts as lines, headlines, and histories of plotted fields.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Decoder, encode, type Encodable, Layout } from "@pagecast/client";
import { pickHeadline } from "../src/headline.ts";
import { History } from "../src/region/history.ts";
import { cellPart, columnsOf } from "../src/region/columns.ts";
import { LineTree, lineText, numberOf, typeText, usedText } from "../src/region/lines.ts";
import { Shape } from "../src/region/shape.ts";

type Wire = { [key: string]: Encodable };

function layoutOf(size: number, fields: Wire[], fx: Wire[] = []): Layout {
  return Layout.fromSchema(new Decoder(encode({ size, align: 8, text: "", fields, fx })).next());
}

const blank = (layout: Layout): Shape => new Shape(layout, new DataView(new ArrayBuffer(layout.size)));

const car = layoutOf(64, [
  { n: "version", t: "u32", o: 0, b: 4 },
  { n: "speed", t: "f32", o: 4, b: 4, u: "km/h", min: 0, max: 320, ti: "Speed" },
  { n: "pos", t: "f32", o: 8, b: 4, s: 4, d: [3] },
  {
    n: "wheel",
    t: "struct",
    o: 20,
    b: 8,
    s: 8,
    d: [4],
    f: [
      { n: "slip", t: "f32", o: 0, b: 4 },
      { n: "on", t: "bool", o: 4, b: 1 },
    ],
  },
  { n: "driver", t: "char", o: 52, b: 8, l: 8 },
]);

const carShape = blank(car);
const paths = (tree: LineTree, query?: string, shape = carShape): string[] => tree.lines(shape, query).map(({ path }) => path);

test("small structs start open, arrays of numbers closed; both toggle", () => {
  const tree = new LineTree(car);
  const first = paths(tree);
  assert.ok(first.includes("wheel[3].on"));
  assert.ok(!first.includes("pos[0]"));
  tree.toggle(tree.lines(carShape).find(({ path }) => path === "pos")!);
  tree.toggle(tree.lines(carShape).find(({ path }) => path === "wheel")!);
  assert.deepEqual(paths(tree), ["version", "speed", "pos", "pos[0]", "pos[1]", "pos[2]", "wheel", "driver"]);
});

test("a filter finds by path and title, in closed structs too", () => {
  assert.deepEqual(paths(new LineTree(car), "slip"), ["wheel[0].slip", "wheel[1].slip", "wheel[2].slip", "wheel[3].slip"]);
  assert.deepEqual(paths(new LineTree(car), "SPEED"), ["speed"]);
});

test("lines know their place, type and text", () => {
  const view = new DataView(new ArrayBuffer(64));
  view.setFloat32(8, 1.5, true);
  view.setFloat32(36, 0.25, true);
  const byPath = new Map(new LineTree(car).lines(carShape).map((line) => [line.path, line]));
  assert.equal(byPath.get("wheel[2].slip")!.offset, 36);
  assert.equal(lineText(byPath.get("wheel[2].slip")!, view), "0.2500");
  assert.match(lineText(byPath.get("pos")!, view), /^1\.5\d*  0\.0\d*  0\.0\d*$/);
  assert.deepEqual(["pos", "wheel", "driver", "speed"].map((path) => typeText(byPath.get(path)!)), ["f32[3]", "struct[4]", "char[8]", "f32"]);
});

test("every byte leads to its field, padding to none", () => {
  assert.equal(carShape.partAt(0)?.path, "version");
  assert.equal(carShape.partAt(15)?.path, "pos[1]");
  assert.equal(carShape.partAt(28)?.path, "wheel[1].slip");
  assert.equal(carShape.partAt(32)?.path, "wheel[1].on");
  assert.equal(carShape.partAt(33), undefined);
  assert.equal(carShape.partAt(59)?.path, "driver");
  assert.equal(carShape.partAt(60), undefined);
});

test("a headline prefers described fields to versions and counters", () => {
  const { places, spark } = pickHeadline(car);
  assert.equal(spark?.label, "speed");
  assert.ok(places.some(({ label }) => label === "speed"));
  assert.ok(!places.some(({ label }) => label === "version"));
});

test("a huge array does not make a huge table", () => {
  const huge = layoutOf(4_000_000, [{ n: "grid", t: "f32", o: 0, b: 4, s: 4, d: [1000, 1000] }]);
  const tree = new LineTree(huge);
  const shape = blank(huge);
  assert.deepEqual(paths(tree, "", shape), ["grid"]);
  tree.toggle(tree.lines(shape)[0]!);
  tree.toggle(tree.lines(shape)[1]!);
  assert.equal(tree.lines(shape).length, 2001);
});

/** As a region of this shape would say it. */
const view = (value: number) => (path: string): number | undefined => (path === "speed" ? value : undefined);
const speed = "speed";

test("a value that stood still is held until just before the change", () => {
  const history = new History();
  history.follow([speed]);
  history.add(10, view(1));
  history.add(12, view(3));
  assert.deepEqual(history.ys("speed"), [1, 1, 3]);
  assert.ok(history.xs[1]! > 11.99 && history.xs[1]! < 12);
});

test("a gap is a gap, once, and a clock that steps back does not go back in the plot", () => {
  const history = new History();
  history.follow([speed]);
  history.gap(9);
  history.add(10, view(1));
  history.gap(10.1);
  history.gap(10.2);
  history.add(11, view(2));
  assert.deepEqual(history.ys("speed"), [1, null, null, 2]);
  history.add(5, view(4));
  assert.equal(history.xs.at(-1), 11);
});

test("old points are dropped, and the rest is found by time", () => {
  const history = new History();
  history.follow([speed]);
  for (let i = 0; i < 6000; i++) history.add(i / 10, view(i));
  assert.ok(history.xs[0]! > 599.9 - 400);
  const { xs, ys } = history.window(590, 591);
  assert.ok(xs[0]! <= 590 && xs.at(-1)! >= 591 && xs.length < 20);
  assert.equal(ys[0]!.length, xs.length);
});

test("CSV has a head, ISO times, and nothing where there is a gap", () => {
  const history = new History();
  history.follow([speed]);
  history.add(0, view(1.5));
  history.gap(0.1);
  assert.equal(history.csv(-1, 1), "time,speed\n1970-01-01T00:00:00.000Z,1.5\n1970-01-01T00:00:00.100Z,\n");
});

const source = (offset: number, type = "u32", up = 0): Encodable => [up, offset, type, 0, 0, 0, ""];

/** A table whose place, stride and count are in the map, and a variant behind them. */
const foreign = layoutOf(
  24,
  [
    { n: "at", t: "u32", o: 0, b: 4 },
    { n: "step", t: "u32", o: 4, b: 4 },
    { n: "n", t: "i32", o: 8, b: 4 },
    { n: "game", t: "u32", o: 12, b: 4 },
    { n: "ac", t: "f32", o: 16, b: 4, dy: { wh: source(12), wn: false, wc: [[1, 1]] } },
    { n: "acc", t: "i16", o: 16, b: 2, sc: 0.1, ov: "ac", dy: { wh: source(12), wn: false, wc: [[2, 2]] } },
  ],
  [
    {
      n: "row",
      t: "struct",
      o: 0,
      b: 12,
      s: 12,
      d: [9],
      dy: { at: source(0), st: source(4), ct: source(8, "i32") },
      f: [
        { n: "id", t: "u32", o: 0, b: 4 },
        { n: "pos", t: "struct", o: 4, b: 8, f: [{ n: "x", t: "f32", o: 0, b: 4 }, { n: "y", t: "f32", o: 4, b: 4 }] },
      ],
    },
  ],
);

function foreignMap(at: number, step: number, n: number, game = 1): DataView {
  const map = new DataView(new ArrayBuffer(96));
  [at, step, n, game].forEach((value, i) => map.setUint32(4 * i, value, true));
  for (let i = 0; i < 3; i++) {
    map.setUint32(32 + 16 * i, 100 + i, true);
    map.setFloat32(32 + 16 * i + 8, i + 0.5, true);
  }
  map.setInt16(16, 923, true);
  return map;
}

test("a table stands where the map says, as long as it says, and its bytes lead back to it", () => {
  const map = foreignMap(32, 16, 3);
  const shape = new Shape(foreign, map);
  const row = shape.find("row")!;
  assert.deepEqual([row.offset, row.stride, row.dims, usedText(row)], [32, 16, [3], "3 of 9"]);
  const y = shape.find("row[2].pos.y")!;
  assert.equal(y.offset, 32 + 32 + 8);
  assert.equal(lineText(y, map), "2.5000");
  assert.equal(shape.partAt(32 + 16 + 9)?.path, "row[1].pos.y");
  assert.equal(shape.partAt(32 + 12), undefined, "between the known element and the next");
  assert.equal(shape.find("row[3]"), undefined);
  assert.equal(shape.partAt(32 + 48), undefined, "not in use");
});

test("a table of hostile place, stride or count is empty or not there, never an error", () => {
  for (const [at, step, n] of [[4000, 16, 3], [0xffffffff, 16, 3], [32, 0, 3], [32, 16, -1], [32, 0xffffffff, 9], [90, 16, 9]] as const) {
    const map = foreignMap(at, step, n);
    const shape = new Shape(foreign, map);
    const tree = new LineTree(foreign);
    for (const line of tree.lines(shape, "row")) lineText(line, map);
    for (let byte = 0; byte < 96; byte++) shape.partAt(byte);
    assert.equal(shape.find("row[8].id"), undefined);
  }
  assert.equal(lineText(new Shape(foreign, foreignMap(4000, 16, 3)).find("row")!, foreignMap(4000, 16, 3)), "not there");
});

test("of variants only the chosen one is listed", () => {
  const tree = new LineTree(foreign);
  assert.ok(tree.isDynamic && !new LineTree(car).isDynamic);
  const listed = (game: number): string[] => paths(tree, "", new Shape(foreign, foreignMap(32, 16, 0, game)));
  assert.deepEqual(listed(1), ["at", "step", "n", "game", "ac", "row"]);
  assert.deepEqual(listed(2), ["at", "step", "n", "game", "acc", "row"]);
  assert.deepEqual(listed(3), ["at", "step", "n", "game", "row"]);
});

test("numbers are scaled, with as many decimals as a step has", () => {
  const map = foreignMap(32, 16, 0, 2);
  const acc = new Shape(foreign, map).find("acc")!;
  assert.equal(lineText(acc, map), "92.3");
  assert.ok(Math.abs(numberOf(acc, map)! - 92.3) < 1e-9);
});

test("a table has a column per field, structs flattened; cells of shorter elements are not there", () => {
  const map = foreignMap(32, 16, 3);
  const shape = new Shape(foreign, map);
  const row = shape.find("row")!;
  const columns = columnsOf(row.field, "");
  assert.deepEqual(columns.map(({ path }) => path), [".id", ".pos.x", ".pos.y"]);
  assert.deepEqual(columnsOf(row.field, "POS.Y").map(({ group, label }) => `${group} ${label}`), ["pos y"]);
  assert.equal(lineText(cellPart(row, 1, columns[2]!, shape)!, map), "1.5000");
  assert.deepEqual(cellPart(row, 1, columns[2]!, shape)!.path, "row[1].pos.y");
  const short = foreignMap(32, 8, 3);
  const shortShape = new Shape(foreign, short);
  assert.equal(cellPart(shortShape.find("row")!, 0, columns[1]!, shortShape)?.offset, 36);
  assert.equal(cellPart(shortShape.find("row")!, 0, columns[2]!, shortShape), undefined);
});

/** A row that says itself what it has: names come from the map, and may be anything. */
const described = layoutOf(
  16,
  [{ n: "n", t: "u32", o: 0, b: 4 }],
  [
    {
      n: "col",
      t: "struct",
      o: 0,
      b: 16,
      s: 16,
      d: [8],
      dy: { at: source(4), ct: source(0) },
      f: [{ n: "offset", t: "u32", o: 0, b: 4 }, { n: "count", t: "u32", o: 4, b: 4 }, { n: "name", t: "char", o: 8, b: 8, l: 8 }],
    },
    {
      n: "row",
      t: "u8",
      o: 0,
      b: 32,
      l: 32,
      dy: {
        at: source(8),
        co: { up: 0, table: "col", offset: [0, 0, "u32", 0, 0, 0, ""], count: [0, 4, "u32", 0, 0, 0, ""], type: [0, 7, "u8", 0, 0, 0, ""], name: [0, 8, "char", 0, 0, 8, ""], codes: [[0, "u16"]] },
      },
    },
  ],
);

test("columns are found by whatever the map calls them, and hostile ones are left out", () => {
  const map = new DataView(new ArrayBuffer(256));
  const names = ["a", "a.b", "x[1]", "x", "\u202e<b>", "far", "many"];
  [names.length, 32, 192].forEach((value, i) => map.setUint32(4 * i, value, true));
  names.forEach((name, i) => {
    map.setUint32(32 + 16 * i, name === "far" ? 31 : 2 * i, true);
    map.setUint32(36 + 16 * i, name === "x" ? 2 : name === "many" ? 0xffffff : 1, true);
    new Uint8Array(map.buffer).set(new TextEncoder().encode(name), 40 + 16 * i);
    map.setUint16(192 + 2 * i, 100 + i, true);
  });
  const shape = new Shape(described, map);
  const text = (path: string): string | undefined => {
    const part = shape.find(path);
    return part && lineText(part, map);
  };
  assert.deepEqual(["row.a", "row.a.b", "row.x[1]", "row.x[0]", "row.far", "row.many"].map(text), ["100", "101", "102", "103", undefined, undefined]);
  assert.equal(shape.partAt(192 + 2)?.path, "row.a.b");
  assert.deepEqual(paths(new LineTree(described), "", shape).filter((path) => path.startsWith("row")), ["row", "row.a", "row.a.b", "row.x[1]", "row.x", "row.\u202e<b>"]);
});
