// The bytes themselves, with the layout laid over them: fields as bands, the field under the cursor marked in both
// panes, bytes that just changed tinted. One text node a row; bands are placed boxes behind it.
import type { Layout } from "@pagecast/client";
import { effect, signal } from "@preact/signals";
import { el, setClass, TextCell } from "../dom.ts";
import { hex } from "../format.ts";
import { TEXT_MS, type Painter } from "../painter.ts";
import { VirtualRows } from "../virtual.ts";
import { lineAt, type Line } from "./lines.ts";
import type { RegionModel } from "./model.ts";

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

  constructor(base: number, width: number, digits: number, bands: readonly Band[]) {
    this.base = base;
    this.#width = width;
    const box = el("span", "hex-bytes", this.#layer, this.#tints, this.#marks, el("span", "hex-text", this.#bytes.node));
    this.element.append(el("span", "hex-offset", hex(base, digits)), box, el("span", "hex-ascii", this.#ascii.node));
    place(this.#layer, bands);
  }

  mark(selected: Line | undefined, hovered: Line | undefined): void {
    const bands: Band[] = [];
    for (const [line, kind] of [
      [hovered, "hover"],
      [selected, "select"],
    ] as const) {
      if (!line) continue;
      const from = Math.max(0, line.offset - this.base);
      const to = Math.min(this.#width, line.offset + line.bytes - this.base);
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
  readonly #layout: Layout | undefined;
  readonly #host: HTMLElement;
  readonly #rows: VirtualRows<HexRow>;
  readonly #off: (() => void)[];
  readonly #size: number;
  readonly #width: number;
  readonly #onPick: (line: Line) => void;

  constructor(
    model: RegionModel,
    painter: Painter,
    layout: Layout | undefined,
    host: HTMLElement,
    scroller: HTMLElement,
    onPick: (line: Line) => void,
  ) {
    this.#model = model;
    this.#painter = painter;
    this.#layout = layout;
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
      effect(() => this.#mark(model.selected.value, model.hovered.value)),
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
  }

  dispose(): void {
    for (const off of this.#off) off();
    this.#host.removeEventListener("mousemove", this.#onMove);
    this.#host.removeEventListener("mouseleave", this.#onLeave);
    this.#host.removeEventListener("click", this.#onClick);
    this.#painter.forget(this);
    this.#rows.dispose();
  }

  paint(now: number): void {
    const bytes = this.#model.shown?.bytes;
    if (!bytes) return;
    let isSettling = false;
    for (const row of this.#rows.rows.values()) {
      row.paint(bytes, now);
      isSettling ||= row.isSettling();
    }
    if (isSettling && !this.#model.engine.frozen.peek()) this.#painter.request(this);
  }

  #create(base: number, digits: number): HexRow {
    const row = new HexRow(base, this.#width, digits, this.#bands(base));
    row.mark(this.#model.selected.peek(), this.#model.hovered.peek());
    const bytes = this.#model.shown?.bytes;
    if (bytes) row.paint(bytes, performance.now());
    return row;
  }

  /** Neighbouring fields in two tones, padding without. */
  #bands(base: number): Band[] {
    const bands: Band[] = [];
    const end = Math.min(base + this.#width, this.#size);
    for (let at = base; at < end; ) {
      const line = this.#layout && lineAt(this.#layout, at);
      const to = line ? Math.min(end, line.offset + line.bytes) : at + 1;
      if (line) bands.push({ from: at - base, to: to - base, kind: `tone-${toneOf(line)}` });
      at = to;
    }
    return bands;
  }

  #mark(selected: Line | undefined, hovered: Line | undefined): void {
    for (const row of this.#rows.rows.values()) row.mark(selected, hovered);
  }

  #reveal(selected: Line | undefined): void {
    if (!selected) return;
    this.start.value = Math.floor(selected.offset / WINDOW_BYTES) * WINDOW_BYTES;
    this.#rows.reveal(Math.floor((selected.offset - this.start.peek()) / this.#width));
  }

  #lineUnder(event: MouseEvent): Line | undefined {
    const box = (event.target as Element).closest(".hex-row")?.querySelector(".hex-text");
    if (!box || !this.#layout) return undefined;
    const row = [...this.#rows.rows.values()].find(({ element }) => element.contains(box));
    const { left, width } = box.getBoundingClientRect();
    const column = Math.floor(((event.clientX - left) / width) * this.#width);
    if (!row || column < 0 || column >= this.#width) return undefined;
    return lineAt(this.#layout, row.base + column);
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
}

// Elements of one array alternate too: by place, not by field.
function toneOf(line: Line): number {
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
