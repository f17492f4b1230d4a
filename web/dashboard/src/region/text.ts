// The whole of a text that does not fit a line: XML, YAML, JSON or prose in a field, as it is, line by line.
import { effect } from "@preact/signals";
import { el, TextCell } from "../dom.ts";
import { groupDigits, visible } from "../format.ts";
import type { Painter } from "../painter.ts";
import type { RegionModel } from "./model.ts";
import type { Part } from "./shape.ts";

const EVERY_MS = 500; // a text of half a MiB is not read ten times a second
const LONG_UNITS = 48;
const CHARS_MAX = 200_000;
const LINE_MAX = 10_000;

export class TextPane {
  readonly everyMs = EVERY_MS;
  readonly #model: RegionModel;
  readonly #painter: Painter;
  readonly #host: HTMLElement;
  readonly #off: (() => void)[];
  readonly #title = new TextCell();
  readonly #about = new TextCell();
  readonly #box = el("pre", "text-box");
  #raw = "";

  constructor(model: RegionModel, painter: Painter, host: HTMLElement) {
    this.#model = model;
    this.#painter = painter;
    this.#host = host;
    this.#box.tabIndex = 0;
    const head = el("header", "", el("h2", "", el("bdi", "", this.#title.node)), el("span", "muted", this.#about.node));
    host.append(head, this.#box);
    this.#off = [
      effect(() => {
        host.hidden = !isLong(model.selected.value);
        this.paint();
      }),
      model.engine.onUpdate((track) => track.region.name === model.name && painter.request(this)),
      () => host.replaceChildren(),
    ];
  }

  dispose(): void {
    for (const off of this.#off) off();
    this.#painter.forget(this);
  }

  paint(): void {
    const part = this.#model.now(this.#model.selected.peek());
    const view = this.#model.shown?.view;
    if (this.#host.hidden || !part || !view) return;
    const text = part.isThere ? String(part.field.read(view, part.offset, part.units)) : "";
    this.#title.set(visible(part.path, 80));
    const cut = text.length > CHARS_MAX ? `, the first ${groupDigits(String(CHARS_MAX))} shown` : "";
    const format = part.field.format ? `${visible(part.field.format, 20)}, ` : "";
    this.#about.set(`${format}${groupDigits(String(text.length))} characters${cut}`);
    if (text === this.#raw && this.#box.firstChild) return;
    this.#raw = text;
    const lines = text.slice(0, CHARS_MAX).replaceAll("\r\n", "\n").replaceAll("\t", "  ").split("\n");
    this.#box.textContent = lines.map((line) => visible(line, LINE_MAX)).join("\n") || "(empty)";
  }
}

function isLong(part: Part | undefined): boolean {
  return part !== undefined && !part.dims.length && part.field.kind === "text" && (part.field.units > LONG_UNITS || part.field.format !== "");
}
