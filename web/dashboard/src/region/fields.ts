// The field table: a tree of lines, painted at 10 Hz at most, only what is in sight.
import type { Layout } from "@pagecast/client";
import { effect } from "@preact/signals";
import { setAttr, setClass } from "../dom.ts";
import { TEXT_MS, type Painter } from "../painter.ts";
import { listKeys, pageKeys } from "../shell/keys.ts";
import { VirtualRows } from "../virtual.ts";
import { FieldRow } from "./field_row.ts";
import { isPlottable, isTable, type Line, LineTree } from "./lines.ts";
import type { RegionModel } from "./model.ts";
import type { Part } from "./shape.ts";

const MS_PER_LINE = 0.25;
/** Of a line that is still listed, though what it shows went away. */
const GONE = { isThere: false, bytes: 0, offset: 0 };

export class FieldTable {
  readonly everyMs = TEXT_MS;
  readonly #model: RegionModel;
  readonly #painter: Painter;
  readonly #rows: VirtualRows<FieldRow>;
  readonly #tree: LineTree;
  readonly #off: (() => void)[];
  #lines: Line[] = [];
  #listedAt = -Infinity;
  #listedFor: DataView | undefined;

  constructor(model: RegionModel, painter: Painter, layout: Layout, host: HTMLElement) {
    this.#model = model;
    this.#painter = painter;
    this.#tree = new LineTree(layout);
    const count = (): number => this.#lines.length;
    this.#rows = new VirtualRows(host, {
      get count() {
        return count();
      },
      keyAt: (index) => this.#keyOf(this.#lines[index]!),
      create: (_, index) => this.#create(this.#lines[index]!),
      place: (row, index) => this.#place(row, index),
    });
    this.#off = [
      effect(() => {
        void model.query.value;
        this.#list();
        painter.request(this);
      }),
      effect(() => this.#mark(model.selected.value, model.hovered.value, model.plotted.value)),
      effect(() => {
        void model.engine.frozen.value?.at;
        painter.request(this);
      }),
      model.engine.onUpdate((track) => track.region.name === model.name && painter.request(this)),
      listKeys((by) => this.#move(by)),
      pageKeys({
        Enter: () => (this.#selectedIsGroup() ? this.#toggleSelected() : model.edit()),
        v: () => this.#tableOfSelected(),
        ArrowRight: () => this.#toggleSelected(true),
        ArrowLeft: () => this.#toggleSelected(false),
        p: () => this.#plotSelected(),
      }),
    ];
  }

  dispose(): void {
    for (const off of this.#off) off();
    this.#painter.forget(this);
    this.#rows.dispose();
  }

  paint(now: number): void {
    const view = this.#model.shown?.view;
    const shape = this.#model.shape;
    if (!view || !shape) return;
    const isDue = now - this.#listedAt >= this.#lines.length * MS_PER_LINE;
    if (this.#listedFor !== view || (this.#tree.isDynamic && isDue)) this.#list();
    let isSettling = this.#tree.isDynamic && !isDue;
    for (const row of this.#rows.rows.values()) {
      if (this.#tree.isDynamic) row.update({ ...row.line, ...(shape.find(row.line.path) ?? GONE) });
      row.paint(view, now);
      isSettling ||= row.isSettling(now);
    }
    if (isSettling && !this.#model.engine.frozen.peek()) this.#painter.request(this);
  }

  /** Which lines there are now; a long list is asked less often than its values. */
  #list(): void {
    const shape = this.#model.shape;
    if (!shape) return;
    const before = this.#lines;
    this.#lines = this.#tree.lines(shape, this.#model.query.peek());
    this.#listedAt = performance.now();
    this.#listedFor = this.#model.shown?.view;
    const isSame = before.length === this.#lines.length && before.every((line, i) => this.#keyOf(line) === this.#keyOf(this.#lines[i]!));
    if (!isSame) this.#rows.refresh();
    for (const row of this.#rows.rows.values()) row.update(this.#lines[row.index]!);
  }

  // In a filtered list the same path has another depth and label.
  #keyOf(line: Line): string {
    return `${line.depth} ${line.label} ${line.path}`;
  }

  #create(line: Line): FieldRow {
    const row = new FieldRow(line, this.#model);
    row.element.addEventListener("click", (event) => {
      const target = event.target as Element;
      if (row.plot?.contains(target)) return this.#model.togglePlot(row.line);
      if (row.table?.contains(target)) return this.#model.show(row.line.path);
      this.#model.selected.value = row.line;
      if (row.edit?.contains(target)) this.#model.edit();
      if (row.caret.contains(target)) this.#toggle(row.line);
    });
    row.element.addEventListener("dblclick", () => (row.line.isGroup ? this.#toggle(row.line) : this.#model.edit()));
    row.element.addEventListener("focus", () => (this.#model.selected.value = row.line));
    this.#markRow(row, this.#model.selected.peek(), this.#model.hovered.peek(), this.#model.plotted.peek());
    const view = this.#model.shown?.view;
    if (view) row.paint(view, performance.now());
    return row;
  }

  #place(row: FieldRow, index: number): void {
    row.index = index;
    row.update(this.#lines[index]!);
    row.element.setAttribute("aria-rowindex", String(index + 2));
    const selected = this.#model.selected.peek();
    row.element.tabIndex = selected ? (selected.path === row.line.path ? 0 : -1) : index === 0 ? 0 : -1;
  }

  #toggle(line: Line): void {
    this.#tree.toggle(line);
    this.#list();
    this.#painter.request(this);
    this.#model.selected.value = this.#lines.find(({ path }) => path === line.path) ?? line;
  }

  #selectedLine(): Line | undefined {
    const path = this.#model.selected.peek()?.path;
    return path === undefined ? undefined : this.#lines.find((line) => line.path === path);
  }

  #selectedIsGroup(): boolean {
    return this.#selectedLine()?.isGroup ?? false;
  }

  #tableOfSelected(): void {
    const line = this.#selectedLine();
    if (line && isTable(line)) this.#model.show(line.path);
  }

  #toggleSelected(open?: boolean): void {
    const line = this.#selectedLine();
    if (line?.isGroup && (open === undefined || line.isOpen !== open)) this.#toggle(line);
  }

  #plotSelected(): void {
    const line = this.#model.selected.peek();
    if (line && isPlottable(line)) this.#model.togglePlot(line);
  }

  #mark(selected: Part | undefined, hovered: Part | undefined, plotted: readonly Part[]): void {
    for (const row of this.#rows.rows.values()) this.#markRow(row, selected, hovered, plotted);
  }

  #markRow(row: FieldRow, selected: Part | undefined, hovered: Part | undefined, plotted: readonly Part[]): void {
    const { path } = row.line;
    setClass(row.element, "selected", selected?.path === path);
    setClass(row.element, "hovered", hovered?.path === path);
    const series = plotted.findIndex((line) => line.path === path);
    if (series >= 0) row.element.dataset["series"] = String(series);
    else delete row.element.dataset["series"];
    if (selected?.path === path) row.element.tabIndex = 0;
    else if (selected) row.element.tabIndex = -1;
    if (row.plot) setAttr(row.plot, "aria-pressed", String(series >= 0));
  }

  #move(by: number): void {
    const at = this.#lines.findIndex(({ path }) => path === this.#model.selected.peek()?.path);
    const next = at < 0 ? 0 : Math.max(0, Math.min(this.#lines.length - 1, at + by));
    this.select(next);
  }

  /** Select a line and bring it into sight. */
  select(index: number): void {
    const line = this.#lines[index];
    if (!line) return;
    this.#model.hovered.value = undefined; // wherever the mouse was left
    this.#model.selected.value = line;
    this.#rows.reveal(index, 140);
    this.#rows.rows.get(this.#keyOf(line))?.element.focus({ preventScroll: true });
  }

  /** Select the line of a path, or the nearest one around it that is listed. */
  selectPath(path: string): void {
    for (let at = path; at; ) {
      const index = this.#lines.findIndex((line) => line.path === at);
      if (index >= 0) return this.select(index);
      const up = at.replace(/(\[\d+\]|\.?[^.[\]]+)$/, "");
      if (up === at) return;
      at = up;
    }
  }
}
