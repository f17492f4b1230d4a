// One field's value as text: a formatter per field, so that moving numbers keep their decimals.
import { flagNames, type Field, type Scalar } from "@pagecast/client";
import { groupDigits, hex, RealFormat, visible } from "./format.ts";

export type ValueFormat = (value: Scalar) => string;

const formats = new WeakMap<Field, ValueFormat>();

/** The same field always gets the same formatter, wherever it is shown. */
export function formatOf(field: Field): ValueFormat {
  let format = formats.get(field);
  if (!format) formats.set(field, (format = makeFormat(field)));
  return format;
}

function makeFormat(field: Field): ValueFormat {
  if (field.scale !== 1 && ["real", "int", "uint"].includes(field.kind)) {
    if (field.kind !== "real") return stepsFormat(field.scale);
    const real = new RealFormat(7, field.min, field.max);
    return (value) => real.text(Number(value) * field.scale);
  }
  switch (field.kind) {
    case "bool":
      return (value) => (value ? "true" : "false");
    case "real": {
      const real = new RealFormat(field.type === "f32" ? 6 : 7, field.min, field.max);
      return (value) => real.text(value as number);
    }
    case "int":
    case "uint":
      return (value) => groupDigits(String(value)).replace("-", "−");
    case "enum":
      return (value) => {
        const label = field.labels.get(value as number);
        return label === undefined ? `${String(value)}?` : visible(label, 64);
      };
    case "text":
      return (value) => `“${lineOfText(value as string)}”`;
    case "blob":
      return (value) => blobText(value as Uint8Array);
    case "flags":
      return (value) => flagNames(field, value as number).map(String).join(" | ") || "0";
    case "struct":
      return () => "";
  }
}

/** As many decimals as a step has. */
function stepsFormat(scale: number): ValueFormat {
  const [digits = "", exponent = "0"] = String(scale).split("e");
  const decimals = Math.max(0, Math.min(12, (digits.split(".")[1]?.length ?? 0) - Number(exponent)));
  return (value) => (Number(value) * scale).toFixed(decimals).replace("-", "−");
}

/** On one line. */
export function lineOfText(text: string): string {
  return visible(text.slice(0, 400).replace(/\r?\n/g, " ↵ ").replaceAll("\t", " "));
}

function blobText(bytes: Uint8Array): string {
  const shown = Array.from(bytes.subarray(0, 16), (byte) => hex(byte, 2)).join(" ");
  return bytes.length > 16 ? `${shown} …` : shown;
}

/** The headline's form: bytes become KiB and so on, texts lose their quotes. */
export function shortValue(field: Field, value: Scalar): { readonly text: string; readonly unit: string } {
  const bytes = /^(B|bytes)(\/s)?$/.exec(field.unit);
  if (bytes && (typeof value === "number" || typeof value === "bigint")) return scaled(Number(value), bytes[2] ?? "");
  if (field.kind === "real") return { text: shortReal(field).text(value as number), unit: unitText(field.unit) };
  if (field.kind === "text") return { text: visible(value as string, 40) || "“”", unit: "" };
  return { text: formatOf(field)(value), unit: unitText(field.unit) };
}

const SHORT_DIGITS = 5;
const shortReals = new WeakMap<Field, RealFormat>();

function shortReal(field: Field): RealFormat {
  let format = shortReals.get(field);
  if (!format) shortReals.set(field, (format = new RealFormat(SHORT_DIGITS, field.min, field.max)));
  return format;
}

function scaled(bytes: number, per: string): { readonly text: string; readonly unit: string } {
  if (Math.abs(bytes) < 1024) return { text: String(Math.round(bytes)), unit: `B${per}` };
  const power = Math.min(4, Math.floor(Math.log2(Math.abs(bytes)) / 10));
  return { text: (bytes / 1024 ** power).toFixed(2), unit: ["B", "KiB", "MiB", "GiB", "TiB"][power]! + per };
}

const UNITS: { readonly [unit: string]: string } = { degC: "°C", degF: "°F", deg: "°", ohm: "Ω", us: "µs" };

/** Units as people write them. */
export function unitText(unit: string): string {
  return Object.hasOwn(UNITS, unit) ? UNITS[unit]! : visible(unit, 16);
}
