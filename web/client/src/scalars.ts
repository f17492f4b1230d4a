// The types of the layout language, and how one element of each is read from bytes.
import { narrow } from "./msgpack.ts";

export const TYPE_BYTES = {
  bool: 1,
  i8: 1,
  u8: 1,
  i16: 2,
  u16: 2,
  i32: 4,
  u32: 4,
  i64: 8,
  u64: 8,
  f32: 4,
  f64: 8,
  char: 1,
  wchar16: 2,
  enum8: 1,
  enum16: 2,
  enum32: 4,
  struct: 0,
  bool32: 4,
  wchar32: 4,
} as const;

export type TypeName = keyof typeof TYPE_BYTES;
export type Kind = "bool" | "int" | "uint" | "real" | "text" | "blob" | "enum" | "struct" | "flags";
/** One element: 64-bit integers are bigint only beyond 2^53, an enum is its number. */
export type Scalar = boolean | number | bigint | string | Uint8Array;
/** One element that starts at byte `at` of the view; of a text or blob, `units` of it. */
export type Read = (view: DataView, at: number, units?: number) => Scalar;

export function isType(name: string): name is TypeName {
  return Object.hasOwn(TYPE_BYTES, name);
}

export function kindOf(type: TypeName, hasLength: boolean): Kind {
  if (type === "bool" || type === "struct") return type;
  if (type === "bool32") return "bool";
  if (type === "char" || type === "wchar16" || type === "wchar32") return "text";
  if (type === "u8" && hasLength) return "blob";
  if (type.startsWith("enum")) return "enum";
  if (type.startsWith("f")) return "real";
  return type.startsWith("i") ? "int" : "uint";
}

export function reader(type: TypeName, signed: boolean, bytes: number): Read {
  switch (type) {
    case "bool":
      return (view, at) => view.getUint8(at) !== 0;
    case "i8":
      return (view, at) => view.getInt8(at);
    case "u8":
      return (view, at) => view.getUint8(at);
    case "i16":
      return (view, at) => view.getInt16(at, true);
    case "u16":
      return (view, at) => view.getUint16(at, true);
    case "i32":
      return (view, at) => view.getInt32(at, true);
    case "u32":
      return (view, at) => view.getUint32(at, true);
    case "i64":
      return (view, at) => narrow(view.getBigInt64(at, true));
    case "u64":
      return (view, at) => narrow(view.getBigUint64(at, true));
    case "f32":
      return (view, at) => view.getFloat32(at, true);
    case "f64":
      return (view, at) => view.getFloat64(at, true);
    case "char":
      return (view, at, units = bytes) => readText(view, at, units);
    case "wchar16":
      return (view, at, units = bytes / 2) => readWide(view, at, units * 2);
    case "wchar32":
      return (view, at, units = bytes / 4) => readWide32(view, at, units);
    case "bool32":
      return (view, at) => view.getUint32(at, true) !== 0;
    // An enum's integer is signed exactly if one of its labels is negative (pagecast/layout.h).
    case "enum8":
      return signed ? (view, at) => view.getInt8(at) : (view, at) => view.getUint8(at);
    case "enum16":
      return signed ? (view, at) => view.getInt16(at, true) : (view, at) => view.getUint16(at, true);
    case "enum32":
      return signed ? (view, at) => view.getInt32(at, true) : (view, at) => view.getUint32(at, true);
    case "struct":
      return () => "";
  }
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const utf16 = new TextDecoder("utf-16le", { ignoreBOM: true });

function readText(view: DataView, at: number, bytes: number): string {
  let length = 0;
  while (length < bytes && view.getUint8(at + length)) length++;
  return utf8.decode(new Uint8Array(view.buffer, view.byteOffset + at, length));
}

function readWide(view: DataView, at: number, bytes: number): string {
  let length = 0;
  while (length + 1 < bytes && view.getUint16(at + length, true)) length += 2;
  return utf16.decode(new Uint8Array(view.buffer, view.byteOffset + at, length));
}

function readWide32(view: DataView, at: number, units: number): string {
  let text = "";
  for (let i = 0; i < units; i++) {
    const code = view.getUint32(at + 4 * i, true);
    if (!code) break;
    text += String.fromCodePoint(code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0xfffd : code);
  }
  return text;
}

export function readBlob(bytes: number): Read {
  return (view, at, units = bytes) => new Uint8Array(view.buffer, view.byteOffset + at, units);
}

/** Some bits of the number that `whole` reads; a signed one keeps its sign. */
export function readBits(whole: Read, type: TypeName, signed: boolean, first: number, count: number): Read {
  const mask = (1n << BigInt(count)) - 1n;
  const isSigned = signed || type.startsWith("i");
  return (view, at) => {
    const read = type === "bool" ? view.getUint8(at) : type === "bool32" ? view.getUint32(at, true) : whole(view, at);
    const value = (BigInt(read as number) >> BigInt(first)) & mask;
    if (type.startsWith("bool")) return value !== 0n;
    return narrow(isSigned ? BigInt.asIntN(count, value) : value);
  };
}
