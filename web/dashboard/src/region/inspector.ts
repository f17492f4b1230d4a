// One line below the bytes: the field under the cursor, else the selected one, exactly as it is stored.
import type { Field } from "@pagecast/client";
import { effect } from "@preact/signals";
import { el, TextCell } from "../dom.ts";
import { hex, visible } from "../format.ts";
import { TEXT_MS, type Painter } from "../painter.ts";
import { unitText } from "../values.ts";
import { isGroupPart, typeText, usedText } from "./lines.ts";
import type { RegionModel } from "./model.ts";
import type { Part } from "./shape.ts";

const BYTES_SHOWN = 16;

export class Inspector {
  readonly everyMs = TEXT_MS;
  readonly #model: RegionModel;
  readonly #painter: Painter;
  readonly #off: (() => void)[];
  readonly #where = new TextCell();
  readonly #value = new TextCell();
  readonly #bytes = new TextCell();
  readonly #doc = new TextCell();

  constructor(model: RegionModel, painter: Painter, host: HTMLElement) {
    this.#model = model;
    this.#painter = painter;
    host.append(
      el("span", "i-where", this.#where.node),
      el("span", "i-value", el("bdi", "", this.#value.node)),
      el("span", "i-bytes", this.#bytes.node),
      el("span", "i-doc", this.#doc.node),
    );
    this.#off = [
      effect(() => {
        void model.hovered.value;
        void model.selected.value;
        void model.engine.frozen.value?.at;
        painter.request(this);
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
    const line = this.#model.now(this.#model.hovered.peek() ?? this.#model.selected.peek());
    const shown = this.#model.shown;
    if (!line || !shown) {
      this.#where.set("Point at a field or a byte.");
      this.#value.set("");
      this.#bytes.set("");
      this.#doc.set("");
      return;
    }
    const end = line.offset + line.bytes;
    this.#where.set(`0x${hex(line.offset, 4)} + ${line.bytes}  ${visible(line.path, 160)}  ${typeText(line)}${placeText(line)}`);
    this.#value.set(exactText(line, shown.view));
    const bytes = Array.from(shown.bytes.subarray(line.offset, Math.min(end, line.offset + BYTES_SHOWN)), (byte) =>
      hex(byte, 2),
    );
    this.#bytes.set(bytes.join(" ") + (line.bytes > BYTES_SHOWN ? " …" : ""));
    this.#doc.set(visible(line.field.doc, 200));
  }
}

/** Every digit that is there; an enum's number beside its label. */
function exactText(line: Part, view: DataView): string {
  const { field } = line;
  if (!line.isThere) return "not there";
  if (isGroupPart(line) && field.kind !== "blob") return usedText(line);
  const value = field.read(view, line.offset, line.units);
  const unit = field.unit ? ` ${unitText(field.unit)}` : "";
  if (field.scale !== 1 && ["real", "int", "uint"].includes(field.kind))
    return `${String(value)} × ${field.scale} = ${shortest(Number(value) * field.scale)}${unit}`;
  switch (field.kind) {
    case "real":
      return `${Object.is(value, -0) ? "-0" : String(field.type === "f32" ? shortest(value as number) : value)}${unit}`;
    case "int":
    case "uint":
      return `${String(value)}${unit}  0x${hexOf(value as number | bigint, line.bytes)}${momentText(line, Number(value))}`;
    case "enum":
      return `${String(value)}  ${visible(field.labels.get(value as number) ?? "no label", 64)}`;
    case "flags":
      return `0x${hexOf(value as number | bigint, field.elementBytes)}  ${flagMarks(field, value as number | bigint)}`;
    case "text":
      return visible(value as string, 200);
    default:
      return value instanceof Uint8Array ? usedBytes(line) : String(value);
  }
}

/** Every flag, and whether it is set. */
function flagMarks(field: Field, value: number | bigint): string {
  const bits = BigInt.asUintN(64, BigInt(value));
  return field.flags.map(([mask, label]) => `${(bits & mask) === mask ? "■" : "□"} ${visible(label, 40)}`).join("  ");
}

function usedBytes({ field, units }: Part): string {
  return field.dynamic?.length ? `${units} of ${field.units} bytes in use` : "";
}

/** What of its place is not plain: elements further apart than they are large, a role. */
function placeText({ field, dims, stride }: Part): string {
  const gap = dims.length && stride !== field.elementBytes ? `  stride ${stride}` : "";
  const bits = field.role ? `  role ${visible(field.role, 20)}` : "";
  return gap + bits;
}

/** The shortest decimal that reads back as the same f32. */
function shortest(value: number): number {
  for (let digits = 6; digits < 10; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value || Math.abs(short - value) <= Math.abs(value) * Number.EPSILON * 4) return short;
  }
  return value;
}

function hexOf(value: number | bigint, bytes: number): string {
  return BigInt.asUintN(bytes * 8, BigInt(value)).toString(16).padStart(bytes * 2, "0");
}

const UNIX_MS: { readonly [suffix: string]: number } = { s: 1000, ms: 1, us: 1e-3, ns: 1e-6 };

/** A field named ..._unix_s, _ms, _us or _ns is a moment. */
function momentText(line: Part, value: number): string {
  const suffix = /unix_(s|ms|us|ns)$/.exec(line.field.name)?.[1];
  const moment = suffix && value > 0 ? new Date(value * UNIX_MS[suffix]!) : undefined;
  return moment && !Number.isNaN(moment.getTime()) ? `  ${moment.toISOString()}` : "";
}
