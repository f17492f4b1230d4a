// Just enough of docs/layout.md to turn the vectors' layout texts into schema maps.
import type { Encodable } from "../src/msgpack.ts";

const SIZES: { readonly [type: string]: number } = {
  bool: 1,
  i8: 1,
  u8: 1,
  i16: 2,
  u16: 2,
  i32: 4,
  u32: 4,
  i64: 8,
  u64: 8,
  f32: 4,
  f64: 8,
  char: 1,
  wchar16: 2,
  enum8: 1,
  enum16: 2,
  enum32: 4,
};

interface Laid {
  size: number;
  align: number;
  fields: { [key: string]: Encodable }[];
}

export function schemaOfText(text: string): { [key: string]: Encodable } {
  const lines = text.split("\n").map((line) => line.trim());
  const head = lines[0]!.startsWith("layout") ? lines.shift()! : "";
  const packing = Number(/packing=(\d+)/.exec(head)?.[1] ?? 8);
  const laid = block(lines, packing);
  return { ...laid, text };
}

function block(lines: string[], packing: number): Laid {
  const laid: Laid = { size: 0, align: 1, fields: [] };
  for (let line = lines.shift(); line !== undefined && line !== "}"; line = lines.shift()) {
    const match = /^(\w+) (\w+)((?:\[\d+\])*)(.*)$/.exec(line);
    if (!match) continue;
    const [, name, type, dimText, rest] = match as unknown as [string, string, string, string, string];
    const inner = type === "struct" ? block(lines, packing) : undefined;
    const dims = (dimText.match(/\d+/g) ?? []).map(Number);
    const takes = ["char", "wchar16", "u8"].includes(type);
    const units = takes ? dims.pop() : undefined;
    const bytes = inner?.size ?? SIZES[type]! * (units ?? 1);
    const own = Math.min(packing, inner?.align ?? SIZES[type]!);
    const stride = Number(/stride=(\d+)/.exec(rest)?.[1] ?? bytes);
    const offset = Math.ceil(laid.size / own) * own;
    const field: { [key: string]: Encodable } = { n: name, t: type, o: offset, b: bytes };
    if (dims.length) Object.assign(field, { s: stride, d: dims });
    if (units !== undefined) field["l"] = units;
    const labels = /labels="([^"]*)"/.exec(rest)?.[1];
    if (labels) field["en"] = labels.split(",").map((each) => [Number(each.split(":")[0]), each.split(":")[1]!]);
    if (inner) field["f"] = inner.fields;
    laid.fields.push(field);
    laid.align = Math.max(laid.align, own);
    const count = dims.reduce((product, n) => product * n, 1);
    laid.size = offset + (count - 1) * stride + bytes;
  }
  laid.size = Math.ceil(laid.size / laid.align) * laid.align;
  return laid;
}
