// Where fields lie in a payload whose bytes say so: used lengths, tables, variants, rows that describe themselves.
//
// The rules are those of lib/layout/locate.c: everything in a payload is input, and what is located lies within it.
import { asMap, LayoutError, text, whole } from "./check.ts";
import type { Field } from "./layout.ts";
import type { Value } from "./msgpack.ts";
import { readCodepage, readLatin1 } from "./text.ts";

/** A number of the map, or for `when` a text. */
export interface Source {
  readonly up: number;
  readonly offset: number;
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => number | string;
}

export interface Dynamic {
  readonly at: Source | undefined;
  readonly stride: Source | undefined;
  readonly count: Source | undefined;
  readonly length: Source | undefined;
  readonly newest: { readonly source: Source; readonly stride: number; readonly count: number; readonly used: Source | undefined } | undefined;
  readonly when: { readonly source: Source; readonly not: boolean; readonly cases: readonly (readonly [Value, Value])[] } | undefined;
  readonly columns: Columns | undefined;
}

interface Columns {
  readonly up: number;
  readonly table: string;
  readonly codes: ReadonlyMap<number, string>;
  readonly of: { readonly [key: string]: Source };
}

/** A struct at a place in a payload, with the starts of those around it. */
export interface Scope {
  readonly view: DataView;
  readonly fields: readonly Field[];
  readonly floating: readonly Field[];
  readonly bases: readonly number[];
  readonly end: number;
  readonly outer?: Scope;
}

/** Where a field is, after the bytes were asked. */
export interface Located {
  readonly offset: number;
  readonly stride: number;
  readonly count: number;
  readonly dim0: number;
  readonly elementBytes: number;
  readonly units: number;
}

const INTEGERS: { readonly [type: string]: readonly [bytes: number, signed: boolean] } = {
  bool: [1, false], bool32: [4, false], i8: [1, true], u8: [1, false], i16: [2, true], u16: [2, false],
  i32: [4, true], u32: [4, false], i64: [8, true], u64: [8, false],
};

/** As a place or count: far outside is all the same. */
function readInteger(view: DataView, at: number, bytes: number, signed: boolean, first: number, count: number): number {
  let value = 0n;
  for (let i = bytes - 1; i >= 0; i--) value = (value << 8n) | BigInt(view.getUint8(at + i));
  const width = count || bytes * 8;
  value = BigInt.asUintN(width, value >> BigInt(first));
  return Number(signed ? BigInt.asIntN(width, value) : value);
}

function compileSource(value: Value | undefined, depth: number): Source | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length < 7) throw new LayoutError("a source is not a list");
  const [up, offset, first, count, units] = [value[0], value[1], value[3], value[4], value[5]].map((n) => whole(n, "a source"));
  if (up! > depth) throw new LayoutError("a source lies outside");
  const type = text(value[2]);
  const encoding = text(value[6]);
  if (units) {
    const bytes = units * (type === "wchar16" ? 2 : type === "wchar32" ? 4 : 1);
    return { up: up!, offset: offset!, bytes, read: readSourceText(type, encoding, units) };
  }
  const integer = Object.hasOwn(INTEGERS, type) ? INTEGERS[type] : undefined;
  if (!integer || first! + count! > integer[0] * 8) throw new LayoutError(`a source is of type "${type.slice(0, 32)}"`);
  const [bytes, signed] = integer;
  const isBool = type.startsWith("bool");
  const read = (view: DataView, at: number): number => {
    const n = readInteger(view, at, bytes, signed, first!, count!);
    return isBool ? Number(n !== 0) : n;
  };
  return { up: up!, offset: offset!, bytes, read };
}

function readSourceText(type: string, encoding: string, units: number): (view: DataView, at: number) => string {
  if (type === "wchar16" || type === "wchar32")
    return (view, at) => {
      let out = "";
      for (let i = 0; i < units; i++) {
        const code = type === "wchar16" ? view.getUint16(at + 2 * i, true) : view.getUint32(at + 4 * i, true);
        if (!code) break;
        out += String.fromCodePoint(code > 0x10ffff ? 0xfffd : code);
      }
      return out;
    };
  return encoding === "latin1" ? readLatin1(units) : readCodepage(encoding, units);
}

export function compileDynamic(map: { [key: string]: Value }, depth: number): Dynamic {
  const source = (key: string): Source | undefined => compileSource(map[key], depth);
  const newest = source("nw");
  const array = Array.isArray(map["na"]) ? map["na"].map((n) => whole(n, "an array")) : [];
  const when = source("wh");
  const cases = Array.isArray(map["wc"]) ? map["wc"] : [];
  return {
    at: source("at"),
    stride: source("st"),
    count: source("ct"),
    length: source("ln"),
    newest: newest && { source: newest, stride: array[0] ?? 1, count: Math.min(array[1] ?? 0, 65536), used: source("nc") },
    when: when && {
      source: when,
      not: map["wn"] === true,
      cases: cases.filter((c): c is [Value, Value] => Array.isArray(c) && c.length === 2),
    },
    columns: map["co"] === undefined ? undefined : compileColumns(asMap(map["co"], "columns"), depth),
  };
}

function compileColumns(map: { [key: string]: Value }, depth: number): Columns {
  const of: { [key: string]: Source } = {};
  for (const key of ["name", "type", "offset", "count", "unit", "doc"]) {
    const source = compileSource(map[key], depth);
    if (source) of[key] = source;
  }
  const up = whole(map["up"], "columns");
  if (up > depth) throw new LayoutError("a table lies outside");
  const codes = new Map<number, string>();
  for (const pair of Array.isArray(map["codes"]) ? map["codes"] : [])
    if (Array.isArray(pair)) codes.set(Number(pair[0]), text(pair[1]));
  return { up, table: text(map["table"]), codes, of };
}

function baseOf(scope: Scope, source: Source): number {
  return scope.bases[scope.bases.length - 1 - source.up]! + source.offset;
}

function readAt(view: DataView, source: Source, at: number): number | string | undefined {
  return at >= 0 && at + source.bytes <= view.byteLength ? source.read(view, at) : undefined;
}

/** 0 for what is not there or negative. */
function readSize(scope: Scope, source: Source): number {
  const n = readAt(scope.view, source, baseOf(scope, source));
  return typeof n === "number" && n > 0 ? n : 0;
}

function isSelected(scope: Scope, { source, not, cases }: NonNullable<Dynamic["when"]>): boolean {
  const value = readAt(scope.view, source, baseOf(scope, source));
  if (value === undefined) return false;
  const found = cases.some(([low, high]) => {
    if (typeof value === "string") return high === true ? value.startsWith(String(low)) : value === low;
    return value >= Number(low) && value <= Number(high);
  });
  return found !== not;
}

function newestBytes(scope: Scope, { source, stride, count, used }: NonNullable<Dynamic["newest"]>): number | undefined {
  const limit = used ? Math.min(count, readSize(scope, used)) : count;
  let best = -Infinity;
  let index = 0;
  for (let i = 0; i < limit; i++) {
    const tick = readAt(scope.view, source, baseOf(scope, source) + i * stride);
    if (typeof tick !== "number") break;
    if (tick <= best) continue;
    best = tick;
    index = i;
  }
  return limit ? index * stride : undefined;
}

/** Where a field of this scope lies; undefined: it is not there. */
export function locate(scope: Scope, field: Field): Located | undefined {
  const dynamic = field.dynamic;
  if (dynamic?.when && !isSelected(scope, dynamic.when)) return undefined;
  let offset = scope.bases[scope.bases.length - 1]! + field.offset;
  let end = scope.end;
  if (dynamic?.at) {
    const rotated = dynamic.newest ? newestBytes(scope, dynamic.newest) : 0;
    const at = rotated === undefined ? undefined : readAt(scope.view, dynamic.at, baseOf(scope, dynamic.at) + rotated);
    if (typeof at !== "number") return undefined;
    offset = at;
    end = scope.view.byteLength;
  }
  if (offset < 0 || offset >= end) return undefined;
  return field.dims.length ? locateArray(scope, field, offset, end - offset) : locateSingle(scope, field, offset, end - offset);
}

function locateArray(scope: Scope, field: Field, offset: number, room: number): Located {
  const dynamic = field.dynamic;
  let [rows, stride, elementBytes] = [field.dims[0]!, field.strideBytes, field.elementBytes];
  const inner = field.count / rows;
  if (dynamic?.stride) {
    const said = Math.min(readSize(scope, dynamic.stride), 2 ** 40);
    if (!said) rows = 0;
    stride = said || 1;
    if (field.kind === "struct") elementBytes = Math.min(elementBytes, said); // values are there whole or not at all
  }
  if (dynamic?.count) rows = Math.min(rows, readSize(scope, dynamic.count));
  const fitting = room < elementBytes ? 0 : Math.floor((room - elementBytes) / stride) + 1;
  rows = Math.min(rows, Math.floor(fitting / inner));
  return { offset, stride, count: rows * inner, dim0: rows, elementBytes, units: field.units };
}

function locateSingle(scope: Scope, field: Field, offset: number, room: number): Located | undefined {
  const unit = field.units ? field.elementBytes / field.units : 0;
  let units = field.units;
  if (field.dynamic?.length) units = Math.min(units, readSize(scope, field.dynamic.length));
  let elementBytes = field.elementBytes;
  if (elementBytes > room) {
    if (unit) units = Math.min(units, Math.floor(room / unit));
    elementBytes = unit ? units * unit : room;
    if (field.kind !== "struct" && !units) return undefined;
  }
  return { offset, stride: field.strideBytes, count: 1, dim0: 1, elementBytes, units };
}

/** An element of a struct, or what a blob is read as. */
export function enter(scope: Scope, field: Field, at: Located, index: number): Scope {
  const start = at.offset + index * at.stride;
  const bytes = field.kind === "struct" ? at.elementBytes : Math.min(at.elementBytes, at.units);
  return {
    view: scope.view,
    fields: field.fields,
    floating: field.floating,
    bases: [...scope.bases, start],
    end: start + bytes,
    outer: scope,
  };
}

/** Where the table is that says what a row has; undefined: nowhere. */
export function tableOf(scope: Scope, field: Field): Located | undefined {
  const columns = field.dynamic?.columns;
  let holder: Scope | undefined = scope;
  for (let i = 0; columns && i < columns.up; i++) holder = holder?.outer;
  const table = columns && holder && [...holder.fields, ...holder.floating].find((f) => f.name === columns.table);
  return table && locate(holder!, table);
}

export interface Column {
  readonly name: string;
  readonly type: string;
  /** From the start of the row. */
  readonly offset: number;
  readonly count: number;
  readonly unit: string;
  readonly doc: string;
}

/** The columns that the table at `at` names, as far as they make sense. */
export function* columnsOf(scope: Scope, field: Field, at: Located): Generator<Column> {
  const columns = field.dynamic!.columns!;
  for (let i = 0; i < at.dim0; i++) {
    const read = (key: string): number | string | undefined => {
      const source = columns.of[key];
      if (!source || source.offset + source.bytes > at.elementBytes) return undefined;
      return readAt(scope.view, source, at.offset + i * at.stride + source.offset);
    };
    const [name, code, offset] = [read("name"), read("type"), read("offset")];
    const count = columns.of["count"] ? read("count") : 1;
    const type = typeof code === "number" ? columns.codes.get(code) : undefined;
    if (typeof name !== "string" || !name || !type || typeof offset !== "number" || offset < 0 || typeof count !== "number") continue;
    yield { name, type: type === "bool8" ? "bool" : type, offset, count, unit: text(read("unit")), doc: text(read("doc")) };
  }
}
