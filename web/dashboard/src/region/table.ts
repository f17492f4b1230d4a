// An array of structs as a table: a row per element in use, a column per field. Only the cells in sight exist, and only
// those are read, at 10 Hz at most.
import { effect } from "@preact/signals";
import { el, setAttr, setClass, TextCell } from "../dom.ts";
import { visible } from "../format.ts";
import { TEXT_MS, type Painter } from "../painter.ts";
import { listKeys, pageKeys } from "../shell/keys.ts";
import { lineOfText } from "../values.ts";
import { VirtualRows } from "../virtual.ts";
import { cellPart, type Column, columnsOf } from "./columns.ts";
import { isPlottable, lineText, numberOf, usedText } from "./lines.ts";
import type { RegionModel } from "./model.ts";
import type { Part } from "./shape.ts";

const QUIET_MS = 1500;
const MOVING_MS = 600;
const INDEX_CH = 7;

interface Placed extends Column {
  /** From the left, in characters. */
  readonly left: number;
  readonly index: number;
}

class Cell {
  readonly element = el("span", "t-cell");
  readonly #text = new TextCell();
  #changedAt = -Infinity;
  #hasValue = false;

  constructor(column: Placed) {
    this.element.append(el("bdi", "", this.#text.node));
    place(this.element, column);
    setClass(this.element, "is-text", column.isText);
    this.element.setAttribute("role", "gridcell");
    this.element.setAttribute("aria-colindex", String(column.index + 2));
    this.element.tabIndex = -1;
  }

  paint(part: Part | undefined, view: DataView, now: number): void {
    const beyond = part?.isThere ? beyondOf(part, view) : "";
    const isChanged = this.#text.set(part?.isThere ? beyond + cellText(part, view) : "–");
    if (isChanged && this.#hasValue) {
      setClass(this.element, "flash", now - this.#changedAt > QUIET_MS);
      this.#changedAt = now;
    }
    this.#hasValue = true;
    const isMoving = now - this.#changedAt < MOVING_MS;
    setClass(this.element, "moving", isMoving);
    if (!isMoving) setClass(this.element, "flash", false);
    setClass(this.element, "beyond", beyond !== "");
  }

  isSettling(now: number): boolean {
    return now - this.#changedAt < MOVING_MS + TEXT_MS;
  }
}

class Row {
  readonly element = el("div", "t-row");
  readonly index: number;
  readonly cells = new Map<string, Cell>();

  constructor(index: number) {
    this.index = index;
    const head = el("span", "t-index", `[${index}]`);
    head.setAttribute("role", "rowheader");
    this.element.append(head);
    this.element.setAttribute("role", "row");
    this.element.setAttribute("aria-rowindex", String(index + 2));
  }

  /** Have exactly these cells, in this order. */
  show(columns: readonly Placed[]): void {
    const wanted = new Set(columns.map(({ path }) => path));
    for (const [path, cell] of this.cells) {
      if (wanted.has(path)) continue;
      cell.element.remove();
      this.cells.delete(path);
    }
    let before: Element | null = this.element.children[1] ?? null;
    for (const column of columns) {
      let cell = this.cells.get(column.path);
      if (!cell) this.cells.set(column.path, (cell = new Cell(column)));
      cell.element.dataset["column"] = column.path;
      if (before === cell.element) before = before.nextElementSibling;
      else this.element.insertBefore(cell.element, before);
    }
  }
}

function place(element: HTMLElement, { left, width }: Placed): void {
  element.style.left = `${left}ch`;
  element.style.width = `${width}ch`;
}

export class StructTable {
  readonly everyMs = TEXT_MS;
  readonly #model: RegionModel;
  readonly #painter: Painter;
  readonly #path: string;
  readonly #scroller: HTMLElement;
  readonly #head = el("div", "t-head");
  readonly #body = el("div", "rows");
  readonly #empty = el("p", "muted pad", "No element is in use.");
  readonly #rows: VirtualRows<Row>;
  readonly #off: (() => void)[];
  readonly #charPx: number;
  #columns: Placed[] = [];
  #inSight: readonly Placed[] = [];
  #count = 0;

  constructor(model: RegionModel, painter: Painter, path: string, scroller: HTMLElement) {
    this.#model = model;
    this.#painter = painter;
    this.#path = path;
    this.#scroller = scroller;
    this.#head.setAttribute("role", "row");
    this.#head.setAttribute("aria-rowindex", "1");
    this.#body.setAttribute("role", "rowgroup");
    scroller.append(this.#head, this.#body);
    scroller.after(this.#empty);
    this.#charPx = charWidth(scroller);
    const count = (): number => this.#count;
    this.#rows = new VirtualRows<Row>(
      this.#body,
      {
        get count() {
          return count();
        },
        keyAt: String,
        create: (_, index) => this.#create(index),
      },
      undefined,
      scroller,
    );
    this.#off = [
      effect(() => this.#choose(model.query.value)),
      effect(() => {
        void model.selected.value;
        void model.hovered.value;
        this.#mark();
      }),
      effect(() => {
        void model.engine.frozen.value?.at;
        painter.request(this);
      }),
      model.engine.onUpdate((track) => track.region.name === model.name && painter.request(this)),
      listKeys((by) => this.#move(by, 0)),
      pageKeys({
        ArrowLeft: () => this.#move(0, -1),
        ArrowRight: () => this.#move(0, 1),
        Home: () => this.#move(0, -Infinity),
        End: () => this.#move(0, Infinity),
        Enter: () => model.edit(),
        p: () => this.#plot(),
        v: () => model.show(""),
        Escape: () => model.show(""),
      }),
    ];
    scroller.addEventListener("scroll", this.#onScroll, { passive: true });
    scroller.addEventListener("click", this.#onClick);
    scroller.addEventListener("dblclick", this.#onDouble);
    scroller.addEventListener("mousemove", this.#onOver);
    scroller.addEventListener("mouseleave", this.#onLeave);
    painter.request(this);
  }

  dispose(): void {
    for (const off of this.#off) off();
    this.#scroller.removeEventListener("scroll", this.#onScroll);
    this.#scroller.removeEventListener("click", this.#onClick);
    this.#scroller.removeEventListener("dblclick", this.#onDouble);
    this.#scroller.removeEventListener("mousemove", this.#onOver);
    this.#scroller.removeEventListener("mouseleave", this.#onLeave);
    this.#painter.forget(this);
    this.#rows.dispose();
    this.#scroller.replaceChildren();
    this.#empty.remove();
  }

  paint(now: number): void {
    const { shape, shown } = this.#model;
    const array = shape?.find(this.#path);
    this.#resize(array);
    if (!shape || !shown || !array) return;
    let isSettling = false;
    for (const row of this.#rows.rows.values())
      for (const column of this.#inSight) {
        const cell = row.cells.get(column.path);
        if (!cell) continue;
        cell.paint(row.index < this.#count ? cellPart(array, row.index, column, shape) : undefined, shown.view, now);
        isSettling ||= cell.isSettling(now);
      }
    if (isSettling && !this.#model.engine.frozen.peek()) this.#painter.request(this);
  }

  /** As many rows as are in use. */
  #resize(array: Part | undefined): void {
    const count = array?.isThere ? (array.dims[0] ?? 0) : 0;
    this.#model.tableUsed.value = array?.isThere ? usedText(array) || String(count) : "not there";
    if (count === this.#count && this.#scroller.hasAttribute("aria-rowcount")) return;
    this.#count = count;
    this.#empty.hidden = count > 0;
    setAttr(this.#scroller, "aria-rowcount", String(count + 1));
    this.#rows.refresh();
  }

  #choose(query: string): void {
    const field = this.#model.shape?.find(this.#path)?.field;
    let left = INDEX_CH;
    this.#columns = (field ? columnsOf(field, query) : []).map((column, index) => {
      const placed = { ...column, index, left };
      left += column.width;
      return placed;
    });
    for (const part of [this.#head, this.#body]) part.style.width = `${left}ch`;
    setAttr(this.#scroller, "aria-colcount", String(this.#columns.length + 1));
    for (const row of this.#rows.rows.values()) {
      for (const cell of row.cells.values()) cell.element.remove();
      row.cells.clear();
    }
    this.#inSight = [];
    this.#look();
  }

  /** Which columns are in sight. */
  #look(): void {
    const from = this.#scroller.scrollLeft / this.#charPx;
    const to = from + this.#scroller.clientWidth / this.#charPx;
    const inSight = this.#columns.filter(({ left, width }) => left + width > from && left < to);
    const isSame = inSight.length === this.#inSight.length && inSight.every((column, i) => column === this.#inSight[i]);
    if (isSame && inSight.length) return;
    this.#inSight = inSight;
    this.#head.replaceChildren(this.#corner(), ...inSight.map(headOf));
    for (const row of this.#rows.rows.values()) row.show(inSight);
    this.#mark();
    this.#painter.request(this);
  }

  #corner(): HTMLElement {
    const corner = el("span", "t-index", "#");
    corner.setAttribute("role", "columnheader");
    corner.setAttribute("aria-colindex", "1");
    corner.title = "Element";
    return corner;
  }

  #create(index: number): Row {
    const row = new Row(index);
    row.show(this.#inSight);
    this.#painter.request(this);
    queueMicrotask(() => this.#mark());
    return row;
  }

  #mark(): void {
    const selected = this.#model.selected.peek()?.path;
    const hovered = this.#model.hovered.peek()?.path;
    let hasStop = false;
    for (const row of this.#rows.rows.values())
      for (const [path, { element }] of row.cells) {
        const full = `${this.#path}[${row.index}]${path}`;
        setClass(element, "selected", full === selected);
        setClass(element, "hovered", full === hovered);
        element.tabIndex = full === selected ? 0 : -1;
        hasStop ||= full === selected;
      }
    // Tab must lead somewhere.
    if (!hasStop) for (const row of this.#rows.rows.values()) return void setFirstStop(row);
  }

  #at(event: Event): Part | undefined {
    const cell = (event.target as Element).closest<HTMLElement>(".t-cell");
    for (const row of cell ? this.#rows.rows.values() : [])
      if (row.element.contains(cell)) return this.#part(row.index, cell!.dataset["column"]!);
    return undefined;
  }

  #part(row: number, path: string): Part | undefined {
    const { shape } = this.#model;
    const array = shape?.find(this.#path);
    const column = this.#columns.find((each) => each.path === path);
    return shape && array && column && row < this.#count ? cellPart(array, row, column, shape) : undefined;
  }

  readonly #onScroll = (): void => this.#look();
  readonly #onClick = (event: Event): void => {
    const part = this.#at(event);
    if (part) this.#model.selected.value = part;
  };
  readonly #onDouble = (): void => this.#model.edit();
  // A table that scrolls under a mouse at rest makes moves that are none.
  readonly #onOver = (event: MouseEvent): void => {
    if (!event.movementX && !event.movementY) return;
    const part = this.#at(event);
    if (part?.path !== this.#model.hovered.peek()?.path) this.#model.hovered.value = part;
  };
  readonly #onLeave = (): void => {
    this.#model.hovered.value = undefined;
  };

  #plot(): void {
    const part = this.#model.now(this.#model.selected.peek());
    if (part && isPlottable(part)) this.#model.togglePlot(part);
  }

  #move(rows: number, columns: number): void {
    const [row, column] = this.#cursor();
    const to = this.#columns[clamp(column + columns, this.#columns.length)];
    if (!to || !this.#count) return;
    this.#go(row < 0 ? 0 : clamp(row + rows, this.#count), row < 0 ? this.#columns[0]! : to);
  }

  /** Row and column of the selected cell; -1 = none. */
  #cursor(): readonly [number, number] {
    const path = this.#model.selected.peek()?.path ?? "";
    const match = path.startsWith(`${this.#path}[`) ? /^\[(\d+)\](.*)$/.exec(path.slice(this.#path.length)) : null;
    const column = this.#columns.findIndex((each) => each.path === match?.[2]);
    return match && column >= 0 ? [Number(match[1]), column] : [-1, -1];
  }

  #go(row: number, column: Placed): void {
    const head = this.#head.getBoundingClientRect().height;
    this.#rows.reveal(row, head);
    const left = (column.left - INDEX_CH) * this.#charPx;
    const right = (column.left + column.width) * this.#charPx - this.#scroller.clientWidth;
    if (this.#scroller.scrollLeft > left) this.#scroller.scrollLeft = left;
    else if (this.#scroller.scrollLeft < right) this.#scroller.scrollLeft = right;
    this.#look();
    this.#model.hovered.value = undefined; // wherever the mouse was left
    this.#model.selected.value = this.#part(row, column.path);
    this.#rows.rows.get(String(row))?.cells.get(column.path)?.element.focus({ preventScroll: true });
  }

  /** Select the cell of a path; false if it is none of this table's. */
  selectPath(path: string): boolean {
    const rest = path.startsWith(`${this.#path}[`) ? path.slice(this.#path.length) : "";
    const [, row, inner] = /^\[(\d+)\](.*)$/.exec(rest) ?? [];
    const column = this.#columns.find((each) => each.path === inner);
    if (row === undefined || !column || Number(row) >= this.#count) return false;
    this.#go(Number(row), column);
    return true;
  }
}

/** Beyond its limits: said with a sign, not with colour alone. */
function beyondOf(part: Part, view: DataView): string {
  const { min, max } = part.field;
  if (min === undefined && max === undefined) return "";
  const value = numberOf(part, view);
  if (value === undefined) return "";
  return value < (min ?? -Infinity) ? "▼ " : value > (max ?? Infinity) ? "▲ " : "";
}

// A column says what it is: no quotes.
function cellText(part: Part, view: DataView): string {
  const { field, dims, offset, units } = part;
  return field.kind === "text" && !dims.length ? lineOfText(field.read(view, offset, units) as string) : lineText(part, view);
}

function headOf(column: Placed): HTMLElement {
  const { path, group, label, unit, field, index, isText } = column;
  const cell = el("span", "t-cell", el("span", "t-group", group), el("span", "t-label", label, el("span", "t-unit", unit && ` ${unit}`)));
  place(cell, column);
  setClass(cell, "is-text", isText);
  cell.setAttribute("role", "columnheader");
  cell.setAttribute("aria-colindex", String(index + 2));
  cell.title = visible([path.slice(1), field.title, field.doc].filter(Boolean).join("\n"), 400).replaceAll("\\u{a}", "\n");
  return cell;
}

function setFirstStop(row: Row): void {
  for (const { element } of row.cells.values()) return void (element.tabIndex = 0);
}

function clamp(n: number, count: number): number {
  return Math.max(0, Math.min(count - 1, n));
}

function charWidth(box: HTMLElement): number {
  const probe = el("span", "t-probe", "0".repeat(100));
  box.append(probe);
  const px = probe.getBoundingClientRect().width / 100;
  probe.remove();
  return px || 7;
}
