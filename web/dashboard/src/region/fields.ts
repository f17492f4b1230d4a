// The field table: a tree of lines, painted at 10 Hz at most, only what is in sight.
import type { Layout } from "@pagecast/client";
import { effect } from "@preact/signals";
import { el, icon, setAttr, setClass, TextCell } from "../dom.ts";
import { hex, visible } from "../format.ts";
import { PATHS } from "../icons.tsx";
import { TEXT_MS, type Painter } from "../painter.ts";
import { listKeys, pageKeys } from "../shell/keys.ts";
import { unitText } from "../values.ts";
import { VirtualRows } from "../virtual.ts";
import { isPlottable, type Line, lineText, LineTree, typeText } from "./lines.ts";
import type { RegionModel } from "./model.ts";

const QUIET_MS = 1500; // a change after so long a rest flashes; one that never rests is only marked
const MOVING_MS = 600;

/** A field's place between its limits, and whether it is beyond them. */
class Bar {
  readonly element = el("span", "bar-track");
  readonly #fill = el("i");
  readonly #min: number;
  readonly #max: number;
  #shown = -1;

  constructor(min: number, max: number) {
    this.#min = min;
    this.#max = max;
    this.element.append(this.#fill);
    this.element.title = `${min} … ${max}`;
  }

  /** @return 0 within the limits, -1 below, 1 above */
  set(value: number): number {
    const share = Math.max(0, Math.min(1, (value - this.#min) / (this.#max - this.#min || 1)));
    const rounded = Math.round(share * 200) / 200;
    if (rounded !== this.#shown) {
      this.#shown = rounded;
      this.#fill.style.transform = `scaleX(${rounded})`;
    }
    const beyond = value < this.#min ? -1 : value > this.#max ? 1 : 0;
    setClass(this.element, "beyond", beyond !== 0);
    return beyond;
  }
}

class FieldRow {
  readonly element = el("div", "field");
  line: Line;
  readonly caret = el("button", "caret");
  readonly plot = el("button", "plot-button");
  readonly #value = new TextCell();
  readonly #beyond = new TextCell();
  readonly #valueBox: HTMLElement;
  readonly #bar: Bar | undefined;
  #changedAt = -Infinity;
  #hasValue = false;

  constructor(line: Line, model: RegionModel) {
    this.line = line;
    const { field } = line;
    const name = el("span", "f-name");
    name.style.paddingInlineStart = `${line.depth * 14}px`;
    if (line.isGroup) {
      this.caret.type = "button";
      this.caret.tabIndex = -1;
      this.caret.append(icon("M6 3.5 10.5 8 6 12.5z"));
      name.append(this.caret);
    } else name.append(el("span", "caret-space"));
    const isElement = line.label.startsWith("[");
    name.append(el("span", "f-label", visible(line.label, 120)));
    if (field.title && !isElement) name.append(el("span", "f-title", visible(field.title, 80)));
    if (field.doc) name.title = visible(field.doc, 400);
    this.#valueBox = el("span", "f-value", el("bdi", "", this.#value.node));
    this.#valueBox.prepend(el("span", "f-beyond", this.#beyond.node));
    const unit = el("span", "f-unit", line.isGroup ? "" : unitText(field.unit));
    setClass(this.element, "is-group", line.isGroup);
    const bar = el("span", "f-bar");
    if (!line.isGroup && field.min !== undefined && field.max !== undefined && field.max > field.min) {
      this.#bar = new Bar(field.min, field.max);
      bar.append(this.#bar.element);
    }
    const tools = el("span", "f-tools");
    if (isPlottable(line)) {
      this.plot.type = "button";
      this.plot.tabIndex = -1;
      this.plot.title = "Plot (p)";
      this.plot.setAttribute("aria-label", `Plot ${line.path}`);
      this.plot.append(icon(PATHS.chart));
      tools.append(this.plot);
    }
    const offset = el("span", "f-offset", `0x${hex(line.offset, 4)}`);
    this.element.append(name, this.#valueBox, unit, bar, el("span", "f-type", typeText(line)), offset, tools);
    this.element.setAttribute("role", "row");
    this.element.setAttribute("aria-level", String(line.depth + 1));
    for (const child of this.element.children) child.setAttribute("role", "gridcell");
    this.element.tabIndex = -1;
    this.element.dataset["path"] = line.path;
    this.update(line);
    this.element.addEventListener("mouseenter", () => (model.hovered.value = this.line));
    this.element.addEventListener("mouseleave", () => (model.hovered.value = undefined));
  }

  /** The same path, perhaps opened or closed. */
  update(line: Line): void {
    this.line = line;
    if (!line.isGroup) return;
    setAttr(this.element, "aria-expanded", String(line.isOpen));
    this.caret.setAttribute("aria-label", `${line.isOpen ? "Close" : "Open"} ${line.path}`);
  }

  paint(view: DataView, now: number): void {
    const { line } = this;
    const isChanged = this.#value.set(line.isOpen && line.field.kind === "struct" ? "" : lineText(line, view));
    if (this.#bar) {
      const beyond = this.#bar.set(Number(line.field.read(view, line.offset)));
      this.#beyond.set(beyond < 0 ? "▼ below min" : beyond > 0 ? "▲ above max" : "");
    }
    if (isChanged && this.#hasValue) {
      setClass(this.#valueBox, "flash", now - this.#changedAt > QUIET_MS);
      this.#changedAt = now;
    }
    this.#hasValue = true;
    const since = now - this.#changedAt;
    setClass(this.element, "moving", since < MOVING_MS);
    if (since > MOVING_MS) setClass(this.#valueBox, "flash", false);
  }

  /** It still fades, though nothing new came. */
  isSettling(now: number): boolean {
    return now - this.#changedAt < MOVING_MS + TEXT_MS;
  }
}

export class FieldTable {
  readonly everyMs = TEXT_MS;
  readonly #model: RegionModel;
  readonly #painter: Painter;
  readonly #rows: VirtualRows<FieldRow>;
  readonly #tree: LineTree;
  readonly #off: (() => void)[];
  #lines: Line[] = [];

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
        this.#lines = this.#tree.lines(model.query.value);
        this.#refresh();
      }),
      effect(() => this.#mark(model.selected.value, model.hovered.value, model.plotted.value)),
      effect(() => {
        void model.engine.frozen.value?.at;
        painter.request(this);
      }),
      model.engine.onUpdate((track) => track.region.name === model.name && painter.request(this)),
      listKeys((by) => this.#move(by)),
      pageKeys({
        Enter: () => this.#toggleSelected(),
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
    if (!view) return;
    let isSettling = false;
    for (const row of this.#rows.rows.values()) {
      row.paint(view, now);
      isSettling ||= row.isSettling(now);
    }
    if (isSettling && !this.#model.engine.frozen.peek()) this.#painter.request(this);
  }

  // In a filtered list the same path has another depth and label.
  #keyOf(line: Line): string {
    return `${line.depth} ${line.label} ${line.path}`;
  }

  #create(line: Line): FieldRow {
    const row = new FieldRow(line, this.#model);
    row.element.addEventListener("click", (event) => {
      const target = event.target as Element;
      if (row.plot.contains(target)) return this.#model.togglePlot(row.line);
      this.#model.selected.value = row.line;
      if (row.caret.contains(target)) this.#toggle(row.line);
    });
    row.element.addEventListener("dblclick", () => row.line.isGroup && this.#toggle(row.line));
    row.element.addEventListener("focus", () => (this.#model.selected.value = row.line));
    this.#markRow(row, this.#model.selected.peek(), this.#model.hovered.peek(), this.#model.plotted.peek());
    const view = this.#model.shown?.view;
    if (view) row.paint(view, performance.now());
    return row;
  }

  #place(row: FieldRow, index: number): void {
    row.update(this.#lines[index]!);
    row.element.setAttribute("aria-rowindex", String(index + 2));
    const selected = this.#model.selected.peek();
    row.element.tabIndex = selected ? (selected.path === row.line.path ? 0 : -1) : index === 0 ? 0 : -1;
  }

  #refresh(): void {
    this.#rows.refresh();
    this.#rows.rows.forEach((row) => {
      const line = this.#lines.find((each) => each.path === row.line.path);
      if (line) row.update(line);
    });
    this.#painter.request(this);
  }

  #toggle(line: Line): void {
    this.#tree.toggle(line);
    this.#lines = this.#tree.lines(this.#model.query.peek());
    this.#model.selected.value = this.#lines.find(({ path }) => path === line.path) ?? line;
    this.#refresh();
  }

  #toggleSelected(open?: boolean): void {
    const line = this.#model.selected.peek();
    if (line?.isGroup && (open === undefined || line.isOpen !== open)) this.#toggle(line);
  }

  #plotSelected(): void {
    const line = this.#model.selected.peek();
    if (line && isPlottable(line)) this.#model.togglePlot(line);
  }

  #mark(selected: Line | undefined, hovered: Line | undefined, plotted: readonly Line[]): void {
    for (const row of this.#rows.rows.values()) this.#markRow(row, selected, hovered, plotted);
  }

  #markRow(row: FieldRow, selected: Line | undefined, hovered: Line | undefined, plotted: readonly Line[]): void {
    const { path } = row.line;
    setClass(row.element, "selected", selected?.path === path);
    setClass(row.element, "hovered", hovered?.path === path);
    const series = plotted.findIndex((line) => line.path === path);
    if (series >= 0) row.element.dataset["series"] = String(series);
    else delete row.element.dataset["series"];
    if (selected?.path === path) row.element.tabIndex = 0;
    else if (selected) row.element.tabIndex = -1;
    if (isPlottable(row.line)) setAttr(row.plot, "aria-pressed", String(series >= 0));
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
    this.#model.selected.value = line;
    this.#rows.reveal(index, 140);
    this.#rows.rows.get(this.#keyOf(line))?.element.focus({ preventScroll: true });
  }

  /** Select the line of a path, if it is listed. */
  selectPath(path: string): void {
    this.select(this.#lines.findIndex((line) => line.path === path));
  }
}
