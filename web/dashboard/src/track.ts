// What the dashboard keeps about a region beyond the client's Region: rates, history, transitions, a frozen copy.
import type { Layout, Region, Verdict } from "@pagecast/client";
import { pickHeadline, type Headline } from "./headline.ts";

const RATE_SAMPLES = 10; // of half a second each
export const SPARK_POINTS = 60;

/** The bytes that a view shows: the region's own, or those of the moment of freezing. */
export interface Shown {
  /** What these bytes are laid out by; a view made for another layout must not read them. */
  readonly layout: Layout | undefined;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly seq: number;
  readonly tUs: number | undefined;
  readonly flags: number;
}

export interface Span {
  readonly from: number;
  readonly severity: number;
  readonly word: string;
}

export class Track {
  region: Region;
  /** +1 with every update. */
  version = 0;
  verdict: Verdict;
  seenHz = 0;
  /** Share of commits that were skipped on the way to us, over the last seconds. */
  conflated = 0;
  /** The sparkline's values, oldest first; NaN = not live then. */
  readonly spark: number[] = [];
  /** States over time, oldest first. */
  readonly spans: Span[] = [];
  frozen: Shown | undefined;
  readonly #samples: { at: number; updates: number; skipped: number }[] = [];
  #headline: Headline | undefined;
  #headlineLayout: unknown;

  constructor(region: Region, verdict: Verdict) {
    this.region = region;
    this.verdict = verdict;
  }

  /** Which fields stand for the whole; undefined while the layout is unknown. */
  get headline(): Headline | undefined {
    if (this.#headlineLayout !== this.region.layout) {
      this.#headlineLayout = this.region.layout;
      this.#headline = this.region.layout && pickHeadline(this.region.layout);
      this.spark.length = 0;
    }
    return this.#headline;
  }

  now(): Shown | undefined {
    const { layout, bytes, view, seq, tUs, updateFlags } = this.region;
    return bytes && view ? { layout, bytes, view, seq, tUs, flags: updateFlags } : undefined;
  }

  /** Age of the last commit as last told; it runs on only once the bridge falls silent about it. */
  writeAge(now: number, hbMs: number): number | undefined {
    const { heardAt, receivedAt, writeAgeMs, dataAgeMs } = this.region;
    return receivedAt > heardAt ? runOn(dataAgeMs, now - receivedAt, hbMs) : runOn(writeAgeMs, now - heardAt, hbMs);
  }

  /** Age of the writer's last heartbeat, likewise. */
  heartbeatAge(now: number, hbMs: number): number | undefined {
    return runOn(this.region.hbAgeMs, now - this.region.heardAt, hbMs);
  }

  /** What is subscribed changed: rates start anew. */
  restartRates(): void {
    this.#samples.length = 0;
    this.seenHz = this.conflated = 0;
  }

  freeze(): void {
    const now = this.now();
    if (!now) return;
    const bytes = now.bytes.slice();
    this.frozen = { ...now, bytes, view: new DataView(bytes.buffer) };
  }

  /** Every half second or so: rates over the last five, one point of the sparkline. */
  sample(now: number): void {
    this.#samples.push({ at: now, updates: this.region.updates, skipped: this.region.skipped });
    if (this.#samples.length > RATE_SAMPLES + 1) this.#samples.shift();
    const last = this.#samples.at(-1)!;
    const first = this.#samples[0]!;
    const updates = last.updates - first.updates;
    const skipped = last.skipped - first.skipped;
    this.seenHz = last.at > first.at ? (updates * 1000) / (last.at - first.at) : 0;
    this.conflated = updates + skipped > 0 ? skipped / (updates + skipped) : 0;
    this.#sampleSpark();
  }

  #sampleSpark(): void {
    const place = this.headline?.spark;
    const view = this.region.view;
    if (!place || !view) return;
    const value = this.verdict.live ? Number(place.field.read(view, place.offset)) : NaN;
    this.spark.push(Number.isFinite(value) ? value : NaN);
    if (this.spark.length > SPARK_POINTS) this.spark.shift();
  }

  /** Keep what the verdict was, for the timeline. */
  remember(now: number): void {
    const last = this.spans.at(-1);
    if (last?.word === this.verdict.word) return;
    this.spans.push({ from: now, severity: this.verdict.severity, word: this.verdict.word });
    if (this.spans.length > 400) this.spans.shift();
  }
}

// Between two words of the bridge an age is not known to grow: a writer that commits the same bytes is not silent.
function runOn(ageMs: number | undefined, sinceMs: number, hbMs: number): number | undefined {
  return ageMs === undefined || sinceMs < 1.5 * hbMs ? ageMs : ageMs + sinceMs;
}
