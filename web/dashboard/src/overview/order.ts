// Which regions the overview lists, and in which order.
import { RegionFlag } from "@pagecast/client";
import type { Engine } from "../engine.ts";
import type { Sort, SortKey } from "../settings.ts";
import type { Track } from "../track.ts";

const GROUPS = ["live", "rest", "doubtful", "bad"];
const names = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Every word must match the name, the writer, the description or the state; `is:live|rest|doubtful|bad` a group. */
export function matches(track: Track, query: string): boolean {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return true;
  const { region, verdict } = track;
  const text = `${region.name}\n${region.writer}\n${region.doc}\n${verdict.word}`.toLowerCase();
  return words.every((word) =>
    word.startsWith("is:") ? GROUPS[verdict.severity] === word.slice(3) : text.includes(word),
  );
}

type Compare = (a: Track, b: Track) => number;
const byName: Compare = (a, b) => names.compare(a.region.name, b.region.name);

const COMPARE: { readonly [key in SortKey]: Compare } = {
  problems: (a, b) => problemRank(b) - problemRank(a),
  name: byName,
  writer: (a, b) => names.compare(a.region.writer, b.region.writer),
  write: (a, b) => b.region.writeHz - a.region.writeHz,
  seen: (a, b) => b.seenHz - a.seenHz,
  age: (a, b) => ageOf(b) - ageOf(a),
  size: (a, b) => b.region.size - a.region.size,
  conflated: (a, b) => b.conflated - a.conflated,
};

// Bad, doubtful, then live, then what is at rest; the daemon's own regions behind those of the same rank. What is not
// watched ranks as live: it becomes so by being scrolled into sight, and must not jump away then.
function problemRank(track: Track): number {
  if (track.verdict.word === "not watched") return 1;
  const isSystem = (track.region.flags & RegionFlag.system) !== 0;
  return [1, 0, 2, 3][track.verdict.severity]! - (isSystem ? 0.5 : 0);
}

function ageOf(track: Track): number {
  return track.region.writeAgeNow(performance.now()) ?? Number.MAX_VALUE;
}

export function listed(engine: Engine, query: string, sort: Sort): Track[] {
  const compare = COMPARE[sort.key];
  const sign = sort.descending ? -1 : 1;
  return [...engine.tracks.values()]
    .filter((track) => matches(track, query))
    .sort((a, b) => compare(a, b) * sign || byName(a, b));
}
