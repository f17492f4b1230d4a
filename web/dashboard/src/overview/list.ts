// Owns the overview's rows: repaints what changed, reorders when verdicts, filter or sort do.
import { effect } from "@preact/signals";
import type { Engine } from "../engine.ts";
import { TEXT_MS, type Painter } from "../painter.ts";
import { go, regionHref } from "../route.ts";
import { filter, isDark, sort } from "../settings.ts";
import { listKeys } from "../shell/keys.ts";
import type { Track } from "../track.ts";
import { VirtualRows } from "../virtual.ts";
import { listed } from "./order.ts";
import { OverviewRow } from "./rows.ts";

const STICKY_PX = 120; // what the bar and the table's head cover
const STILL = ["problems", "name", "writer", "size"]; // columns that do not move by themselves
const BEATS_PER_SORT = 4;

export class OverviewList {
  readonly everyMs = TEXT_MS;
  readonly #engine: Engine;
  readonly #painter: Painter;
  readonly #host: HTMLElement;
  readonly #rows: VirtualRows<OverviewRow>;
  readonly #off: (() => void)[];
  readonly #dirty = new Set<Track>();
  #order: Track[] = [];
  #isAllDirty = true;
  #sparkColor = "";

  constructor(engine: Engine, painter: Painter, host: HTMLElement) {
    this.#engine = engine;
    this.#painter = painter;
    this.#host = host;
    const count = (): number => this.#order.length;
    const source = {
      get count() {
        return count();
      },
      keyAt: (index: number) => this.#order[index]!.region.name,
      create: (_: string, index: number) => this.#create(this.#order[index]!),
      place: (row: OverviewRow, index: number) => row.place(index),
    };
    this.#rows = new VirtualRows(host, source, () => engine.show(this, this.#rows.rows.keys()));
    this.#off = [
      effect(() => {
        void engine.listVersion.value;
        this.#reorder();
      }),
      effect(() => {
        void isDark();
        this.#sparkColor = "";
        this.#repaintAll();
      }),
      effect(() => this.#onBeat(engine.beat.value)),
      effect(() => {
        void engine.frozen.value?.at;
        this.#repaintAll();
      }),
      engine.onUpdate((track) => {
        this.#dirty.add(track);
        painter.request(this);
      }),
      listKeys((by) => this.#move(by)),
    ];
  }

  dispose(): void {
    for (const off of this.#off) off();
    this.#painter.forget(this);
    this.#rows.dispose();
    this.#engine.hide(this);
  }

  paint(now: number): void {
    this.#sparkColor ||= getComputedStyle(this.#host).getPropertyValue("--spark").trim();
    const { rows } = this.#rows;
    if (this.#isAllDirty) for (const row of rows.values()) row.paint(now, this.#sparkColor);
    else for (const track of this.#dirty) rows.get(track.region.name)?.paint(now, this.#sparkColor);
    this.#isAllDirty = false;
    this.#dirty.clear();
  }

  #create(track: Track): OverviewRow {
    const row = new OverviewRow(this.#engine, track);
    row.element.addEventListener("click", (event) => {
      const onLink = event.target instanceof Element && event.target.closest("a");
      if (!onLink && !getSelection()?.toString()) go(regionHref(track.region.name));
    });
    row.paint(performance.now(), this.#sparkColor);
    return row;
  }

  #reorder(): void {
    this.#order = listed(this.#engine, filter.value, sort.value);
    for (const track of this.#order) {
      // A region that went and came again has another Track under the same name.
      const row = this.#rows.rows.get(track.region.name);
      if (!row || row.track === track) continue;
      row.element.remove();
      this.#rows.rows.delete(track.region.name);
    }
    this.#rows.refresh();
  }

  /** What moves by itself is sorted again every two seconds, not under the reader's hand. */
  #onBeat(beat: number): void {
    const { key } = sort.peek();
    if (beat % BEATS_PER_SORT === 0 && !STILL.includes(key)) {
      this.#order = listed(this.#engine, filter.peek(), sort.peek());
      this.#rows.refresh();
    }
    this.#repaintAll();
  }

  #repaintAll(): void {
    this.#isAllDirty = true;
    this.#painter.request(this);
  }

  /** Arrow keys walk over the rows' links. */
  #move(by: number): void {
    const focused = document.activeElement?.closest(".rows .row");
    const at = this.#order.findIndex((track) => this.#rows.rows.get(track.region.name)?.element === focused);
    const next = Math.max(0, Math.min(this.#order.length - 1, focused && at >= 0 ? at + by : 0));
    const track = this.#order[next];
    if (!track) return;
    this.#rows.reveal(next, STICKY_PX);
    this.#rows.rows.get(track.region.name)?.link.focus({ preventScroll: true });
  }
}
