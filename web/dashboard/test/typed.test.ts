// What a person types into the Set form: the value that is sent, or why none is.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Decoder, encode, type Encodable, Layout } from "@pagecast/client";
import { Shape } from "../src/region/shape.ts";
import { isSettable, parseTyped, typedText } from "../src/region/typed.ts";

function part(field: { [key: string]: Encodable }, bytes: number[] = []) {
  const layout = Layout.fromSchema(new Decoder(encode({ size: 64, align: 8, text: "", fields: [{ n: "x", o: 0, ...field }] })).next());
  const view = new DataView(new ArrayBuffer(64));
  bytes.forEach((byte, i) => view.setUint8(i, byte));
  const found = new Shape(layout, view).find("x")!;
  return { found, now: typedText(found, view) };
}

const typed = (field: { [key: string]: Encodable }, text: string): unknown => {
  const result = parseTyped(part(field).found, text);
  return "error" in result ? new Error(result.error) : result.value;
};
const error = (message: string): Error => new Error(message);

test("integers must be whole and fit, 64 bits exactly", () => {
  const u8 = { t: "u8", b: 1 };
  assert.equal(typed(u8, " 255 "), 255);
  assert.equal(typed(u8, "0xff"), 255);
  assert.deepEqual(typed(u8, "256"), error("does not fit: 0 … 255"));
  assert.deepEqual(typed(u8, "-1"), error("does not fit: 0 … 255"));
  assert.deepEqual(typed(u8, "1.5"), error("a whole number"));
  assert.deepEqual(typed(u8, ""), error("a whole number"));
  assert.equal(typed({ t: "i8", b: 1 }, "−128"), -128);
  assert.equal(typed({ t: "u64", b: 8 }, "18446744073709551615"), 18446744073709551615n);
  assert.equal(typed({ t: "u64", b: 8 }, "18 446 744 073 709 551 615".replaceAll(" ", "\u202f")), 18446744073709551615n);
  assert.deepEqual(typed({ t: "u64", b: 8 }, "18446744073709551616"), error("does not fit: 0 … 18446744073709551615"));
  assert.deepEqual(typed({ t: "u16", b: 2, bi: [0, 4] }, "16"), error("does not fit: 0 … 15"));
});

test("reals keep to their limits and their type", () => {
  const limited = { t: "f32", b: 4, min: 0, max: 120, u: "degC" };
  assert.equal(typed(limited, "72.5"), 72.5);
  assert.equal(typed(limited, "1e2"), 100);
  assert.deepEqual(typed(limited, "120.1"), error("outside of 0 … 120 °C"));
  assert.deepEqual(typed(limited, "nan"), error("outside of 0 … 120 °C"));
  assert.deepEqual(typed(limited, "7x"), error("a number"));
  assert.equal(typed({ t: "f64", b: 8 }, "-inf"), -Infinity);
  assert.deepEqual(typed({ t: "f32", b: 4 }, "1e39"), error("does not fit f32"));
});

test("what is scaled is typed as people see it, and sent as it is stored", () => {
  const water = { t: "i16", b: 2, sc: 0.1, min: -40, max: 150 };
  assert.equal(typed(water, "92.3"), 923);
  assert.deepEqual(typed(water, "92.34"), error("goes in steps of 0.1"));
  assert.deepEqual(typed(water, "151"), error("outside of -40 … 150"));
  assert.equal(part(water, [0x9b, 0x03]).now, "92.3");
});

test("labels, flags, bools and bytes", () => {
  const mode = { t: "enum8", b: 1, en: [[0, "idle"], [1, "running"]] };
  assert.equal(typed(mode, "running"), "running");
  assert.equal(typed(mode, "1"), 1);
  assert.deepEqual(typed(mode, "2"), error("one of the labels"));
  assert.equal(typed({ t: "u16", b: 2, fl: [[1, "heat"]] }, "5"), 5);
  assert.equal(typed({ t: "bool", b: 1 }, "on"), true);
  assert.deepEqual(typed({ t: "bool", b: 1 }, "maybe"), error("true or false"));
  assert.deepEqual(typed({ t: "u8", b: 3, l: 3 }, "de ad"), Uint8Array.of(0xde, 0xad));
  assert.deepEqual(typed({ t: "u8", b: 3, l: 3 }, "de ad be ef"), error("too long: 4 bytes, 3 fit"));
  assert.deepEqual(typed({ t: "u8", b: 3, l: 3 }, "dea"), error("pairs of hexadecimal digits"));
});

test("texts fit by their own units", () => {
  assert.equal(typed({ t: "char", b: 4, l: 4 }, "für"), "für");
  assert.deepEqual(typed({ t: "char", b: 4, l: 4 }, "fürs"), error("too long: 5 bytes, 4 fit"));
  assert.deepEqual(typed({ t: "wchar16", b: 4, l: 2 }, "a😀"), error("too long: 3 units, 2 fit"));
  assert.equal(typed({ t: "wchar32", b: 8, l: 2 }, "a😀"), "a😀");
});

test("an array takes all of its elements; structs and long arrays take nothing", () => {
  const curve = { t: "i16", b: 2, s: 2, d: [3] };
  assert.deepEqual(typed(curve, "1, 2 3"), [1, 2, 3]);
  assert.deepEqual(typed(curve, "1 2"), error("3 values, not 2"));
  assert.deepEqual(typed(curve, "1 2 99999"), error("value 3: does not fit: -32768 … 32767"));
  assert.equal(part(curve, [1, 0, 2, 0]).now, "1 2 0");
  assert.ok(isSettable(part(curve).found));
  assert.ok(!isSettable(part({ t: "struct", b: 4, f: [{ n: "a", t: "u8", o: 0, b: 1 }] }).found));
});
