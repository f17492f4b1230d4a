// Which fields of a layout stand for the whole in one line: scalars that somebody described, rather than padding.
import type { Field, Layout, Place } from "@pagecast/client";

export interface Headline {
  readonly places: readonly (Place & { readonly label: string })[];
  /** The numeric field that the sparkline follows. */
  readonly spark: (Place & { readonly label: string }) | undefined;
}

const PLACES = 3;
const DULL = /[a-z](Version|Signature)$|(^|_)(reserved|pad|padding|ver|version|size|capacity|magic|signature|crc|seq|index|unix_n?s)\d*$|Id$|_id$|^id$/i;
const PLAIN = /(^|_)(count|out|entry_bytes|total_bytes)$/;
const FIRST_ELEMENT_COSTS = 2;

interface Candidate {
  readonly place: Place;
  readonly label: string;
  readonly order: number;
  readonly score: number;
}

export function pickHeadline(layout: Layout): Headline {
  const found: Candidate[] = [];
  collect(layout.fields, 0, "", 0, found);
  const best = [...found].sort((a, b) => b.score - a.score || a.order - b.order);
  const places = best
    .slice(0, PLACES)
    .sort((a, b) => a.order - b.order)
    .map(({ place, label }) => ({ ...place, label }));
  const numeric = best.find(({ place, score }) => score > 0 && ["real", "int", "uint"].includes(place.field.kind));
  return { places, spark: numeric && { ...numeric.place, label: numeric.label } };
}

function collect(fields: readonly Field[], base: number, prefix: string, cost: number, found: Candidate[]): void {
  for (const field of fields) {
    if (found.length >= 200) return;
    const isStruct = field.kind === "struct";
    // What is not always there, or not all of it, stands for nothing.
    if ((field.dims.length && !isStruct) || field.kind === "blob" || field.dynamic) continue;
    const offset = base + field.offset;
    const label = prefix + field.name + field.dims.map(() => "[0]").join("");
    const costs = cost + (field.dims.length ? FIRST_ELEMENT_COSTS : 1);
    if (isStruct) collect(field.fields, offset, `${label}.`, costs, found);
    else {
      const score = scoreOf(field) - cost;
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
  if (DULL.test(field.name) || field.role) score -= 6;
  if (PLAIN.test(field.name)) score -= 5;
  return score;
}
