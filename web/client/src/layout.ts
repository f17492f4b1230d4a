// What the bytes of a region mean: a SCHEMA message, checked, as fields that read themselves from a DataView.
//
// A schema comes from the network. Nothing of it is believed before it is checked: every field lies within its
// struct, every struct within the payload, so that reading a field can never throw.
import { asMap, LayoutError, numbers, optNumber, optWhole, text, whole } from "./check.ts";
import { columnFields } from "./columns.ts";
import {
  compileDynamic,
  enter,
  locate,
  type Dynamic,
  type Located,
  type Scope,
} from "./locate.ts";
import { narrow, type Value } from "./msgpack.ts";
import { isType, type Kind, kindOf, readBits, readBlob, reader, type Scalar, TYPE_BYTES, type TypeName } from "./scalars.ts";
import { readCodepage, readLatin1 } from "./text.ts";

export { LayoutError } from "./check.ts";
export type { Kind, Scalar, TypeName } from "./scalars.ts";

export const DEPTH_MAX = 16;
export const FIELDS_MAX = 65536;
export const DIMS_MAX = 4;

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
  /** A struct's fields in order of offset; of a blob, how else its bytes can be read. */
  readonly fields: readonly Field[];
  /** Further ones, which lie where the map says. */
  readonly floating: readonly Field[];
  /** How many bits of its type are its own. */
  readonly bits: number;
  /** People see numbers times this, in `unit`. */
  readonly scale: number;
  /** Names of masks of an integer. */
  readonly flags: readonly (readonly [mask: bigint, label: string])[];
  /** What a text is: "json", "xml", ... */
  readonly format: string;
  /** What the type of a struct is called. */
  readonly typeName: string;
  /** Field whose bytes this one shares on purpose. */
  readonly overlay: string;
  readonly role: string;
  /** What of it depends on the bytes; undefined: nothing. */
  readonly dynamic: Dynamic | undefined;
  /** One element that starts at byte `at` of the view. */
  readonly read: (view: DataView, at: number, units?: number) => Scalar;
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
  /** Top-level fields that lie where the map says. */
  readonly floating: readonly Field[];

  private constructor(size: number, align: number, text: string, fields: readonly Field[], floating: readonly Field[]) {
    this.size = size;
    this.align = align;
    this.text = text;
    this.fields = fields;
    this.floating = floating;
  }

  /** Check and compile the map of a SCHEMA message; throws LayoutError. */
  static fromSchema(schema: Value): Layout {
    const map = asMap(schema, "schema");
    const size = whole(map["size"], "size");
    const state = { lines: 0 };
    const fields = compileFields(map["fields"], size, 0, state);
    const floating = map["fx"] === undefined ? [] : compileFields(map["fx"], Infinity, 0, state);
    return new Layout(size, optWhole(map["align"], 1), text(map["text"]), fields, floating);
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

  /** The value at a path, undefined if there is no such path, or nothing there now. */
  get(view: DataView, path: string): FieldValue | undefined {
    let scope = this.top(view);
    let rest = path;
    for (;;) {
      const match = /^([A-Za-z_][A-Za-z0-9_]*)((?:\[\d+\])*)(\.|$)/.exec(rest);
      const field = match && [...scope.fields, ...scope.floating].find((f) => f.name === match[1]);
      const at = field && locate(scope, field);
      if (!match || !field || !at) return undefined;
      const indices = (match[2]!.match(/\d+/g) ?? []).map(Number);
      const dims = field.dims.length ? [at.dim0, ...field.dims.slice(1)] : [];
      if (indices.length > dims.length || indices.some((index, i) => index >= dims[i]!)) return undefined;
      const first = dims.reduce((sum, n, i) => sum * n + (indices[i] ?? 0), 0);
      if (match[3] === "") return readDims(scope, field, at, first, dims.slice(indices.length));
      if (!field.fields.length || indices.length < dims.length) return undefined;
      scope = enter(scope, field, at, first);
      rest = rest.slice(match[0].length);
    }
  }

  /** Every top-level field by name; what is not there now has no key. */
  values(view: DataView): { [name: string]: FieldValue } {
    return readScope(this.top(view));
  }

  /** The whole payload, for locate(). */
  top(view: DataView): Scope {
    return { view, fields: this.fields, floating: this.floating, bases: [0], end: view.byteLength };
  }
}

/** What is at a place: one element, a row of an array, a whole array or struct. Only for fields of a fixed place. */
export function readPlace(view: DataView, place: Place): FieldValue {
  const { field, offset, dims } = place;
  const at = { offset, stride: field.strideBytes, count: 1, dim0: 1, elementBytes: field.elementBytes, units: field.units };
  return readDims({ view, fields: [], floating: [], bases: [0], end: view.byteLength }, field, at, 0, dims);
}

/** A whole field of a struct that starts at byte `base`. */
export function readField(view: DataView, field: Field, base: number): FieldValue {
  return readPlace(view, { field, offset: base + field.offset, dims: field.dims });
}

function readScope(scope: Scope): { [name: string]: FieldValue } {
  const map = Object.create(null) as { [name: string]: FieldValue };
  for (const field of [...scope.fields, ...scope.floating]) {
    const at = locate(scope, field);
    if (!at) continue;
    const dims = field.dims.length ? [at.dim0, ...field.dims.slice(1)] : [];
    map[field.name] = readDims(scope, field, at, 0, dims);
  }
  return map;
}

function readDims(scope: Scope, field: Field, at: Located, first: number, dims: readonly number[]): FieldValue {
  if (!dims.length) return readElement(scope, field, at, first);
  const rest = dims.slice(1);
  const step = rest.reduce((product, n) => product * n, 1);
  return Array.from({ length: dims[0]! }, (_, i) => readDims(scope, field, at, first + i * step, rest));
}

function readElement(scope: Scope, field: Field, at: Located, index: number): FieldValue {
  const offset = at.offset + index * at.stride;
  if (field.kind === "struct") return readScope(enter(scope, field, at, index));
  if (field.dynamic?.columns) return readColumns(scope, field, at);
  const value = field.read(scope.view, offset, at.units);
  if (field.fields.length) return Object.assign(Object.create(null) as object, { "": value }, readScope(enter(scope, field, at, index)));
  if (field.kind === "flags") return flagNames(field, value as number | bigint);
  return field.kind === "enum" ? (field.labels.get(value as number) ?? value) : value;
}

/** The labels of the flags that are set, then the rest as a number if there is one. */
export function flagNames(field: Field, value: number | bigint): FieldValue[] {
  let rest = BigInt(value);
  const names: FieldValue[] = [];
  for (const [mask, label] of field.flags) {
    if ((rest & mask) !== mask) continue;
    names.push(label);
    rest &= ~mask;
  }
  if (rest) names.push(narrow(rest));
  return names;
}

function readColumns(scope: Scope, field: Field, at: Located): FieldValue {
  const map = Object.create(null) as { [name: string]: FieldValue };
  for (const column of columnFields(scope, field, at))
    map[column.name] = readPlace(scope.view, { field: column, offset: at.offset + column.offset, dims: column.dims });
  return map;
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
  const isWide = type === "wchar16" || type === "wchar32";
  const units = optWhole(map["l"], type === "char" || isWide ? 1 : 0);
  const expected = TYPE_BYTES[type] * (units || 1);
  if (units && type !== "char" && !isWide && type !== "u8") fail("only texts and u8 have a length");
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
  const encoding = text(map["e"]);
  const flags = readFlags(map["fl"]);
  const isBlob = type === "u8" && map["l"] !== undefined && !encoding;
  const kind = flags.length ? "flags" : type === "u8" && encoding ? "text" : kindOf(type, isBlob);
  const inner = type === "struct" ? elementBytes : optWhole(map["sb"], 0);
  if (inner > (isBlob ? units : elementBytes)) fail("its fields are larger than itself");
  const bits = map["bi"] === undefined ? undefined : numbers(map["bi"]);
  if (bits && (bits.length !== 2 || bits[1]! < 1 || bits[0]! + bits[1]! > 8 * elementBytes)) fail("bad bits");
  const dynamic = map["dy"] === undefined ? undefined : compileDynamic(asMap(map["dy"], "dynamic"), depth);
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
    fields: map["f"] === undefined && type !== "struct" ? [] : compileFields(map["f"], inner, depth + 1, state),
    floating: map["fx"] === undefined ? [] : compileFields(map["fx"], Infinity, depth + 1, state),
    bits: bits ? bits[1]! : 8 * elementBytes,
    scale: optNumber(map["sc"]) ?? 1,
    flags,
    format: text(map["fmt"]),
    typeName: text(map["ty"]),
    overlay: text(map["ov"]),
    role: text(map["ro"]),
    dynamic,
    read: bits
      ? readBits(reader(type, signed, elementBytes), type, signed, bits[0]!, bits[1]!)
      : isBlob
        ? readBlob(elementBytes)
        : encoding && encoding !== "utf-8"
          ? encoding === "latin1"
            ? readLatin1(elementBytes)
            : readCodepage(encoding, elementBytes)
          : reader(kind === "text" && type === "u8" ? "char" : type, signed, elementBytes),
  };
}

function readFlags(value: Value | undefined): (readonly [bigint, string])[] {
  return [...readLabels(value)].map(([mask, label]) => [BigInt.asUintN(64, BigInt(mask)), label] as const);
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
