// Layouts as lines, headlines, and histories of plotted fields.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Decoder, encode, type Encodable, Layout } from "@pagecast/client";
import { pickHeadline } from "../src/headline.ts";
import { History } from "../src/region/history.ts";
import { lineAt, lineOf, LineTree, lineText, typeText } from "../src/region/lines.ts";

function layoutOf(size: number, fields: { [key: string]: Encodable }[]): Layout {
  return Layout.fromSchema(new Decoder(encode({ size, align: 8, text: "", fields })).next());
}

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

const paths = (tree: LineTree, query?: string): string[] => tree.lines(query).map(({ path }) => path);

test("small structs start open, arrays of numbers closed; both toggle", () => {
  const tree = new LineTree(car);
  const first = paths(tree);
  assert.ok(first.includes("wheel[3].on"));
  assert.ok(!first.includes("pos[0]"));
  tree.toggle(tree.lines().find(({ path }) => path === "pos")!);
  tree.toggle(tree.lines().find(({ path }) => path === "wheel")!);
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
  const byPath = new Map(new LineTree(car).lines().map((line) => [line.path, line]));
  assert.equal(byPath.get("wheel[2].slip")!.offset, 36);
  assert.equal(lineText(byPath.get("wheel[2].slip")!, view), "0.2500");
  assert.match(lineText(byPath.get("pos")!, view), /^1\.5\d*  0\.0\d*  0\.0\d*$/);
  assert.deepEqual(["pos", "wheel", "driver", "speed"].map((path) => typeText(byPath.get(path)!)), ["f32[3]", "struct[4]", "char[8]", "f32"]);
});

test("every byte leads to its field, padding to none", () => {
  assert.equal(lineAt(car, 0)?.path, "version");
  assert.equal(lineAt(car, 15)?.path, "pos[1]");
  assert.equal(lineAt(car, 28)?.path, "wheel[1].slip");
  assert.equal(lineAt(car, 32)?.path, "wheel[1].on");
  assert.equal(lineAt(car, 33), undefined);
  assert.equal(lineAt(car, 59)?.path, "driver");
  assert.equal(lineAt(car, 60), undefined);
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
  assert.deepEqual(paths(tree), ["grid"]);
  tree.toggle(tree.lines()[0]!);
  tree.toggle(tree.lines()[1]!);
  assert.equal(tree.lines().length, 2001);
});

const speed = lineOf("speed", car.fields[1]!, 4);
function view(value: number): DataView {
  const made = new DataView(new ArrayBuffer(64));
  made.setFloat32(4, value, true);
  return made;
}

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
