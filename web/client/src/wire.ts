// The messages of pagecast.v1: arrays off the wire, checked, as typed objects; and the viewer's own messages.
import { Decoder, MsgpackError, type Encodable, type Value } from "./msgpack.ts";

export const SUBPROTOCOL = "pagecast.v1";
export const MINOR = 0;

export class ProtocolError extends Error {
  override name = "ProtocolError";
}

export interface Limits {
  readonly msgBytes: number;
  readonly msgsPerS: number;
  readonly subs: number;
  readonly frames: number;
  readonly windowBytes: number;
  readonly hz: number;
  /** At the latest after so many messages with data, or so many bytes of them, an ACK is due (PC-ACK-01). */
  readonly ack: number;
  readonly ackBytes: number;
}

export interface Hello {
  readonly op: "hello";
  readonly minor: number;
  /** 32 hex digits. */
  readonly boot: string;
  readonly tUs: number;
  readonly monoUs: number;
  readonly daemon: string;
  readonly instance: string;
  readonly hbMs: number;
  readonly access: string;
  readonly limits: Limits;
  readonly caps: readonly string[];
}

export interface AnnRow {
  readonly rid: number;
  readonly name: string;
  readonly gen: number;
  readonly size: number;
  readonly sid: string;
  readonly flags: number;
  readonly state: number;
  readonly staleMs: number;
  readonly hintMs: number;
  readonly kind: number;
  readonly doc: string;
  /** Paths that we may set; undefined: every one, or none (PC-ANN-05). */
  readonly set?: readonly string[];
}

export interface LiveRow {
  readonly rid: number;
  readonly state: number;
  readonly hbAgeMs: number | undefined;
  readonly writeAgeMs: number | undefined;
  readonly epoch: number;
  readonly pid: number;
  readonly writeHz: number;
  readonly writer: string;
  /** Why it has that state, for people (PC-LIV-08). */
  readonly why?: string;
}

/** UPD has `data`, VAL has `values`. */
export interface Update {
  readonly op: "update";
  readonly rid: number;
  readonly gen: number;
  readonly base: number;
  readonly seq: number;
  readonly wseq: number;
  readonly tUs: number | undefined;
  readonly ageMs: number | undefined;
  readonly flags: number;
  readonly data?: Uint8Array;
  readonly values?: { [field: string]: Value };
}

export type Message =
  | Hello
  | { readonly op: "ann"; readonly last: boolean; readonly rows: readonly AnnRow[] }
  | { readonly op: "unann"; readonly rids: readonly number[] }
  | { readonly op: "schema"; readonly sid: string; readonly schema: Value }
  | { readonly op: "res"; readonly ref: number; readonly code: number; readonly rows: readonly (readonly [number, number])[] }
  | Update
  | { readonly op: "live"; readonly tUs: number; readonly rows: readonly LiveRow[] }
  | { readonly op: "hb"; readonly n: number; readonly tUs: number; readonly monoUs: number; readonly stats: Stats }
  | { readonly op: "pong"; readonly n: number; readonly tUs: number }
  | { readonly op: "status"; readonly level: number; readonly id: string; readonly text: string; readonly ttlMs: number }
  | { readonly op: "err"; readonly ref: number | undefined; readonly code: number; readonly text: string }
  | { readonly op: "bye"; readonly code: number; readonly text: string; readonly reconnectMs: number };

export interface Stats {
  readonly viewers: number;
  readonly regions: number;
  readonly conflated: number;
  readonly sentBytes: number;
  /** How often data for this viewer was due and waited for a limit of bytes a second. */
  readonly held: number;
}

/** Read every array of one message; throws ProtocolError on anything malformed. */
export function* readMessages(bytes: Uint8Array): Generator<Message> {
  const decoder = new Decoder(bytes);
  if (decoder.done) throw new ProtocolError("an empty message");
  while (!decoder.done) {
    let value: Value;
    try {
      value = decoder.next();
    } catch (error) {
      if (error instanceof MsgpackError) throw new ProtocolError(error.message);
      throw error;
    }
    const message = readMessage(value);
    if (message) yield message;
  }
}

function readMessage(value: Value): Message | undefined {
  const a = list(value);
  const op = uint(a[0]);
  switch (op) {
    case 1:
      return readHello(a);
    case 2:
      return { op: "ann", last: bool(a[1]), rows: list(a[2]).map(readAnnRow) };
    case 3:
      return { op: "unann", rids: list(a[1]).map(uint) };
    case 4:
      return { op: "schema", sid: str(a[1]), schema: map(a[2]) };
    case 5:
      return { op: "res", ref: uint(a[1]), code: uint(a[2]), rows: list(a[3]).map(readResRow) };
    case 6:
      return { ...readHead(a), data: bin(a[9]) };
    case 7:
      return { ...readHead(a), values: map(a[9]) };
    case 8:
      return { op: "live", tUs: uint(a[1]), rows: list(a[2]).map(readLiveRow) };
    case 9:
      return { op: "hb", n: uint(a[1]), tUs: uint(a[2]), monoUs: uint(a[3]), stats: readStats(map(a[4])) };
    case 10:
      return { op: "pong", n: uint(a[1]), tUs: uint(a[2]) };
    case 11:
      return { op: "status", level: uint(a[1]), id: str(a[2]), text: str(a[3]), ttlMs: uint(a[4]) };
    case 12:
      return { op: "err", ref: optUint(a[1]), code: uint(a[2]), text: str(a[3]) };
    case 13:
      return { op: "bye", code: uint(a[1]), text: str(a[2]), reconnectMs: uint(a[3]) };
    default:
      if (op >= 64) return undefined; // PC-CON-04
      throw new ProtocolError(`unknown op ${op}`);
  }
}

function readHello(a: readonly Value[]): Hello {
  const boot = bin(a[2]);
  if (boot.length !== 16) throw new ProtocolError("boot is not 16 bytes");
  const info = map(a[5]);
  const limits = info["limits"] === undefined ? {} : map(info["limits"]);
  const limit = (key: string, otherwise: number): number => {
    const value = limits[key];
    return typeof value === "number" && value > 0 ? value : otherwise;
  };
  const caps = info["caps"];
  return {
    op: "hello",
    minor: uint(a[1]),
    boot: hex(boot),
    tUs: uint(a[3]),
    monoUs: uint(a[4]),
    daemon: optStr(info["daemon"]),
    instance: optStr(info["instance"]),
    hbMs: clamp(typeof info["hb_ms"] === "number" ? info["hb_ms"] : 1000, 50, 60_000),
    access: optStr(info["access"]),
    limits: {
      msgBytes: limit("msg_bytes", 16384),
      msgsPerS: limit("msgs_per_s", 50),
      subs: limit("subs", 1024),
      frames: limit("frames", 4),
      windowBytes: limit("window_bytes", 262144),
      hz: limit("hz", 60),
      ack: limit("ack", 1),
      ackBytes: limit("ack_bytes", 1),
    },
    caps: Array.isArray(caps) ? caps.filter((cap): cap is string => typeof cap === "string") : [],
  };
}

function readAnnRow(value: Value): AnnRow {
  const a = list(value);
  const rid = uint(a[0]);
  if (!rid) throw new ProtocolError("rid 0");
  return {
    rid,
    name: str(a[1]),
    gen: uint(a[2]),
    size: uint(a[3]),
    sid: str(a[4]),
    flags: uint(a[5]),
    state: uint(a[6]),
    staleMs: uint(a[7]),
    hintMs: uint(a[8]),
    kind: uint(a[9]),
    doc: optStr(a[10]),
    ...(a[11] === undefined ? {} : { set: list(a[11]).map(str) }),
  };
}

function readLiveRow(value: Value): LiveRow {
  const a = list(value);
  return {
    rid: uint(a[0]),
    state: uint(a[1]),
    hbAgeMs: optUint(a[2]),
    writeAgeMs: optUint(a[3]),
    epoch: uint(a[4]),
    pid: uint(a[5]),
    writeHz: real(a[6]),
    writer: optStr(a[7]),
    ...(a[8] === undefined ? {} : { why: str(a[8]) }),
  };
}

function readHead(a: readonly Value[]) {
  return {
    op: "update",
    rid: uint(a[1]),
    gen: uint(a[2]),
    base: uint(a[3]),
    seq: uint(a[4]),
    wseq: uint(a[5]),
    tUs: optUint(a[6]),
    ageMs: optUint(a[7]),
    flags: uint(a[8]),
  } as const;
}

function readResRow(value: Value): readonly [number, number] {
  const a = list(value);
  return [uint(a[0]), uint(a[1])];
}

function readStats(stats: { [key: string]: Value }): Stats {
  const count = (key: string): number => {
    const value = stats[key];
    return typeof value === "number" ? value : 0;
  };
  return {
    viewers: count("viewers"),
    regions: count("regions"),
    conflated: count("conflated"),
    sentBytes: count("sent_bytes"),
    held: count("held"),
  };
}

function list(value: Value | undefined): readonly Value[] {
  if (!Array.isArray(value)) throw new ProtocolError("expected an array");
  return value;
}

function map(value: Value | undefined): { [key: string]: Value } {
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== null)
    throw new ProtocolError("expected a map");
  return value as { [key: string]: Value };
}

// Ages of days and counts of years stay below 2^53; what does not is nonsense, and is read as the nearest number.
function uint(value: Value | undefined): number {
  if (typeof value === "bigint" && value >= 0n) return Number(value);
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0)
    throw new ProtocolError("expected an unsigned integer");
  return value;
}

function optUint(value: Value | undefined): number | undefined {
  return value === null ? undefined : uint(value);
}

function real(value: Value | undefined): number {
  if (typeof value !== "number") throw new ProtocolError("expected a number");
  return Number.isFinite(value) && value > 0 ? value : 0;
}

function bool(value: Value | undefined): boolean {
  if (typeof value !== "boolean") throw new ProtocolError("expected a bool");
  return value;
}

function str(value: Value | undefined): string {
  if (typeof value !== "string") throw new ProtocolError("expected a text");
  return value;
}

function optStr(value: Value | undefined): string {
  return typeof value === "string" ? value : "";
}

function bin(value: Value | undefined): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new ProtocolError("expected bytes");
  return value;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

export function unhex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** Options of one subscription as they go out (PC-SUB-02). */
export interface SubOptions {
  hz?: number;
  enc?: 0 | 1;
  live_only?: boolean;
  gen?: number;
  seq?: number;
}

export const out = {
  hello: (info: { token?: string; agent?: string; resume?: Uint8Array }): Encodable => [32, MINOR, { ...info }],
  sub: (ref: number, rows: readonly (readonly [number | string, SubOptions])[]): Encodable => [
    33,
    ref,
    rows.map(([target, options]) => [target, { ...options }]),
  ],
  unsub: (ref: number, targets: readonly (number | string)[]): Encodable => [34, ref, targets],
  getSchema: (ref: number, sid: string): Encodable => [35, ref, sid],
  ack: (frames: number, hidden: boolean): Encodable => [36, frames, hidden],
  ping: (n: number): Encodable => [37, n],
  rate: (maxHz: number | null): Encodable => [38, maxHz],
  set: (ref: number, rid: number, values: { [path: string]: Encodable }): Encodable => [39, ref, rid, values],
} as const;
