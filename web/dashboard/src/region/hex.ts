// The bytes themselves, with the layout laid over them: fields as bands, the field under the cursor marked in both
// panes, bytes that just changed tinted. One text node a row; bands are placed boxes behind it.
import { effect, signal } from "@preact/signals";
import { el, setClass, TextCell } from "../dom.ts";
import { hex, visible } from "../format.ts";
import { TEXT_MS, type Painter } from "../painter.ts";
import { VirtualRows } from "../virtual.ts";
import { lineText } from "./lines.ts";
import type { RegionModel } from "./model.ts";
import type { Part, Shape } from "./shape.ts";

const HEX = Array.from({ length: 256 }, (_, byte) => hex(byte, 2));
const TINT_MS = 500;
// Browsers end a page's height somewhere above ten million pixels: a large region is shown in windows.
export const WINDOW_BYTES = 1 << 20;
const CHARS_PER_BYTE = 3; // "ff "
const PADDING_PX = 28; // of a row, both sides; see region.css

/** A band over bytes [from, to) of a row. */
interface Band {
  readonly from: number;
  readonly to: number;
  readonly kind: string;
}

interface Place {
  readonly offset: number;
  readonly bytes: number;
}

class HexRow {
  readonly element = el("div", "hex-row");
  readonly base: number;
  readonly #width: number;
  readonly #bytes = new TextCell();
  readonly #ascii = new TextCell();
  readonly #layer = el("span", "bands");
  readonly #marks = el("span", "bands");
  readonly #tints = el("span", "bands");
  #before: Uint8Array | undefined;
  #tintedAt = -Infinity;
  #tinted: Band[] = [];

  #banded = "";

  constructor(base: number, width: number, digits: number) {
    this.base = base;
    this.#width = width;
    const box = el("span", "hex-bytes", this.#layer, this.#tints, this.#marks, el("span", "hex-text", this.#bytes.node));
    this.element.append(el("span", "hex-offset", hex(base, digits)), box, el("span", "hex-ascii", this.#ascii.node));
  }

  /** Fields move where the bytes say so. */
  lay(bands: readonly Band[]): void {
    const text = JSON.stringify(bands);
    if (text === this.#banded) return;
    this.#banded = text;
    place(this.#layer, bands);
  }

  mark(marks: readonly (readonly [place: Place | undefined, kind: string])[]): void {
    const bands: Band[] = [];
    for (const [at, kind] of marks) {
      if (!at) continue;
      const from = Math.max(0, at.offset - this.base);
      const to = Math.min(this.#width, at.offset + at.bytes - this.base);
      if (from < to) bands.push({ from, to, kind });
    }
    place(this.#marks, bands);
  }

  paint(bytes: Uint8Array, now: number): void {
    const row = bytes.subarray(this.base, this.base + this.#width);
    const before = this.#before;
    const changed: Band[] = [];
    let text = "";
    let ascii = "";
    for (let i = 0; i < row.length; i++) {
      const byte = row[i]!;
      text += `${HEX[byte]!} `;
      ascii += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·";
      if (!before || before[i] === byte) continue;
      const last = changed.at(-1);
      if (last?.to === i) changed[changed.length - 1] = { ...last, to: i + 1 };
      else changed.push({ from: i, to: i + 1, kind: "changed" });
    }
    this.#bytes.set(text);
    this.#ascii.set(ascii);
    this.#before = row.slice();
    if (changed.length) {
      this.#tintedAt = now;
      if (JSON.stringify(changed) !== JSON.stringify(this.#tinted)) place(this.#tints, (this.#tinted = changed));
    } else if (this.#tinted.length && now - this.#tintedAt > TINT_MS) place(this.#tints, (this.#tinted = []));
  }

  isSettling(): boolean {
    return this.#tinted.length > 0;
  }
}

function place(layer: HTMLElement, bands: readonly Band[]): void {
  while (layer.childElementCount > bands.length) layer.lastElementChild!.remove();
  while (layer.childElementCount < bands.length) layer.append(el("i"));
  bands.forEach(({ from, to, kind }, i) => {
    const box = layer.children[i] as HTMLElement;
    box.className = kind;
    box.style.left = `${from * CHARS_PER_BYTE - 0.5}ch`;
    box.style.width = `${(to - from) * CHARS_PER_BYTE}ch`;
  });
}

export class HexPane {
  readonly everyMs = TEXT_MS;
  /** First byte of the window shown; a multiple of WINDOW_BYTES. */
  readonly start = signal(0);
  readonly #model: RegionModel;
  readonly #painter: Painter;
  readonly #scroller: HTMLElement;
  readonly #said = new TextCell();
  readonly #host: HTMLElement;
  readonly #rows: VirtualRows<HexRow>;
  readonly #off: (() => void)[];
  readonly #size: number;
  readonly #width: number;
  readonly #onPick: (line: Part) => void;
  #laidFor: Shape | undefined;
  /** The byte that the keyboard is at; -1 = none. */
  #cursor = -1;

  constructor(
    model: RegionModel,
    painter: Painter,
    host: HTMLElement,
    scroller: HTMLElement,
    onPick: (line: Part) => void,
  ) {
    this.#model = model;
    this.#painter = painter;
    this.#scroller = scroller;
    this.#host = host;
    this.#onPick = onPick;
    this.#size = model.track?.region.size ?? 0;
    this.#width = bytesPerRow(scroller);
    const digits = Math.max(4, (this.#size - 1).toString(16).length);
    setClass(scroller, "narrow", this.#width === 8);
    const count = (): number => Math.ceil(Math.min(WINDOW_BYTES, this.#size - this.start.peek()) / this.#width);
    const baseOf = (index: number): number => this.start.peek() + index * this.#width;
    this.#rows = new VirtualRows(
      host,
      {
        get count() {
          return count();
        },
        keyAt: (index) => String(baseOf(index)),
        create: (_, index) => this.#create(baseOf(index), digits),
      },
      undefined,
      scroller,
    );
    this.#off = [
      effect(() => {
        void model.selected.value;
        void model.hovered.value;
        this.#markAll();
      }),
      effect(() => this.#reveal(model.selected.value)),
      effect(() => {
        void this.start.value;
        scroller.scrollTop = 0;
        this.#rows.refresh();
      }),
      effect(() => {
        void model.engine.frozen.value?.at;
        painter.request(this);
      }),
      model.engine.onUpdate((track) => track.region.name === model.name && painter.request(this)),
    ];
    host.addEventListener("mousemove", this.#onMove);
    host.addEventListener("mouseleave", this.#onLeave);
    host.addEventListener("click", this.#onClick);
    scroller.addEventListener("keydown", this.#onKey);
    scroller.addEventListener("focus", this.#onFocus);
    scroller.addEventListener("blur", this.#onBlur);
    const status = el("div", "visually-hidden", this.#said.node);
    status.setAttribute("role", "status");
    scroller.parentElement!.append(status);
    this.#off.push(() => status.remove());
  }

  dispose(): void {
    for (const off of this.#off) off();
    this.#host.removeEventListener("mousemove", this.#onMove);
    this.#host.removeEventListener("mouseleave", this.#onLeave);
    this.#host.removeEventListener("click", this.#onClick);
    this.#scroller.removeEventListener("keydown", this.#onKey);
    this.#scroller.removeEventListener("focus", this.#onFocus);
    this.#scroller.removeEventListener("blur", this.#onBlur);
    this.#painter.forget(this);
    this.#rows.dispose();
  }

  paint(now: number): void {
    const bytes = this.#model.shown?.bytes;
    if (!bytes) return;
    let isSettling = false;
    const { shape } = this.#model;
    const isMoved = shape !== this.#laidFor;
    this.#laidFor = shape;
    for (const row of this.#rows.rows.values()) {
      if (isMoved) row.lay(this.#bands(row.base));
      row.paint(bytes, now);
      isSettling ||= row.isSettling();
    }
    if (isMoved) this.#markAll();
    if (isSettling && !this.#model.engine.frozen.peek()) this.#painter.request(this);
  }

  #create(base: number, digits: number): HexRow {
    const row = new HexRow(base, this.#width, digits);
    row.lay(this.#bands(base));
    row.mark(this.#marks());
    const bytes = this.#model.shown?.bytes;
    if (bytes) row.paint(bytes, performance.now());
    return row;
  }

  /** Neighbouring fields in two tones, padding without. */
  #bands(base: number): Band[] {
    const bands: Band[] = [];
    const end = Math.min(base + this.#width, this.#size);
    const shape = this.#model.shape;
    for (let at = base; at < end; ) {
      const line = shape?.partAt(at);
      const to = line ? Math.min(end, line.offset + line.bytes) : at + 1;
      if (line) bands.push({ from: at - base, to: to - base, kind: `tone-${toneOf(line)}` });
      at = to;
    }
    return bands;
  }

  #marks(): readonly (readonly [Place | undefined, string])[] {
    const { selected, hovered } = this.#model;
    const cursor = this.#cursor < 0 ? undefined : { offset: this.#cursor, bytes: 1 };
    return [
      [this.#model.now(hovered.peek()), "hover"],
      [this.#model.now(selected.peek()), "select"],
      [cursor, "cursor"],
    ];
  }

  #markAll(): void {
    const marks = this.#marks();
    for (const row of this.#rows.rows.values()) row.mark(marks);
  }

  #reveal(selected: Part | undefined): void {
    const part = this.#model.now(selected);
    if (part?.isThere) this.#revealByte(part.offset);
  }

  #revealByte(byte: number): void {
    this.start.value = Math.floor(byte / WINDOW_BYTES) * WINDOW_BYTES;
    this.#rows.reveal(Math.floor((byte - this.start.peek()) / this.#width));
  }

  #lineUnder(event: MouseEvent): Part | undefined {
    const box = (event.target as Element).closest(".hex-row")?.querySelector(".hex-text");
    if (!box) return undefined;
    const row = [...this.#rows.rows.values()].find(({ element }) => element.contains(box));
    const { left, width } = box.getBoundingClientRect();
    const column = Math.floor(((event.clientX - left) / width) * this.#width);
    if (!row || column < 0 || column >= this.#width) return undefined;
    return this.#model.shape?.partAt(row.base + column);
  }

  readonly #onMove = (event: MouseEvent): void => {
    const line = this.#lineUnder(event);
    if (line?.path !== this.#model.hovered.peek()?.path) this.#model.hovered.value = line;
  };
  readonly #onLeave = (): void => {
    this.#model.hovered.value = undefined;
  };
  readonly #onClick = (event: MouseEvent): void => {
    const line = this.#lineUnder(event);
    if (line) this.#onPick(line);
  };
  readonly #onFocus = (): void => {
    if (this.#cursor < 0) this.#cursor = Math.max(this.#model.now(this.#model.selected.peek())?.offset ?? 0, this.start.peek());
    if (this.#scroller.matches(":focus-visible")) this.#goTo(this.#cursor);
    else this.#cursor = -1; // the mouse is here
  };
  readonly #onBlur = (): void => {
    this.#cursor = -1;
    this.#model.hovered.value = undefined;
    this.#markAll();
  };
  /** Arrows walk the bytes, Enter selects the field under the cursor. */
  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = Math.max(0, this.#cursor);
    const to = stepFrom(event.key, at, this.#width, this.#size);
    if (to !== undefined) this.#goTo(to);
    else if (event.key === "Enter") {
      const part = this.#model.shape?.partAt(at);
      if (part) this.#onPick(part);
    } else return;
    event.preventDefault();
  };

  #goTo(byte: number): void {
    this.#cursor = byte;
    this.#revealByte(byte);
    const part = this.#model.shape?.partAt(byte);
    this.#model.hovered.value = part;
    this.#markAll();
    const view = this.#model.shown?.view;
    const value = view ? `0x${HEX[view.getUint8(byte)]!}` : "";
    const says = part && view ? `${visible(part.path)} ${lineText(part, view)}` : "no field";
    this.#said.set(`byte 0x${hex(byte, 4)}: ${value}, ${says}`);
  }
}

function stepFrom(key: string, at: number, width: number, size: number): number | undefined {
  const steps: { readonly [key: string]: number } = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -width,
    ArrowDown: width,
    PageUp: -14 * width,
    PageDown: 14 * width,
    Home: -(at % width),
    End: width - 1 - (at % width),
  };
  if (!Object.hasOwn(steps, key)) return undefined;
  const to = at + steps[key]!;
  return to < 0 || to >= size ? Math.max(0, Math.min(size - 1, key.startsWith("Page") ? to : at)) : to;
}

// Elements of one array alternate too: by place, not by field.
function toneOf(line: Part): number {
  return Math.floor(line.offset / Math.max(1, line.bytes)) % 2;
}

function bytesPerRow(box: HTMLElement): number {
  const probe = el("span", "hex-probe", "0".repeat(100));
  box.append(probe);
  const char = probe.getBoundingClientRect().width / 100;
  probe.remove();
  const digits = 4;
  const gaps = 4;
  return box.clientWidth - PADDING_PX >= (digits + gaps + 16 * CHARS_PER_BYTE + 16) * char ? 16 : 8;
}
