// One line of the field table: name, value, unit, its place between the limits, and what can be done with it.
import { flagNames, type Field } from "@pagecast/client";
import { el, icon, setAttr, setClass, TextCell } from "../dom.ts";
import { hex, visible } from "../format.ts";
import { PATHS } from "../icons.tsx";
import { TEXT_MS } from "../painter.ts";
import { unitText } from "../values.ts";
import { isPlottable, isTable, type Line, lineText, numberOf, typeText } from "./lines.ts";
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

/** A small button that does something with a line. */
function tool(kind: string, path: string, title: string, says: string): HTMLButtonElement {
  const button = el("button", `tool ${kind}-button`, icon(path));
  button.type = "button";
  button.tabIndex = -1;
  button.title = title;
  button.setAttribute("aria-label", says);
  return button;
}

/** Flags as chips, one a label that is set; what has no label as a number. */
class Chips {
  readonly element = el("bdi", "chips");
  #text = "";

  /** @param value undefined: the field is not there */
  set(field: Field, value: number | bigint | undefined): boolean {
    const names = value === undefined ? [] : flagNames(field, value);
    const text = value === undefined ? "not there" : names.join("\n") || "none";
    if (text === this.#text) return false;
    this.#text = text;
    const chip = (name: unknown): HTMLElement =>
      typeof name === "string" ? el("span", "flag", visible(name, 40)) : el("span", "flag rest", `0x${hex(name as number, 1)}`);
    this.element.replaceChildren(...(names.length ? names.map(chip) : [el("span", "flag none", text)]));
    return true;
  }
}

export class FieldRow {
  readonly element = el("div", "field");
  line: Line;
  index = 0;
  readonly caret = el("button", "caret");
  readonly plot: HTMLButtonElement | undefined;
  readonly table: HTMLButtonElement | undefined;
  readonly edit: HTMLButtonElement | undefined;
  readonly #value = new TextCell();
  readonly #chips: Chips | undefined;
  readonly #beyond = new TextCell();
  readonly #offset = new TextCell();
  readonly #valueBox: HTMLElement;
  readonly #bar: Bar | undefined;
  #changedAt = -Infinity;
  #hasValue = false;
  /** Up to twenty digits: on two lines where one is too short. */
  readonly #isLong: boolean;

  constructor(line: Line, model: RegionModel) {
    this.line = line;
    const { field } = line;
    const path = visible(line.path, 120);
    this.#chips = field.kind === "flags" && !line.isGroup ? new Chips() : undefined;
    this.#valueBox = el("span", "f-value", this.#chips?.element ?? el("bdi", "", this.#value.node));
    this.#valueBox.prepend(el("span", "f-beyond", this.#beyond.node));
    const bar = el("span", "f-bar");
    if (!line.isGroup && field.min !== undefined && field.max !== undefined && field.max > field.min) {
      this.#bar = new Bar(field.min, field.max);
      bar.append(this.#bar.element);
    }
    const tools = el("span", "f-tools");
    if (isTable(line)) this.table = tool("table", PATHS.table, "Show as a table (v)", `Show ${path} as a table`);
    if (isPlottable(line)) this.plot = tool("plot", PATHS.chart, "Plot (p)", `Plot ${path}`);
    if (model.maySet(line)) this.edit = tool("edit", PATHS.edit, "Set (Enter)", `Set ${path}`);
    for (const button of [this.edit, this.table, this.plot]) if (button) tools.append(button);
    const unit = el("span", "f-unit", line.isGroup ? "" : unitText(field.unit));
    const offset = el("span", "f-offset", this.#offset.node);
    this.element.append(this.#name(), this.#valueBox, unit, bar, el("span", "f-type", typeText(line)), offset, tools);
    this.element.setAttribute("role", "row");
    this.element.setAttribute("aria-level", String(line.depth + 1));
    for (const child of this.element.children) child.setAttribute("role", "gridcell");
    this.element.tabIndex = -1;
    this.element.dataset["path"] = line.path;
    setClass(this.element, "is-group", line.isGroup);
    setClass(this.element, "is-wide", !line.isGroup && ["flags", "text", "blob"].includes(field.kind));
    this.#isLong = !line.isGroup && field.elementBytes === 8 && ["int", "uint"].includes(field.kind);
    setClass(this.element, "is-long", this.#isLong);
    setClass(this.element, "is-bare", !field.unit);
    this.update(line);
    this.element.addEventListener("mouseenter", () => (model.hovered.value = this.line));
    this.element.addEventListener("mouseleave", () => (model.hovered.value = undefined));
  }

  #name(): HTMLElement {
    const { line } = this;
    const name = el("span", "f-name");
    name.style.paddingInlineStart = `${line.depth * 14}px`;
    if (line.isGroup) {
      this.caret.type = "button";
      this.caret.tabIndex = -1;
      this.caret.append(icon("M6 3.5 10.5 8 6 12.5z"));
      name.append(this.caret);
    } else name.append(el("span", "caret-space"));
    name.append(el("span", "f-label", visible(line.label, 120)));
    const isElement = line.label.startsWith("[");
    if (line.field.title && !isElement) name.append(el("span", "f-title", visible(line.field.title, 80)));
    if (line.field.doc) name.title = visible(line.field.doc, 400);
    return name;
  }

  /** The same path, perhaps opened or closed, perhaps elsewhere. */
  update(line: Line): void {
    this.line = line;
    this.#offset.set(line.isThere ? `0x${hex(line.offset, 4)}` : "–");
    setClass(this.element, "absent", !line.isThere);
    if (!line.isGroup) return;
    setAttr(this.element, "aria-expanded", String(line.isOpen));
    this.caret.setAttribute("aria-label", `${line.isOpen ? "Close" : "Open"} ${visible(line.path, 120)}`);
  }

  paint(view: DataView, now: number): void {
    const { line } = this;
    const isChanged = this.#chips
      ? this.#chips.set(line.field, line.isThere ? (line.field.read(view, line.offset) as number) : undefined)
      : this.#value.set(this.#text(view));
    const number = this.#bar && numberOf(line, view);
    if (number !== undefined) {
      const beyond = this.#bar!.set(number);
      const says = beyond < 0 ? "▼ below min" : beyond > 0 ? "▲ above max" : "";
      if (this.#beyond.set(this.#isLong ? says.slice(0, 1) : says)) this.#valueBox.title = says;
    }
    this.#markChange(isChanged, now);
  }

  #text(view: DataView): string {
    const text = lineText(this.line, view);
    return this.#isLong ? text.replaceAll("\u202f", "\u2009") : text; // the one keeps groups of digits together, the other does not
  }

  #markChange(isChanged: boolean, now: number): void {
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
