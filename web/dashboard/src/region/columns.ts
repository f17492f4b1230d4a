// The columns of a table of structs: what one element holds, flattened as far as a person reads it in one line.
import type { Field } from "@pagecast/client";
import { visible } from "../format.ts";
import { unitText } from "../values.ts";
import { hasInside, type Part, type Shape } from "./shape.ts";

export interface Column {
  /** From an element on: ".pos.x", ".wheel[0].slip". */
  readonly path: string;
  /** The structs around it: "wheel[0]", or "". */
  readonly group: string;
  readonly label: string;
  readonly unit: string;
  readonly field: Field;
  /** From the start of the element; undefined: the bytes say where it is. */
  readonly offset: number | undefined;
  readonly dims: readonly number[];
  readonly isText: boolean;
  /** In characters, cells' padding included. */
  readonly width: number;
}

const SPREAD_MAX = 4; // elements of an array that get a column each
const COLUMNS_MAX = 512;
const HEAD_MAX = 30;
const PADDING = 3;

/** Those whose path contains the query. */
export function columnsOf(struct: Field, query: string): Column[] {
  const all: Column[] = [];
  spread(struct.fields, "", 0, all);
  const needle = query.trim().toLowerCase();
  return needle ? all.filter(({ path, field }) => `${path}\n${field.title}`.toLowerCase().includes(needle)) : all;
}

function spread(fields: readonly Field[], prefix: string, base: number | undefined, all: Column[]): void {
  for (const field of fields) {
    const path = `${prefix}.${field.name}`;
    const offset = base === undefined || field.dynamic ? undefined : base + field.offset;
    if (field.dims.length === 1 && field.count <= SPREAD_MAX && !field.dynamic?.count)
      for (let i = 0; i < field.count; i++)
        spreadOne(field, `${path}[${i}]`, offset === undefined ? undefined : offset + i * field.strideBytes, all);
    else if (field.dims.length) add(field, path, offset, field.dims, all);
    else spreadOne(field, path, offset, all);
  }
}

function spreadOne(field: Field, path: string, offset: number | undefined, all: Column[]): void {
  if (field.kind === "struct") spread(field.fields, path, offset, all);
  else add(field, path, offset, [], all);
}

function add(field: Field, path: string, offset: number | undefined, dims: readonly number[], all: Column[]): void {
  if (all.length >= COLUMNS_MAX) return;
  const isText = dims.length > 0 || hasInside(field) || ["text", "blob", "flags", "enum", "bool"].includes(field.kind);
  const last = path.lastIndexOf(`.${field.name}`);
  const [group, label] = [path.slice(1, Math.max(1, last)), path.slice(last + 1)].map((text) => visible(text, 60)) as [string, string];
  const unit = unitText(field.unit);
  const head = Math.max(group.length, label.length + (unit ? unit.length + 1 : 0));
  const width = Math.max(Math.min(HEAD_MAX, head), widthOf(field, dims)) + PADDING;
  all.push({ path, group, label, unit, field, offset, dims, isText, width });
}

function widthOf(field: Field, dims: readonly number[]): number {
  if (dims.length) return 26;
  switch (field.kind) {
    case "bool":
      return 5;
    case "text":
      return Math.max(6, Math.min(22, field.units + 2));
    case "blob":
    case "flags":
      return 18;
    case "enum":
      return Math.max(6, Math.min(18, ...[...field.labels.values()].map((label) => label.length)));
    case "real":
      return 10;
    default: // of 64 bits all twenty digits, and what parts them
      return field.elementBytes === 8 ? 26 : Math.max(5, Math.ceil(field.elementBytes * 2.7));
  }
}

/** What a column says about element `row` of the array; undefined: nothing, it is not there. */
export function cellPart(array: Part, row: number, column: Column, shape: Shape): Part | undefined {
  const { field, offset, dims } = column;
  const path = `${array.path}[${row}]${column.path}`;
  if (offset === undefined) return shape.find(path);
  const count = dims.reduce((product, n) => product * n, 1);
  const bytes = (count - 1) * field.strideBytes + field.elementBytes;
  if (offset + bytes > elementBytes(array)) return undefined;
  return {
    path,
    field,
    offset: array.offset + row * array.stride + offset,
    bytes,
    stride: field.strideBytes,
    units: field.units,
    dims,
    declared: dims[0] ?? 1,
    isThere: true,
  };
}

// Rows of a foreign table may be shorter than the layout knows them.
function elementBytes({ bytes, dims, stride }: Part): number {
  return bytes - (dims[0]! - 1) * stride;
}
