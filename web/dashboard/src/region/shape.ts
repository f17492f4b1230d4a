// What a layout means for the bytes of one moment: which fields are in the map, where, and how much of them is in use.
// Lazy: only what somebody looks at is located.
import { columnFields, enter, type Field, type Layout, type Located, locate, type Scope } from "@pagecast/client";

/** A field of a struct that stands somewhere. */
export interface Spot {
  readonly path: string;
  readonly field: Field;
  readonly scope: Scope;
  /** undefined: nowhere in the map now. */
  readonly at: Located | undefined;
}

/** A field or a part of one, where it is at this moment. */
export interface Part {
  /** As a client's get() takes it: "wheel[2].slip". */
  readonly path: string;
  readonly field: Field;
  /** Absolute. */
  readonly offset: number;
  /** In use, gaps between elements included. */
  readonly bytes: number;
  readonly stride: number;
  /** Of a text or blob, in use. */
  readonly units: number;
  /** Dimensions still open, as far as they are in use; [] for one element. */
  readonly dims: readonly number[];
  /** How many elements the first open dimension could have. */
  readonly declared: number;
  readonly isThere: boolean;
}

export class Shape {
  readonly view: DataView;
  readonly top: readonly Spot[];
  readonly #inside = new Map<string, readonly Spot[]>();

  constructor(layout: Layout, view: DataView) {
    this.view = view;
    this.top = spotsOf(layout.top(view), "");
  }

  /** What is inside one element of a struct, of a blob that has a layout, of a row that describes itself. */
  inside(spot: Spot, index: number, path: string): readonly Spot[] {
    let spots = this.#inside.get(path);
    if (spots) return spots;
    const { field, at } = spot;
    const scope = at && enter(spot.scope, field, at, index);
    if (!scope) spots = [];
    else if (field.dynamic?.columns) spots = columnFields(spot.scope, field, at).map((each) => columnSpot(each, scope, at, path));
    else spots = spotsOf(scope, `${path}.`);
    this.#inside.set(path, spots);
    return spots;
  }

  /** The part at a path; undefined: there is no such thing now. */
  find(path: string): Part | undefined {
    let spots = this.top;
    for (;;) {
      const spot = spotOn(spots, path);
      if (!spot) return undefined;
      const rest = path.slice(spot.path.length);
      const indices = (/^(?:\[\d+\])*/.exec(rest)![0].match(/\d+/g) ?? []).map(Number);
      const open = openDims(spot);
      if (indices.length > open.length || indices.some((index, i) => index >= open[i]!)) return undefined;
      const first = open.reduce((sum, n, i) => sum * n + (indices[i] ?? 0), 0);
      const end = spot.path.length + indices.reduce((sum, index) => sum + String(index).length + 2, 0);
      if (end === path.length) return partOf(spot, first, indices.length, path);
      if (!spot.at || indices.length < open.length || path[end] !== "." || !hasInside(spot.field)) return undefined;
      spots = this.inside(spot, first, path.slice(0, end));
    }
  }

  /** The deepest field that covers a byte; undefined in padding, and in what is not in use. */
  partAt(byte: number): Part | undefined {
    return this.#partAmong(this.top, byte);
  }

  #partAmong(spots: readonly Spot[], byte: number): Part | undefined {
    for (const spot of spots) {
      const { field, at } = spot;
      if (!at || byte < at.offset || !at.count) continue;
      const index = Math.floor((byte - at.offset) / at.stride);
      if (index >= at.count && at.count > 1) continue;
      const element = field.dims.length ? index : 0;
      if (byte >= at.offset + element * at.stride + elementBytes(spot)) continue;
      const path = spot.path + indexText(element, openDims(spot));
      const inner = hasInside(field) ? this.#partAmong(this.inside(spot, element, path), byte) : undefined;
      if (inner) return inner;
      if (field.kind !== "struct") return partOf(spot, element, field.dims.length, path);
    }
    return undefined;
  }
}

/** Its bytes decide something: what is there, where, or how much of it. */
export function isDynamic(layout: Layout): boolean {
  const any = (fields: readonly Field[]): boolean => fields.some((f) => f.dynamic || f.floating.length || any(f.fields));
  return layout.floating.length > 0 || any(layout.fields);
}

export function hasInside(field: Field): boolean {
  return field.kind === "struct" || field.fields.length + field.floating.length > 0 || field.dynamic?.columns !== undefined;
}

/** Its dimensions as far as they are in use. */
export function openDims({ field, at }: Spot): readonly number[] {
  return field.dims.length ? [at?.dim0 ?? 0, ...field.dims.slice(1)] : [];
}

/** A part of a spot: from element `first` on, with `given` indices of the path spoken for. */
export function partOf(spot: Spot, first: number, given: number, path: string): Part {
  const { field, at } = spot;
  const dims = openDims(spot).slice(given);
  const stride = at?.stride ?? field.strideBytes;
  const count = dims.reduce((product, n) => product * n, 1);
  const bytes = at && count ? (count - 1) * stride + elementBytes(spot) : 0;
  return {
    path,
    field,
    offset: at ? at.offset + first * stride : 0,
    bytes,
    stride,
    units: at?.units ?? 0,
    dims,
    declared: field.dims[given] ?? 1,
    isThere: at !== undefined,
  };
}

// A text or blob of which only a part is in use ends there.
function elementBytes({ field, at }: Spot): number {
  if (!at) return 0;
  return field.units && !field.dims.length ? (field.elementBytes / field.units) * at.units : at.elementBytes;
}

function spotsOf(scope: Scope, prefix: string): Spot[] {
  const spots: Spot[] = [];
  for (const field of [...scope.fields, ...scope.floating]) {
    const at = locate(scope, field);
    if (at || !field.dynamic?.when) spots.push({ path: prefix + field.name, field, scope, at });
  }
  return spots;
}

function columnSpot(field: Field, scope: Scope, row: Located, path: string): Spot {
  const { strideBytes: stride, count, elementBytes: bytes, units } = field;
  const at = { offset: row.offset + field.offset, stride, count, dim0: field.dims[0] ?? 1, elementBytes: bytes, units };
  return { path: `${path}.${field.name}`, field, scope, at };
}

// Columns are called what the map calls them, with dots perhaps: the longest name that fits.
function spotOn(spots: readonly Spot[], path: string): Spot | undefined {
  let best: Spot | undefined;
  for (const spot of spots) {
    const end = spot.path.length;
    if (!path.startsWith(spot.path) || (end < path.length && path[end] !== "." && path[end] !== "[")) continue;
    if (!best || end > best.path.length) best = spot;
  }
  return best;
}

function indexText(index: number, dims: readonly number[]): string {
  let text = "";
  let rest = index;
  for (let i = dims.length - 1; i >= 0; i--) {
    text = `[${i ? rest % dims[i]! : rest}]${text}`;
    rest = Math.floor(rest / dims[i]!);
  }
  return text;
}
