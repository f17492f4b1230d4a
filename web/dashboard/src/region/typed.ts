// What a person types for a field, as the value that a SET takes; or why it is none. The bridge checks again.
import type { Encodable, Field, Scalar } from "@pagecast/client";
import { unitText } from "../values.ts";
import { hasInside, type Part } from "./shape.ts";

export type Typed = { readonly value: Encodable } | { readonly error: string };

const ARRAY_MAX = 256;
const NUMBERS: readonly string[] = ["real", "int", "uint", "bool", "enum", "flags"];

/** One value, or a whole array of numbers. */
export function isSettable({ field, dims, isThere }: Part): boolean {
  if (!isThere || hasInside(field)) return false;
  if (!dims.length) return true;
  return NUMBERS.includes(field.kind) && dims.length === field.dims.length && field.count <= ARRAY_MAX;
}

/** What is there now, as it would be typed. */
export function typedText({ field, dims, offset, stride, units }: Part, view: DataView): string {
  if (!dims.length) return elementText(field, field.read(view, offset, units));
  return Array.from({ length: field.count }, (_, i) => elementText(field, field.read(view, offset + i * stride))).join(" ");
}

function elementText(field: Field, value: Scalar): string {
  if (value instanceof Uint8Array) return Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  if (field.kind === "enum") return field.labels.get(value as number) ?? String(value);
  if (field.kind === "real" && field.type === "f32" && field.scale === 1) return String(Number((value as number).toPrecision(7)));
  if (field.scale !== 1 && typeof value === "number") return String(Number((value * field.scale).toPrecision(12)));
  return String(value);
}

export function parseTyped({ field, dims }: Part, text: string): Typed {
  if (!dims.length) return parseElement(field, text);
  const parts = text.trim().split(/[\s,;]+/);
  if (parts.length !== field.count) return { error: `${field.count} values, not ${text.trim() ? parts.length : 0}` };
  const values: Encodable[] = [];
  for (const [i, part] of parts.entries()) {
    const typed = parseElement(field, part);
    if ("error" in typed) return { error: `value ${i + 1}: ${typed.error}` };
    values.push(typed.value);
  }
  return { value: values };
}

function parseElement(field: Field, text: string): Typed {
  switch (field.kind) {
    case "bool":
      return parseBool(text);
    case "enum":
      return parseEnum(field, text);
    case "text":
      return parseText(field, text);
    case "blob":
      return parseBlob(field, text);
    case "real":
      return parseReal(field, text);
    default:
      return field.scale === 1 ? parseInteger(field, text) : parseScaled(field, text);
  }
}

function parseBool(text: string): Typed {
  const word = text.trim().toLowerCase();
  if (["true", "1", "on", "yes"].includes(word)) return { value: true };
  if (["false", "0", "off", "no"].includes(word)) return { value: false };
  return { error: "true or false" };
}

function parseEnum(field: Field, text: string): Typed {
  const label = text.trim();
  if ([...field.labels.values()].includes(label)) return { value: label };
  const integer = parseInteger(field, label);
  if (!("error" in integer) && field.labels.has(integer.value as number)) return integer;
  return { error: "one of the labels" };
}

function parseText({ type, units, elementBytes }: Field, text: string): Typed {
  if (text.includes("\0")) return { error: "no NUL" };
  const [length, room] =
    type === "wchar16" ? [text.length, units] : type === "wchar32" ? [[...text].length, units] : [new TextEncoder().encode(text).length, elementBytes];
  return length > room ? { error: `too long: ${length} ${type.startsWith("wchar") ? "units" : "bytes"}, ${room} fit` } : { value: text };
}

function parseBlob({ units }: Field, text: string): Typed {
  const digits = text.replace(/\s+/g, "");
  if (!/^([0-9a-f]{2})*$/i.test(digits)) return { error: "pairs of hexadecimal digits" };
  if (digits.length / 2 > units) return { error: `too long: ${digits.length / 2} bytes, ${units} fit` };
  return { value: Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16)) };
}

const cleaned = (text: string): string => text.trim().replace(/[\u202f\u2009\u00a0]/g, "").replace("−", "-");

function parseNumber(text: string): number | undefined {
  const plain = cleaned(text).toLowerCase();
  const infinity = /^([+-]?)(inf|infinity|∞)$/.exec(plain);
  if (infinity) return infinity[1] === "-" ? -Infinity : Infinity;
  if (plain === "nan") return NaN;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(plain) ? Number(plain) : undefined;
}

function parseReal(field: Field, text: string): Typed {
  const number = parseNumber(text);
  if (number === undefined) return { error: "a number" };
  const beyond = beyondText(field, number);
  if (beyond) return { error: beyond };
  const stored = number / field.scale;
  if (field.type === "f32" && Number.isFinite(stored) && !Number.isFinite(Math.fround(stored))) return { error: "does not fit f32" };
  return { value: stored };
}

function parseInteger(field: Field, text: string): Typed {
  const match = /^([+-]?)(0x[0-9a-f]+|\d+)$/i.exec(cleaned(text));
  if (!match) return { error: "a whole number" };
  const integer = match[1] === "-" ? -BigInt(match[2]!) : BigInt(match[2]!);
  const error = rangeText(field, integer) ?? beyondText(field, Number(integer));
  if (error) return { error };
  return { value: Number.isSafeInteger(Number(integer)) ? Number(integer) : integer };
}

function parseScaled(field: Field, text: string): Typed {
  const number = parseNumber(text);
  if (number === undefined || !Number.isFinite(number)) return { error: "a number" };
  const steps = Math.round(number / field.scale);
  if (Math.abs(number / field.scale - steps) > 1e-6) return { error: `goes in steps of ${field.scale}` };
  const error = rangeText(field, BigInt(steps)) ?? beyondText(field, number);
  return error ? { error } : { value: steps };
}

function rangeText(field: Field, integer: bigint): string | undefined {
  const bits = BigInt(field.bits);
  const isSigned = field.type.startsWith("i") || [...field.labels.keys()].some((value) => value < 0);
  const [low, high] = isSigned ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n];
  return integer < low || integer > high ? `does not fit: ${low} … ${high}` : undefined;
}

/** Limits are what people see, as is `number`. NaN is within none. */
function beyondText({ min, max, unit }: Field, number: number): string | undefined {
  const isWithin = (min === undefined || number >= min) && (max === undefined || number <= max);
  if (isWithin) return undefined;
  const limits = max === undefined ? `at least ${min}` : min === undefined ? `at most ${max}` : `${min} … ${max}`;
  return `outside of ${limits} ${unitText(unit)}`.trim();
}
