// The plot: up to four fields over time, at 30 Hz at most. Drag to zoom, double-click to follow again.
import { type Layout, UpdateFlag } from "@pagecast/client";
import { effect, signal } from "@preact/signals";
import uPlot from "uplot";
import { el } from "../dom.ts";
import { axisTexts, visible } from "../format.ts";
import { CHART_MS, type Painter } from "../painter.ts";
import { isDark } from "../settings.ts";
import type { Track } from "../track.ts";
import { unitText } from "../values.ts";
import { History, type ReadPath } from "./history.ts";
import { numberOf } from "./lines.ts";
import type { RegionModel } from "./model.ts";
import { type Part, Shape } from "./shape.ts";

const CALM_MS = 500; // for whoever asked for less motion
const HEIGHT = 220;

export const SPANS_S = [10, 60, 300] as const;

export class PlotPane {
  readonly everyMs: number;
  readonly spanS = signal<number>(60);
  readonly isZoomed = signal(false);
  readonly history = new History();
  readonly #model: RegionModel;
  readonly #painter: Painter;
  readonly #host: HTMLElement;
  readonly #off: (() => void)[];
  readonly #resize: ResizeObserver;
  #lines: readonly Part[] = [];
  #plot: uPlot | undefined;
  #zoom: { readonly min: number; readonly max: number } | undefined;
  #wasLive = true;
  #frozenAt = 0;

  constructor(model: RegionModel, painter: Painter, host: HTMLElement) {
    this.everyMs = matchMedia("(prefers-reduced-motion: reduce)").matches ? CALM_MS : CHART_MS;
    this.#model = model;
    this.#painter = painter;
    this.#host = host;
    this.#off = [
      effect(() => {
        this.#lines = model.plotted.value;
        this.history.follow(this.#lines.map(({ path }) => path));
        void isDark();
        this.#build();
      }),
      effect(() => {
        void this.spanS.value;
        this.follow();
      }),
      effect(() => {
        this.#frozenAt = model.engine.frozen.value ? model.engine.client.daemonNowMs() / 1000 : 0;
        painter.request(this);
      }),
      effect(() => {
        void model.engine.beat.value;
        this.#watchLiveness();
      }),
      model.engine.client.on("update", (region) => region.name === model.name && this.#add()),
      model.engine.onUpdate((track) => track.region.name === model.name && painter.request(this)),
    ];
    this.#resize = new ResizeObserver(() => {
      this.#plot?.setSize({ width: this.#width(), height: HEIGHT });
    });
    this.#resize.observe(host);
    const track = model.track;
    if (track) this.#addFrom(track);
  }

  dispose(): void {
    for (const off of this.#off) off();
    this.#resize.disconnect();
    this.#painter.forget(this);
    this.#plot?.destroy();
  }

  /** Leave the zoom, show the newest again. */
  follow(): void {
    this.#zoom = undefined;
    this.isZoomed.value = false;
    this.#painter.request(this);
  }

  /** Hold what is shown. */
  pause(): void {
    this.#zoom = this.#range();
    this.isZoomed.value = true;
  }

  /** What the plot shows, as text. */
  csv(): string {
    const { min, max } = this.#range();
    return this.history.csv(min, max);
  }

  paint(): void {
    if (!this.#plot) return;
    const { min, max } = this.#range();
    const { xs, ys } = this.history.window(min, max);
    const isLive = this.#model.track?.verdict.live ?? false;
    const now = this.#frozenAt || this.#model.engine.client.daemonNowMs() / 1000;
    // Nothing is sent while nothing changes: the last value holds until now.
    if (isLive && xs.length && xs.at(-1)! < now && !this.#zoom) {
      xs.push(now);
      for (const points of ys) points.push(points.at(-1) ?? null);
    }
    this.#plot.batch(() => {
      this.#plot!.setData([xs, ...ys], true);
      this.#plot!.setScale("x", { min, max });
    });
    if (isLive && !this.#frozenAt && !this.#zoom && !document.hidden) this.#painter.request(this);
  }

  #range(): { readonly min: number; readonly max: number } {
    if (this.#zoom) return this.#zoom;
    const max = this.#frozenAt || this.#model.engine.client.daemonNowMs() / 1000;
    return { min: max - this.spanS.peek(), max };
  }

  #add(): void {
    const { track } = this.#model;
    if (track && this.#lines.length) this.#addFrom(track);
  }

  #addFrom(track: Track): void {
    const { layout, view, tUs, updateFlags } = track.region;
    if (!view || layout !== this.#model.layout || updateFlags & UpdateFlag.replay) return;
    const nowMs = this.#model.engine.client.daemonNowMs();
    this.history.add((tUs === undefined ? nowMs : Math.min(nowMs + 50, tUs / 1000)) / 1000, this.#reader(layout!, view));
  }

  #reader(layout: Layout, view: DataView): ReadPath {
    const still = new Map(this.#model.isDynamic ? [] : this.#lines.map((part) => [part.path, part]));
    let shape: Shape | undefined;
    return (path) => {
      const known = still.get(path);
      const part = known?.isThere ? known : (shape ??= new Shape(layout, view)).find(path);
      return part && numberOf(part, view);
    };
  }

  #watchLiveness(): void {
    const isLive = this.#model.track?.verdict.live ?? false;
    if (!isLive && this.#wasLive) this.history.gap(this.#model.engine.client.daemonNowMs() / 1000);
    if (isLive && !this.#wasLive) this.#add();
    this.#wasLive = isLive;
    if (this.#lines.length) this.#painter.request(this);
  }

  #width(): number {
    return Math.max(200, this.#host.clientWidth);
  }

  #build(): void {
    this.#plot?.destroy();
    this.#plot = undefined;
    if (!this.#lines.length) return;
    const style = getComputedStyle(this.#host);
    const color = (name: string): string => style.getPropertyValue(name).trim();
    const units = [...new Set(this.#lines.map(scaleOf))];
    const text = color("--text-3");
    const line = color("--line");
    const font = `11px ${style.fontFamily}`;
    const axis = { stroke: text, font, grid: { stroke: line, width: 1 }, ticks: { show: false }, gap: 6 };
    const options: uPlot.Options = {
      width: this.#width(),
      height: HEIGHT,
      padding: [10, units.length > 1 ? 0 : 30, 0, 0],
      legend: { show: false },
      scales: { x: { time: true, auto: false }, ...Object.fromEntries(units.map((unit) => [unit, { range: padded }])) },
      axes: [
        { ...axis, values: clockTicks, space: 70, size: 26 },
        ...units.slice(0, 2).map((unit, i) => ({
          ...axis,
          scale: unit,
          side: i ? 1 : 3,
          values: (_: uPlot, ticks: number[]) => axisTexts(ticks),
          size: labelsWidth,
          grid: i ? { show: false } : axis.grid,
        })),
      ],
      series: [
        {},
        ...this.#lines.map((each, i) => ({
          scale: scaleOf(each),
          stroke: color(`--series-${i}`),
          width: 1.5,
          points: { show: false },
          ...(isStepped(each) ? { paths: uPlot.paths.stepped!({ align: 1 }) } : {}),
        })),
      ],
      cursor: {
        points: { size: 6 },
        drag: { x: true, y: false, setScale: false },
        bind: {
          dblclick: () => () => {
            this.follow();
            return null;
          },
        },
      },
      hooks: { setSelect: [(u) => this.#select(u)], setCursor: [(u) => this.#readout(u)] },
    };
    // For who does not see it: what it is of; the numbers are in the table, and in the CSV.
    this.#host.setAttribute("role", "img");
    this.#host.setAttribute("aria-label", `Plot of ${this.#lines.map(({ path }) => visible(path, 60)).join(", ")}`);
    this.#plot = new uPlot(options, [[], ...this.#lines.map(() => [])], this.#host);
    this.#host.append((this.#tip = el("output", "plot-tip")));
    this.#painter.request(this);
  }

  #tip = el("output", "plot-tip");

  #select(u: uPlot): void {
    const { left, width } = u.select;
    if (width < 4) return;
    this.#zoom = { min: u.posToVal(left, "x"), max: u.posToVal(left + width, "x") };
    this.isZoomed.value = true;
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.#painter.request(this);
  }

  /** The values under the cursor. */
  #readout(u: uPlot): void {
    const { idx } = u.cursor;
    if (idx === null || idx === undefined) {
      this.#tip.textContent = "";
      return;
    }
    const x = u.data[0][idx];
    if (x === undefined) return;
    const parts = this.#lines.map((line, i) => {
      const value = u.data[i + 1]?.[idx];
      const shown = value === null || value === undefined ? "–" : String(Number(value.toPrecision(7)));
      return `${visible(line.path, 60)} ${shown}${line.field.unit ? ` ${unitText(line.field.unit)}` : ""}`;
    });
    this.#tip.textContent = [new Date(x * 1000).toLocaleTimeString("en-GB"), ...parts].join("   ");
  }
}

// Fields of one unit share an axis.
function scaleOf(line: Part): string {
  return `y ${unitText(line.field.unit)}`;
}

// What counts or labels jumps; it does not glide.
function isStepped(line: Part): boolean {
  return line.field.kind !== "real";
}

function padded(_: uPlot, low: number | null, high: number | null): uPlot.Range.MinMax {
  if (low === null || high === null) return [0, 1];
  const room = high > low ? (high - low) * 0.08 : Math.abs(high) * 0.05 || 1;
  return [low - room, high + room];
}

function labelsWidth(_: uPlot, labels: string[] | null): number {
  return Math.max(54, ...(labels ?? []).map((label) => label.length * 7 + 14));
}

function clockTicks(_: uPlot, ticks: number[]): string[] {
  return ticks.map((x) => new Date(x * 1000).toLocaleTimeString("en-GB"));
}
