// What the bytes of a region mean: a SCHEMA message, checked, as fields that read themselves from a DataView.
//
// A schema comes from the network. Nothing of it is believed before it is checked: every field lies within its
// struct, every struct within the payload, so that reading a field can never throw.
import { narrow, type Value } from "./msgpack.ts";

export const DEPTH_MAX = 16;
export const FIELDS_MAX = 65536;
export const DIMS_MAX = 4;

const TYPE_BYTES = {
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
  struct: 0,
} as const;

export type TypeName = keyof typeof TYPE_BYTES;
export type Kind = "bool" | "int" | "uint" | "real" | "text" | "blob" | "enum" | "struct";
/** One element: 64-bit integers are bigint only beyond 2^53, an enum is its number. */
export type Scalar = boolean | number | bigint | string | Uint8Array;
/** A whole field: elements, arrays nested by dimension, structs as objects, an enum as its label where it has one. */
export type FieldValue = Scalar | FieldValue[] | { [name: string]: FieldValue };

export interface Field {
  readonly name: string;
  readonly type: TypeName;
  readonly kind: Kind;
  /** From the start of the enclosing struct. */
  readonly offset: number;
  readonly elementBytes: number;
  readonly strideBytes: number;
  /** Elements, the product of `dims`. */
  readonly count: number;
  readonly dims: readonly number[];
  /** Units of a text, bytes of a blob, else 0. */
  readonly units: number;
  readonly unit: string;
  readonly title: string;
  readonly doc: string;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly labels: ReadonlyMap<number | bigint, string>;
  /** A struct's fields in order of offset. */
  readonly fields: readonly Field[];
  /** One element that starts at byte `at` of the view. */
  readonly read: (view: DataView, at: number) => Scalar;
}

export class LayoutError extends Error {
  override name = "LayoutError";
}

/** A field, or a part of one, at an absolute place. */
export interface Place {
  readonly field: Field;
  readonly offset: number;
  /** Dimensions that the path left open: [] for one element. */
  readonly dims: readonly number[];
}

export class Layout {
  readonly size: number;
  readonly align: number;
  readonly text: string;
  readonly fields: readonly Field[];

  private constructor(size: number, align: number, text: string, fields: readonly Field[]) {
    this.size = size;
    this.align = align;
    this.text = text;
    this.fields = fields;
  }

  /** Check and compile the map of a SCHEMA message; throws LayoutError. */
  static fromSchema(schema: Value): Layout {
    const map = asMap(schema, "schema");
    const size = whole(map["size"], "size");
    const state = { lines: 0 };
    return new Layout(size, optWhole(map["align"], 1), text(map["text"]), compileFields(map["fields"], size, 0, state));
  }

  /** Resolve "wheel[2].slip", "grid[1][3]" or "name"; undefined if there is no such thing. */
  find(path: string): Place | undefined {
    let fields = this.fields;
    let base = 0;
    let rest = path;
    for (;;) {
      const match = /^([A-Za-z_][A-Za-z0-9_]*)((?:\[\d+\])*)(\.|$)/.exec(rest);
      const field = match && fields.find((f) => f.name === match[1]);
      if (!match || !field) return undefined;
      const indices = (match[2]!.match(/\d+/g) ?? []).map(Number);
      if (indices.length > field.dims.length) return undefined;
      let index = 0;
      for (let i = 0; i < field.dims.length; i++) {
        const given = indices[i] ?? 0;
        if (given >= field.dims[i]!) return undefined;
        index = index * field.dims[i]! + given;
      }
      const offset = base + field.offset + index * field.strideBytes;
      const dims = field.dims.slice(indices.length);
      if (match[3] === "") return { field, offset, dims };
      if (field.kind !== "struct" || dims.length) return undefined;
      fields = field.fields;
      base = offset;
      rest = rest.slice(match[0].length);
    }
  }

  /** The value at a path, undefined if there is no such path. */
  get(view: DataView, path: string): FieldValue | undefined {
    const place = this.find(path);
    return place && readPlace(view, place);
  }

  /** Every top-level field by name. */
  values(view: DataView): { [name: string]: FieldValue } {
    return readStruct(view, this.fields, 0);
  }
}

/** What is at a place: one element, a row of an array, a whole array or struct. */
export function readPlace(view: DataView, place: Place): FieldValue {
  return readDims(view, place.field, place.offset, place.dims);
}

/** A whole field of a struct that starts at byte `base`. */
export function readField(view: DataView, field: Field, base: number): FieldValue {
  return readDims(view, field, base + field.offset, field.dims);
}

function readStruct(view: DataView, fields: readonly Field[], base: number): { [name: string]: FieldValue } {
  const map = Object.create(null) as { [name: string]: FieldValue };
  for (const field of fields) map[field.name] = readField(view, field, base);
  return map;
}

function readDims(view: DataView, field: Field, at: number, dims: readonly number[]): FieldValue {
  if (!dims.length) {
    if (field.kind === "struct") return readStruct(view, field.fields, at);
    const value = field.read(view, at);
    return field.kind === "enum" ? (field.labels.get(value as number) ?? value) : value;
  }
  const rest = dims.slice(1);
  const step = rest.reduce((product, n) => product * n, field.strideBytes);
  return Array.from({ length: dims[0]! }, (_, i) => readDims(view, field, at + i * step, rest));
}

function compileFields(list: Value | undefined, room: number, depth: number, state: { lines: number }): Field[] {
  if (!Array.isArray(list)) throw new LayoutError("fields is not a list");
  if (depth > DEPTH_MAX) throw new LayoutError("structs nested too deeply");
  const names = new Set<string>();
  return list.map((item) => {
    if (++state.lines > FIELDS_MAX) throw new LayoutError("too many fields");
    const field = compileField(asMap(item, "field"), room, depth, state);
    if (names.has(field.name)) throw new LayoutError(`two fields "${field.name}"`);
    names.add(field.name);
    return field;
  });
}

function compileField(map: { [key: string]: Value }, room: number, depth: number, state: { lines: number }): Field {
  const name = text(map["n"]);
  const fail = (why: string): never => {
    throw new LayoutError(`field "${name.slice(0, 64)}": ${why}`);
  };
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,254}$/.test(name)) fail("not a name");
  const type = text(map["t"]);
  if (!isType(type)) return fail(`unknown type "${type.slice(0, 32)}"`);
  const elementBytes = whole(map["b"], "b");
  const units = optWhole(map["l"], type === "char" || type === "wchar16" ? 1 : 0);
  const expected = TYPE_BYTES[type] * (units || 1);
  if (units && type !== "char" && type !== "wchar16" && type !== "u8") fail("only texts and u8 have a length");
  if (type === "struct" ? elementBytes < 1 : elementBytes !== expected) fail("its bytes do not fit its type");
  const offset = whole(map["o"], "o");
  const dims = map["d"] === undefined ? [] : numbers(map["d"]);
  if (dims.length > DIMS_MAX || dims.some((n) => n < 1)) fail("bad dimensions");
  const count = dims.reduce((product, n) => product * n, 1);
  const strideBytes = optWhole(map["s"], elementBytes);
  if (strideBytes < elementBytes) fail("stride shorter than an element");
  const end = offset + (count - 1) * strideBytes + elementBytes;
  if (!Number.isSafeInteger(end) || end > room) fail("reaches beyond its struct");
  const labels = readLabels(map["en"]);
  const signed = [...labels.keys()].some((value) => value < 0);
  const kind = kindOf(type, map["l"] !== undefined);
  return {
    name,
    type,
    kind,
    offset,
    elementBytes,
    strideBytes,
    count,
    dims,
    units,
    unit: text(map["u"]),
    title: text(map["ti"]),
    doc: text(map["doc"]),
    min: optNumber(map["min"]),
    max: optNumber(map["max"]),
    labels,
    fields: kind === "struct" ? compileFields(map["f"], elementBytes, depth + 1, state) : [],
    read: kind === "blob" ? readBlob(elementBytes) : reader(type, signed, elementBytes),
  };
}

function kindOf(type: TypeName, hasLength: boolean): Kind {
  if (type === "bool" || type === "struct") return type;
  if (type === "char" || type === "wchar16") return "text";
  if (type === "u8" && hasLength) return "blob";
  if (type.startsWith("enum")) return "enum";
  if (type.startsWith("f")) return "real";
  return type.startsWith("i") ? "int" : "uint";
}

function reader(type: TypeName, signed: boolean, bytes: number): (view: DataView, at: number) => Scalar {
  switch (type) {
    case "bool":
      return (view, at) => view.getUint8(at) !== 0;
    case "i8":
      return (view, at) => view.getInt8(at);
    case "u8":
      return (view, at) => view.getUint8(at);
    case "i16":
      return (view, at) => view.getInt16(at, true);
    case "u16":
      return (view, at) => view.getUint16(at, true);
    case "i32":
      return (view, at) => view.getInt32(at, true);
    case "u32":
      return (view, at) => view.getUint32(at, true);
    case "i64":
      return (view, at) => narrow(view.getBigInt64(at, true));
    case "u64":
      return (view, at) => narrow(view.getBigUint64(at, true));
    case "f32":
      return (view, at) => view.getFloat32(at, true);
    case "f64":
      return (view, at) => view.getFloat64(at, true);
    case "char":
      return (view, at) => readText(view, at, bytes);
    case "wchar16":
      return (view, at) => readWide(view, at, bytes);
    // An enum's integer is signed exactly if one of its labels is negative (pagecast/layout.h).
    case "enum8":
      return signed ? (view, at) => view.getInt8(at) : (view, at) => view.getUint8(at);
    case "enum16":
      return signed ? (view, at) => view.getInt16(at, true) : (view, at) => view.getUint16(at, true);
    case "enum32":
      return signed ? (view, at) => view.getInt32(at, true) : (view, at) => view.getUint32(at, true);
    case "struct":
      return () => "";
  }
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const utf16 = new TextDecoder("utf-16le", { ignoreBOM: true });

function readText(view: DataView, at: number, bytes: number): string {
  let length = 0;
  while (length < bytes && view.getUint8(at + length)) length++;
  return utf8.decode(new Uint8Array(view.buffer, view.byteOffset + at, length));
}

function readWide(view: DataView, at: number, bytes: number): string {
  let length = 0;
  while (length + 1 < bytes && view.getUint16(at + length, true)) length += 2;
  return utf16.decode(new Uint8Array(view.buffer, view.byteOffset + at, length));
}

function readBlob(bytes: number): (view: DataView, at: number) => Uint8Array {
  return (view, at) => new Uint8Array(view.buffer, view.byteOffset + at, bytes);
}

function readLabels(value: Value | undefined): Map<number | bigint, string> {
  const labels = new Map<number | bigint, string>();
  if (value === undefined) return labels;
  if (!Array.isArray(value)) throw new LayoutError("labels are not a list");
  for (const pair of value) {
    if (!Array.isArray(pair)) throw new LayoutError("a label is not a pair");
    const [number, label] = pair;
    if ((typeof number !== "number" && typeof number !== "bigint") || typeof label !== "string")
      throw new LayoutError("a label is not a number and a text");
    labels.set(number, label);
  }
  return labels;
}

function isType(name: string): name is TypeName {
  return Object.hasOwn(TYPE_BYTES, name);
}

function asMap(value: Value | undefined, what: string): { [key: string]: Value } {
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== null)
    throw new LayoutError(`${what} is not a map`);
  return value as { [key: string]: Value };
}

function whole(value: Value | undefined, what: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0)
    throw new LayoutError(`${what} is not a size`);
  return value;
}

function optWhole(value: Value | undefined, otherwise: number): number {
  return value === undefined ? otherwise : whole(value, "a size");
}

function optNumber(value: Value | undefined): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function numbers(value: Value | undefined): number[] {
  if (!Array.isArray(value)) throw new LayoutError("dimensions are not a list");
  return value.map((item) => whole(item, "a dimension"));
}

function text(value: Value | undefined): string {
  return typeof value === "string" ? value : "";
}
