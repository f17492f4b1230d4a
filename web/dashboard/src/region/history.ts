// The plotted fields' values over time, by the daemon's clock. A gap (null) wherever the region was not live.
import { hex } from "../format.ts";

/** The value of the field at a path, where there is one. */
export type ReadPath = (path: string) => number | undefined;

const KEEP_S = 310;
const POINTS_MAX = 40000;
// A value that stood still was not on its way to the next one: it is held until just before the change.
const HOLD_S = 0.2;
const JUST_BEFORE_S = 0.0005;

export type Points = (number | null)[];

export class History {
  readonly xs: number[] = [];
  readonly #series = new Map<string, Points>();

  /** Follow exactly these paths; what is known of those that stay, stays. */
  follow(paths: readonly string[]): void {
    const wanted = new Set(paths);
    for (const path of [...this.#series.keys()]) if (!wanted.has(path)) this.#series.delete(path);
    if (!this.#series.size) this.xs.length = 0;
    for (const path of paths)
      if (!this.#series.has(path)) this.#series.set(path, new Array<number | null>(this.xs.length).fill(null));
  }

  ys(path: string): Points {
    return this.#series.get(path) ?? [];
  }

  /** New bytes of second `at`. */
  add(at: number, read: ReadPath): void {
    if (!this.#series.size) return;
    const last = this.xs.at(-1) ?? -Infinity;
    const x = Math.max(at, last); // clocks may step back, a plot's may not
    if (x - last > HOLD_S && Number.isFinite(last)) this.#push(x - JUST_BEFORE_S, (ys) => ys.at(-1) ?? null);
    this.#push(x, (_, path) => {
      const value = read(path);
      return value !== undefined && Number.isFinite(value) ? value : null;
    });
    this.#trim(x);
  }

  /** Not live from `at` on. */
  gap(at: number): void {
    const last = this.xs.at(-1);
    if (last === undefined || !this.#hasValues()) return;
    this.#push(Math.max(at, last), () => null);
  }

  #hasValues(): boolean {
    for (const ys of this.#series.values()) if (ys.at(-1) != null) return true;
    return false;
  }

  #push(x: number, value: (ys: Points, path: string) => number | null): void {
    this.xs.push(x);
    for (const [path, ys] of this.#series) ys.push(value(ys, path));
  }

  #trim(now: number): void {
    let drop = 0;
    if (this.xs.length > POINTS_MAX) drop = this.xs.length - POINTS_MAX * 0.8;
    else if (now - this.xs[0]! > KEEP_S * 1.2) drop = this.indexAt(now - KEEP_S);
    if (!drop) return;
    this.xs.splice(0, drop);
    for (const ys of this.#series.values()) ys.splice(0, drop);
  }

  /** The first point not before second `x`. */
  indexAt(x: number): number {
    let low = 0;
    let high = this.xs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.xs[middle]! < x) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Points between two moments, one before and one after included. */
  window(from: number, to: number): { readonly xs: number[]; readonly ys: Points[] } {
    const first = Math.max(0, this.indexAt(from) - 1);
    const last = this.indexAt(to) + 1;
    return {
      xs: this.xs.slice(first, last),
      ys: [...this.#series.values()].map((ys) => ys.slice(first, last)),
    };
  }

  /** Comma-separated: time in ISO 8601, then each field; empty where not live. */
  csv(from: number, to: number): string {
    const { xs, ys } = this.window(from, to);
    const head = ["time", ...[...this.#series.keys()].map((path) => path.replaceAll('"', ""))].join(",");
    const rows = xs.map((x, i) => [new Date(x * 1000).toISOString(), ...ys.map((points) => points[i] ?? "")].join(","));
    return `${[head, ...rows].join("\n")}\n`;
  }
}

export function csvName(region: string): string {
  const t = Math.floor(Date.now() / 1000);
  return `${region.replace(/[^A-Za-z0-9_.-]+/g, "_").slice(0, 60)}-${hex(t, 8)}.csv`;
}
