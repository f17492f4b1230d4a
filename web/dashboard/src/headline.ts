// Which fields of a layout stand for the whole in one line: scalars that somebody described, rather than padding.
import type { Field, Layout, Place } from "@pagecast/client";

export interface Headline {
  readonly places: readonly (Place & { readonly label: string })[];
  /** The numeric field that the sparkline follows. */
  readonly spark: Place | undefined;
}

const PLACES = 3;
const DULL = /(^|_)(reserved|pad|padding|version|size|bytes_total|magic|signature|crc|count|seq|index)\d*$|Id$|_id$|^id$/i;

interface Candidate {
  readonly place: Place;
  readonly label: string;
  readonly order: number;
  readonly score: number;
}

export function pickHeadline(layout: Layout): Headline {
  const found: Candidate[] = [];
  collect(layout.fields, 0, "", found);
  const best = [...found].sort((a, b) => b.score - a.score || a.order - b.order);
  const places = best
    .slice(0, PLACES)
    .sort((a, b) => a.order - b.order)
    .map(({ place, label }) => ({ ...place, label }));
  const spark = best.find(({ place }) => ["real", "int", "uint"].includes(place.field.kind))?.place;
  return { places, spark };
}

function collect(fields: readonly Field[], base: number, prefix: string, found: Candidate[]): void {
  for (const field of fields) {
    if (found.length >= 200) return;
    if (field.dims.length || field.kind === "blob") continue;
    const offset = base + field.offset;
    if (field.kind === "struct") collect(field.fields, offset, `${prefix}${field.name}.`, found);
    else {
      const label = prefix + field.name;
      const score = scoreOf(field) - (prefix ? 1 : 0);
      found.push({ place: { field, offset, dims: [] }, label, order: found.length, score });
    }
  }
}

function scoreOf(field: Field): number {
  let score = 0;
  if (field.unit) score += 3;
  if (field.min !== undefined || field.max !== undefined) score += 2;
  if (field.title) score += 1;
  if (field.kind === "real") score += 2;
  if (field.kind === "enum" && field.labels.size) score += 2;
  if (DULL.test(field.name)) score -= 6;
  return score;
}
