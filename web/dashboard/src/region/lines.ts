// A layout as lines of a tree: fields, elements of arrays, fields of structs; groups open and close.
import type { Field, Layout } from "@pagecast/client";
import { formatOf } from "../values.ts";

export interface Line {
  /** As a client's get() takes it: "wheel[2].slip". */
  readonly path: string;
  readonly label: string;
  readonly depth: number;
  readonly field: Field;
  /** Absolute. */
  readonly offset: number;
  readonly bytes: number;
  /** Dimensions still open; [] for one element. */
  readonly dims: readonly number[];
  readonly isGroup: boolean;
  readonly isOpen: boolean;
}

const CHILDREN_MAX = 4096; // of one array; the rest is named, not listed
const LINES_MAX = 20000;
const OPEN_ALL_UP_TO = 120; // lines: a layout of this size starts with its structs open
const PREVIEW_ELEMENTS = 8;

export class LineTree {
  readonly #layout: Layout;
  readonly #isOpen = new Map<string, boolean>();
  readonly #opensStructs: boolean;

  constructor(layout: Layout) {
    this.#layout = layout;
    this.#opensStructs = countLines(layout.fields, OPEN_ALL_UP_TO) <= OPEN_ALL_UP_TO;
  }

  toggle(line: Line): void {
    this.#isOpen.set(line.path, !line.isOpen);
  }

  /** The lines to show; with a query, those whose path or title contains it, structs opened all the way. */
  lines(query = ""): Line[] {
    const all: Line[] = [];
    const needle = query.trim().toLowerCase();
    this.#fields(this.#layout.fields, 0, "", 0, all, needle !== "");
    if (!needle) return all;
    const found = all.filter(({ path, field }) => `${path}\n${field.title}`.toLowerCase().includes(needle));
    return found.map((line) => ({ ...line, depth: 0, label: line.path }));
  }

  #fields(fields: readonly Field[], base: number, prefix: string, depth: number, all: Line[], deep: boolean): void {
    for (const field of fields) {
      const path = prefix + field.name;
      this.#line(field, base + field.offset, field.dims, path, field.name, depth, all, deep);
    }
  }

  #line(
    field: Field,
    offset: number,
    dims: readonly number[],
    path: string,
    label: string,
    depth: number,
    all: Line[],
    deep: boolean,
  ): void {
    if (all.length >= LINES_MAX) return;
    const isGroup = dims.length > 0 || field.kind === "struct";
    const isOpen = isGroup && (this.#isOpen.get(path) ?? this.#opensFirst(field, deep));
    const count = dims.reduce((product, n) => product * n, 1);
    const bytes = (count - 1) * field.strideBytes + field.elementBytes;
    all.push({ path, label, depth, field, offset, bytes, dims, isGroup, isOpen });
    if (!isOpen) return;
    if (!dims.length) return this.#fields(field.fields, offset, `${path}.`, depth + 1, all, deep);
    const rest = dims.slice(1);
    const step = rest.reduce((product, n) => product * n, field.strideBytes);
    for (let i = 0; i < Math.min(dims[0]!, CHILDREN_MAX); i++)
      this.#line(field, offset + i * step, rest, `${path}[${i}]`, `[${i}]`, depth + 1, all, deep);
  }

  // Arrays of numbers start closed: their line shows the first elements.
  #opensFirst(field: Field, deep: boolean): boolean {
    return field.kind === "struct" && (deep || this.#opensStructs);
  }
}

function countLines(fields: readonly Field[], enough: number): number {
  let count = 0;
  for (const field of fields) {
    const inner = field.kind === "struct" ? 1 + countLines(field.fields, enough) : 1;
    count += field.kind === "struct" ? inner * Math.min(field.count, enough) : 1;
    if (count > enough) return count;
  }
  return count;
}

/** What a line says about the bytes in `view`. */
export function lineText(line: Line, view: DataView): string {
  const { field, dims } = line;
  if (!dims.length) return field.kind === "struct" ? "" : formatOf(field)(field.read(view, line.offset));
  const count = dims.reduce((product, n) => product * n, 1);
  if (field.kind === "struct") return "";
  const format = formatOf(field);
  const parts: string[] = [];
  for (let i = 0; i < Math.min(count, PREVIEW_ELEMENTS); i++)
    parts.push(format(field.read(view, line.offset + i * field.strideBytes)));
  if (count > PREVIEW_ELEMENTS) parts.push("…");
  return parts.join("  ");
}

/** "f32[4][3]", "char[10]", "struct". */
export function typeText(line: Line): string {
  const { field, dims } = line;
  const units = field.units > 1 || field.kind === "blob" ? `[${field.units}]` : "";
  return field.type + dims.map((n) => `[${n}]`).join("") + units;
}

export function isPlottable(line: Line): boolean {
  return !line.isGroup && ["real", "int", "uint", "bool", "enum"].includes(line.field.kind);
}

/** The line of one element at a path, as the plot and the inspector take it. */
export function lineOf(path: string, field: Field, offset: number): Line {
  const { elementBytes: bytes } = field;
  return { path, label: path, depth: 0, field, offset, bytes, dims: [], isGroup: false, isOpen: false };
}

/** The deepest field that covers a byte, as a line of its own; undefined in padding. */
export function lineAt(layout: Layout, byte: number): Line | undefined {
  let fields = layout.fields;
  let base = 0;
  let prefix = "";
  for (;;) {
    const field = fields.find((f) => {
      const from = base + f.offset;
      return byte >= from && byte < from + (f.count - 1) * f.strideBytes + f.elementBytes;
    });
    if (!field) return undefined;
    const index = Math.floor((byte - base - field.offset) / field.strideBytes);
    const offset = base + field.offset + index * field.strideBytes;
    if (byte >= offset + field.elementBytes) return undefined;
    const path = prefix + field.name + indexText(index, field.dims);
    if (field.kind !== "struct") return lineOf(path, field, offset);
    fields = field.fields;
    base = offset;
    prefix = `${path}.`;
  }
}

function indexText(index: number, dims: readonly number[]): string {
  let text = "";
  let rest = index;
  for (let i = dims.length - 1; i >= 0; i--) {
    text = `[${rest % dims[i]!}]${text}`;
    rest = Math.floor(rest / dims[i]!);
  }
  return text;
}
