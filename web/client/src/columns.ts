// Rows that describe themselves: their columns, as fields that start where the row does.
import type { Field } from "./layout.ts";
import { columnsOf, tableOf, type Located, type Scope } from "./locate.ts";
import { isType, kindOf, reader, TYPE_BYTES, type TypeName } from "./scalars.ts";

interface Known {
  readonly table: Uint8Array;
  readonly stride: number;
  readonly units: number;
  readonly fields: readonly Field[];
}

// Rows come at 60 Hz and more, the table that describes them changes with the session.
const known = new WeakMap<Field, Known>();

/** Of two columns of one name the later counts. */
export function columnFields(scope: Scope, field: Field, row: Located): readonly Field[] {
  const at = tableOf(scope, field);
  if (!at || !at.dim0) return [];
  const bytes = (at.dim0 - 1) * at.stride + at.elementBytes;
  const table = new Uint8Array(scope.view.buffer, scope.view.byteOffset + at.offset, bytes);
  const before = known.get(field);
  if (before && before.units === row.units && before.stride === at.stride && isSame(before.table, table)) return before.fields;
  const columns = new Map<string, Field>();
  for (const { name, type, offset, count, unit, doc } of columnsOf(scope, field, at)) {
    if (!isType(type) || type === "struct" || count < 1 || offset + count * TYPE_BYTES[type] > row.units) continue;
    columns.set(name, columnField(name, type, offset, count, unit, doc));
  }
  const fields = [...columns.values()];
  known.set(field, { table: table.slice(), stride: at.stride, units: row.units, fields });
  return fields;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function columnField(name: string, type: TypeName, offset: number, count: number, unit: string, doc: string): Field {
  const kind = kindOf(type, false);
  const units = kind === "text" ? count : 0;
  const elementBytes = TYPE_BYTES[type] * (units || 1);
  const dims = units || count === 1 ? [] : [count];
  return {
    name, type, kind, offset, elementBytes, strideBytes: elementBytes, count: units ? 1 : count, dims, units, unit, doc,
    title: "", min: undefined, max: undefined, labels: new Map(), fields: [], floating: [], bits: 8 * elementBytes, scale: 1, flags: [], format: "",
    typeName: "", overlay: "", role: "", dynamic: undefined, read: reader(type, false, elementBytes),
  };
}
