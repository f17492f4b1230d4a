// Values of a message that must have a shape: checked, or a LayoutError.
import type { Value } from "./msgpack.ts";

export class LayoutError extends Error {
  override name = "LayoutError";
}

export function asMap(value: Value | undefined, what: string): { [key: string]: Value } {
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== null)
    throw new LayoutError(`${what} is not a map`);
  return value as { [key: string]: Value };
}

export function whole(value: Value | undefined, what: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0)
    throw new LayoutError(`${what} is not a size`);
  return value;
}

export function optWhole(value: Value | undefined, otherwise: number): number {
  return value === undefined ? otherwise : whole(value, "a size");
}

export function optNumber(value: Value | undefined): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

export function numbers(value: Value | undefined): number[] {
  if (!Array.isArray(value)) throw new LayoutError("dimensions are not a list");
  return value.map((item) => whole(item, "a dimension"));
}

export function text(value: Value | undefined): string {
  return typeof value === "string" ? value : "";
}
