// A layout as lines of a tree: fields, elements of arrays, fields of structs; groups open and close.
import type { Field, Layout, Scalar } from "@pagecast/client";
import { groupDigits } from "../format.ts";
import { formatOf } from "../values.ts";
import { hasInside, isDynamic, openDims, type Part, partOf, type Shape, type Spot } from "./shape.ts";

export interface Line extends Part {
  readonly label: string;
  readonly depth: number;
  readonly isGroup: boolean;
  readonly isOpen: boolean;
}

const CHILDREN_MAX = 4096; // of one array; the rest is named, not listed
const LINES_MAX = 20000;
const OPEN_ALL_UP_TO = 120; // lines: a layout of this size starts with its structs open
const PREVIEW_ELEMENTS = 8;

interface Walk {
  readonly shape: Shape;
  readonly all: Line[];
  /** Structs are opened all the way. */
  readonly deep: boolean;
}

export class LineTree {
  readonly #isOpen = new Map<string, boolean>();
  readonly #opensStructs: boolean;
  /** Which lines there are depends on the bytes. */
  readonly isDynamic: boolean;

  constructor(layout: Layout) {
    this.isDynamic = isDynamic(layout);
    this.#opensStructs = countLines([...layout.fields, ...layout.floating], OPEN_ALL_UP_TO) <= OPEN_ALL_UP_TO;
  }

  toggle(line: Line): void {
    this.#isOpen.set(line.path, !line.isOpen);
  }

  /** The lines to show; with a query, those whose path or title contains it, structs opened all the way. */
  lines(shape: Shape, query = ""): Line[] {
    const needle = query.trim().toLowerCase();
    const walk = { shape, all: [], deep: needle !== "" };
    this.#spots(walk, shape.top, 0);
    if (!needle) return walk.all;
    const found = (walk.all as Line[]).filter(({ path, field }) => `${path}\n${field.title}`.toLowerCase().includes(needle));
    return found.map((line) => ({ ...line, depth: 0, label: line.path }));
  }

  #spots(walk: Walk, spots: readonly Spot[], depth: number): void {
    for (const spot of spots) this.#line(walk, spot, 0, 0, spot.path, spot.field.name, depth);
  }

  #line(walk: Walk, spot: Spot, first: number, given: number, path: string, label: string, depth: number): void {
    if (walk.all.length >= LINES_MAX) return;
    const part = partOf(spot, first, given, path);
    const isGroup = isGroupPart(part);
    const isOpen = isGroup && (this.#isOpen.get(path) ?? this.#opensFirst(spot.field, walk.deep));
    walk.all.push({ ...part, label, depth, isGroup, isOpen });
    if (!isOpen || !part.isThere) return;
    if (!part.dims.length) return this.#spots(walk, walk.shape.inside(spot, first, path), depth + 1);
    const step = openDims(spot).slice(given + 1).reduce((product, n) => product * n, 1);
    for (let i = 0; i < Math.min(part.dims[0]!, CHILDREN_MAX); i++)
      this.#line(walk, spot, first + i * step, given + 1, `${path}[${i}]`, `[${i}]`, depth + 1);
  }

  // Arrays of numbers start closed: their line shows the first elements.
  #opensFirst(field: Field, deep: boolean): boolean {
    return field.dynamic?.columns !== undefined || (hasInside(field) && (deep || this.#opensStructs));
  }
}

function countLines(fields: readonly Field[], enough: number): number {
  let count = 0;
  for (const field of fields) {
    const inner = 1 + countLines([...field.fields, ...field.floating], enough);
    count += inner === 1 ? 1 : inner * Math.min(field.count, enough);
    if (count > enough) return count;
  }
  return count;
}

export function isGroupPart({ field, dims }: Part): boolean {
  return dims.length > 0 || hasInside(field);
}

/** An array of structs, which can be shown as a table. */
export function isTable({ field, dims }: Part): boolean {
  return field.kind === "struct" && dims.length === 1;
}

/** Numbers as people see them; undefined for what is none. */
export function numberOf({ field, offset, units, isThere }: Part, view: DataView): number | undefined {
  return isThere ? scaled(field, field.read(view, offset, units)) : undefined;
}

export function scaled(field: Field, value: Scalar): number {
  const number = Number(value);
  return ["real", "int", "uint"].includes(field.kind) ? number * field.scale : number;
}

/** What a part says about the bytes in `view`. */
export function lineText(part: Part, view: DataView): string {
  const { field, dims, offset } = part;
  if (!part.isThere) return "not there";
  if (!dims.length) {
    if (field.kind === "struct") return field.typeName;
    if (field.dynamic?.columns) return `${groupDigits(String(part.units))} bytes`;
    return formatOf(field)(field.read(view, offset, part.units));
  }
  const used = usedText(part);
  if (field.kind === "struct") return used || groupDigits(String(dims[0]!));
  const count = dims.reduce((product, n) => product * n, 1);
  const format = formatOf(field);
  const parts = used ? [used] : [];
  for (let i = 0; i < Math.min(count, PREVIEW_ELEMENTS); i++) parts.push(format(field.read(view, offset + i * part.stride, part.units)));
  if (count > PREVIEW_ELEMENTS) parts.push("…");
  return parts.join("  ");
}

/** "20 of 128" where the bytes say how many are in use, else "". */
export function usedText({ field, dims, declared }: Part): string {
  const isCounted = dims.length === field.dims.length && (field.dynamic?.count ?? field.dynamic?.at ?? field.dynamic?.stride);
  return dims.length && (isCounted || dims[0]! < declared) ? `${groupDigits(String(dims[0]!))} of ${groupDigits(String(declared))}` : "";
}

/** "f32[4][3]", "char[10]", "struct". */
export function typeText({ field, dims }: Part): string {
  const units = field.units > 1 || field.kind === "blob" ? `[${field.units}]` : "";
  const open = dims.length ? field.dims.slice(-dims.length) : [];
  return field.type + open.map((n) => `[${n}]`).join("") + units;
}

export function isPlottable(part: Part): boolean {
  return !isGroupPart(part) && ["real", "int", "uint", "bool", "enum"].includes(part.field.kind);
}
