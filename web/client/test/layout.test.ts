// Schemas: every type read from bytes, paths, and everything a hostile schema could try.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Decoder, encode, type Encodable, type Value } from "../src/msgpack.ts";
import { Layout, LayoutError } from "../src/layout.ts";

type Line = { [key: string]: Encodable };
const wire = (value: Encodable): Value => new Decoder(encode(value)).next();
const layout = (size: number, fields: Line[]): Layout => Layout.fromSchema(wire({ size, align: 8, text: "", fields }));
const one = (field: Line, bytes: number[] | Uint8Array, room = 64): unknown => {
  const buffer = new Uint8Array(room);
  buffer.set(bytes, field["o"] as number);
  return layout(room, [{ n: "x", ...field }]).get(new DataView(buffer.buffer), "x");
};

test("every scalar type reads its bytes, little-endian and unaligned", () => {
  assert.equal(one({ t: "bool", o: 1, b: 1 }, [2]), true);
  assert.equal(one({ t: "i8", o: 1, b: 1 }, [0xff]), -1);
  assert.equal(one({ t: "u8", o: 1, b: 1 }, [0xff]), 255);
  assert.equal(one({ t: "i16", o: 1, b: 2 }, [0xfe, 0xff]), -2);
  assert.equal(one({ t: "u16", o: 1, b: 2 }, [0x34, 0x12]), 0x1234);
  assert.equal(one({ t: "i32", o: 3, b: 4 }, [0xfd, 0xff, 0xff, 0xff]), -3);
  assert.equal(one({ t: "u32", o: 3, b: 4 }, [0xff, 0xff, 0xff, 0xff]), 4294967295);
  assert.equal(one({ t: "i64", o: 5, b: 8 }, Array(8).fill(0xff)), -1);
  assert.equal(one({ t: "u64", o: 5, b: 8 }, Array(8).fill(0xff)), 18446744073709551615n);
  assert.equal(one({ t: "f32", o: 1, b: 4 }, new Uint8Array(new Float32Array([1.5]).buffer)), 1.5);
  assert.equal(one({ t: "f64", o: 1, b: 8 }, new Uint8Array(new Float64Array([-2.25]).buffer)), -2.25);
});

test("texts end at the first NUL or at their last unit", () => {
  assert.equal(one({ t: "char", o: 0, b: 5, l: 5 }, Buffer.from("ab\0cd")), "ab");
  assert.equal(one({ t: "char", o: 0, b: 5, l: 5 }, Buffer.from("abcde")), "abcde");
  assert.equal(one({ t: "char", o: 0, b: 4, l: 4 }, [0xc3, 0xbc, 0xff, 0]), "ü\ufffd");
  assert.equal(one({ t: "char", o: 0, b: 1 }, Buffer.from("Q")), "Q");
  assert.equal(one({ t: "wchar16", o: 0, b: 8, l: 4 }, Buffer.from("hé\0x", "utf16le")), "hé");
  assert.equal(one({ t: "wchar16", o: 0, b: 4, l: 2 }, [0, 0xd8, 0x41, 0]), "\ufffdA");
});

test("u8 with a length is a blob, without one a number", () => {
  assert.deepEqual(one({ t: "u8", o: 2, b: 3, l: 3 }, [1, 2, 3]), new Uint8Array([1, 2, 3]));
  assert.deepEqual(one({ t: "u8", o: 2, b: 1, l: 1 }, [7]), new Uint8Array([7]));
});

test("an enum is its label, or its number where it has none", () => {
  const en: Encodable = [
    [0, "idle"],
    [200, "busy"],
  ];
  assert.equal(one({ t: "enum8", o: 0, b: 1, en }, [200]), "busy");
  assert.equal(one({ t: "enum8", o: 0, b: 1, en }, [201]), 201);
  assert.equal(one({ t: "enum8", o: 0, b: 1 }, [255]), 255);
});

test("an enum is signed exactly if a label is negative", () => {
  const en: Encodable = [[-1, "reverse"]];
  assert.equal(one({ t: "enum8", o: 0, b: 1, en }, [255]), "reverse");
  assert.equal(one({ t: "enum16", o: 0, b: 2, en }, [0xff, 0xff]), "reverse");
  assert.equal(one({ t: "enum32", o: 0, b: 4, en }, [0xff, 0xff, 0xff, 0xff]), "reverse");
});

const nested: Line[] = [
  { n: "grid", t: "i16", o: 0, b: 2, s: 2, d: [2, 3] },
  { n: "names", t: "char", o: 12, b: 4, s: 4, d: [2], l: 4 },
  {
    n: "wheel",
    t: "struct",
    o: 24,
    b: 16,
    s: 24,
    d: [2],
    f: [
      { n: "slip", t: "f64", o: 0, b: 8 },
      { n: "temp", t: "u16", o: 8, b: 2, s: 4, d: [2] },
    ],
  },
];
function nestedView(): DataView {
  const view = new DataView(new ArrayBuffer(72));
  for (let i = 0; i < 6; i++) view.setInt16(i * 2, i, true);
  new Uint8Array(view.buffer).set(Buffer.from("ab\0\0cdef"), 12);
  for (let w = 0; w < 2; w++) {
    view.setFloat64(24 + 24 * w, w + 0.5, true);
    view.setUint16(24 + 24 * w + 8, 10 * w, true);
    view.setUint16(24 + 24 * w + 12, 10 * w + 1, true);
  }
  return view;
}
const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test("arrays nest by dimension, strides may be wider than elements", () => {
  assert.deepEqual(json(layout(72, nested).values(nestedView())), {
    grid: [
      [0, 1, 2],
      [3, 4, 5],
    ],
    names: ["ab", "cdef"],
    wheel: [
      { slip: 0.5, temp: [0, 1] },
      { slip: 1.5, temp: [10, 11] },
    ],
  });
});

test("paths name elements, rows and whole fields", () => {
  const l = layout(72, nested);
  const view = nestedView();
  assert.equal(l.get(view, "grid[1][2]"), 5);
  assert.deepEqual(l.get(view, "grid[1]"), [3, 4, 5]);
  assert.equal(l.get(view, "wheel[1].slip"), 1.5);
  assert.equal(l.get(view, "wheel[1].temp[1]"), 11);
  assert.equal(l.get(view, "names[1]"), "cdef");
  for (const path of ["", "x", "grid[2]", "grid[0][3]", "grid[0][0][0]", "wheel.slip", "wheel[0].", "wheel[0]slip", "grid.x"])
    assert.equal(l.find(path), undefined, path);
});

test("units, titles, limits and documentation are kept", () => {
  const [field] = layout(4, [{ n: "t", t: "f32", o: 0, b: 4, u: "degC", ti: "Oil", min: -40, max: 150, doc: "sump" }]).fields;
  assert.deepEqual(
    [field!.unit, field!.title, field!.min, field!.max, field!.doc],
    ["degC", "Oil", -40, 150, "sump"],
  );
});

test("a hostile schema is refused before a byte is read by it", () => {
  const field = { n: "x", t: "u32", o: 0, b: 4 };
  let deep: Line = { ...field };
  for (let i = 0; i < 20; i++) deep = { n: "s", t: "struct", o: 0, b: 4, f: [deep] };
  const bad: Line[][] = [
    [{ ...field, o: 61 }],
    [{ ...field, o: -1 }],
    [{ ...field, o: 1.5 }],
    [{ ...field, b: 8 }],
    [{ ...field, b: 0 }],
    [{ ...field, t: "toString" }],
    [{ ...field, n: "<img>" }],
    [{ ...field, n: "" }],
    [field, field],
    [{ ...field, d: [1 << 30, 1 << 30, 1 << 30], s: 4 }],
    [{ ...field, d: [0], s: 4 }],
    [{ ...field, d: [1, 1, 1, 1, 1], s: 4 }],
    [{ ...field, d: [4], s: 3 }],
    [{ ...field, d: [16], s: 5 }],
    [{ ...field, l: 3, b: 12 }],
    [{ n: "x", t: "struct", o: 0, b: 0, f: [] }],
    [{ n: "x", t: "struct", o: 0, b: 2, f: [field] }],
    [{ n: "x", t: "struct", o: 0, b: 4 }],
    [{ n: "x", t: "char", o: 0, b: 4, l: 5 }],
    [{ n: "x", t: "enum8", o: 0, b: 1, en: [["a", 1]] }],
    [{ n: "x", t: "enum8", o: 0, b: 1, en: [1] }],
    [deep],
  ];
  for (const fields of bad) assert.throws(() => layout(64, fields), LayoutError, JSON.stringify(fields).slice(0, 120));
  assert.throws(() => Layout.fromSchema(wire({ size: 4 })), LayoutError);
  assert.throws(() => Layout.fromSchema(wire([1])), LayoutError);
});
