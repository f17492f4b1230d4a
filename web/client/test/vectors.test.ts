// The golden vectors of tests/vectors: what C and Python say too.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { globMatch } from "../src/client.ts";
import { Layout } from "../src/layout.ts";
import { Decoder, encode, encodeAll, type Encodable, type Value } from "../src/msgpack.ts";
import { patch, Region } from "../src/region.ts";
import { out, ProtocolError, readMessages, type Message, type SubOptions, type Update } from "../src/wire.ts";
import { schemaOfText } from "./layout_text.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Row = { [key: string]: Json } & { name: string; hex: string };

const folder = join(process.env["PAGECAST_ROOT"]!, "tests/vectors");
const rows = (file: string): Row[] => JSON.parse(readFileSync(join(folder, file), "utf8")) as Row[];
const bytes = (hex: Json): Uint8Array => Uint8Array.from(Buffer.from(hex as string, "hex"));

const SPECIAL: { readonly [text: string]: number } = { nan: NaN, inf: Infinity, "-inf": -Infinity };
const TYPED = [
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float32Array,
  Float64Array,
] as const;

/** The notation of tests/vectors/README.md as what our decoder makes of it. */
function meant(json: Json): Value {
  if (json === null || typeof json !== "object") return json;
  if (Array.isArray(json)) return json.map(meant);
  if ("$int" in json) return BigInt(json["$int"] as string);
  if ("$bin" in json) return bytes(json["$bin"]!);
  if ("$ext" in json) return new TYPED[(json["$ext"] as number) - 16]!(bytes(json["hex"]!).buffer as ArrayBuffer);
  const real = json["$f32"] ?? json["$f64"];
  if (real !== undefined) return typeof real === "string" ? SPECIAL[real]! : (real as number);
  const map = Object.create(null) as { [key: string]: Value };
  for (const [key, value] of Object.entries(json)) map[key] = meant(value);
  return map;
}

const OPS: { readonly [op: string]: number } = {
  HELLO: 1,
  ANN: 2,
  UNANN: 3,
  SCHEMA: 4,
  RES: 5,
  UPD: 6,
  VAL: 7,
  LIVE: 8,
  HB: 9,
  PONG: 10,
  STATUS: 11,
  ERR: 12,
  BYE: 13,
};

test("server.json: what the bridge sends decodes to what it means", () => {
  for (const { name, hex, meaning } of rows("server.json")) {
    const { op, ...elements } = meaning as { [key: string]: Json };
    const decoder = new Decoder(bytes(hex));
    const array = decoder.next();
    assert.ok(decoder.done, name);
    assert.deepEqual(array, [OPS[op as string]!, ...Object.values(elements).map(meant)], name);
  }
});

test("server.json: every message reads as a typed one with the same contents", () => {
  for (const { name, hex, meaning } of rows("server.json")) {
    const m = meaning as { [key: string]: Json };
    const read = [...readMessages(bytes(hex))];
    assert.equal(read.length, 1, name);
    const message = read[0]!;
    const op = m["op"] as string;
    assert.equal(message.op, op === "UPD" || op === "VAL" ? "update" : op.toLowerCase(), name);
    for (const [key, value] of Object.entries(flat(message, m))) assert.deepEqual(value[0], value[1], `${name} ${key}`);
  }
});

/** Pairs of what was read and what was meant, for the elements that have the same form in both. */
function flat(message: Message, m: { [key: string]: Json }): { [key: string]: readonly [unknown, unknown] } {
  const camel = (key: string): string => key.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  const pairs: { [key: string]: readonly [unknown, unknown] } = {};
  for (const [key, json] of Object.entries(m)) {
    if (key === "op" || key === "boot" || key === "info" || key === "stats" || key === "rows") continue;
    const read = (message as unknown as { [key: string]: unknown })[camel(key)];
    const value = meant(json);
    pairs[key] = [read, value === null ? undefined : typeof value === "bigint" ? Number(value) : value];
  }
  if (message.op === "ann" || message.op === "live")
    pairs["rows"] = [message.rows.map((row) => Object.values(row)), (meant(m["rows"]!) as Value[][]).map(unnull)];
  if (message.op === "res") pairs["rows"] = [message.rows, meant(m["rows"]!)];
  if (message.op === "hello") {
    const info = m["info"] as { [key: string]: Json };
    pairs["boot"] = [message.boot, (m["boot"] as { $bin: string }).$bin];
    pairs["instance"] = [message.instance, info["instance"]];
    pairs["hb_ms"] = [message.hbMs, info["hb_ms"]];
    const limits = info["limits"] as { [key: string]: number };
    pairs["limits"] = [Object.values(message.limits), Object.values(limits)];
  }
  if (message.op === "hb")
    pairs["stats"] = [Object.values(message.stats), Object.values(m["stats"] as { [key: string]: number })];
  return pairs;
}

const unnull = (row: Value[]): unknown[] => row.map((value) => value ?? undefined);

test("client.json: what we say is byte for byte what the vectors say", () => {
  let checked = 0;
  for (const { name, hex, meaning } of rows("client.json")) {
    // Rows about what a bridge must ignore or tolerate are nothing that we would send.
    if (/unknown|trailing|wide|depth|items|utf8|minor/.test(name)) continue;
    const said = (meaning as { [key: string]: Json }[]).map(say);
    if (said.includes(undefined)) continue;
    if (/resume/.test(name)) {
      // These rows use a later minor, or f32 where we say f64.
      assert.deepEqual(decodeAll(encodeAll(said)).length, decodeAll(bytes(hex)).length, name);
      continue;
    }
    assert.equal(Buffer.from(encodeAll(said)).toString("hex"), hex, name);
    checked++;
  }
  assert.ok(checked >= 14, `${checked} rows`);
});

function decodeAll(message: Uint8Array): Value[] {
  const decoder = new Decoder(message);
  const all: Value[] = [];
  while (!decoder.done) all.push(decoder.next());
  return all;
}

function say(m: { [key: string]: Json }): Encodable | undefined {
  const ref = m["ref"] as number;
  switch (m["op"]) {
    case "HELLO":
      return out.hello(meant(m["info"]!) as { token?: string });
    case "SUB":
      return out.sub(ref, meant(m["rows"]!) as unknown as [number | string, SubOptions][]);
    case "UNSUB":
      return out.unsub(ref, m["targets"] as (number | string)[]);
    case "GETSCHEMA":
      return out.getSchema(ref, m["sid"] as string);
    case "ACK":
      return out.ack(m["frames"] as number, m["hidden"] as boolean);
    case "PING":
      return [37, meant(m["n"]!) as Encodable];
    case "RATE":
      return out.rate(meant(m["max_hz"]!) as number | null);
    case "SET":
      return out.set(ref, m["rid"] as number, meant(m["values"]!) as { [path: string]: Encodable });
    default:
      return undefined;
  }
}

test("bad.json: bytes that are no message never do worse than an error", () => {
  for (const { name, hex } of rows("bad.json")) {
    try {
      for (const _ of readMessages(bytes(hex)));
    } catch (error) {
      assert.ok(error instanceof ProtocolError, `${name}: ${String(error)}`);
    }
  }
});

test("patch.json: patches turn before into after, and malformed ones change nothing", () => {
  for (const { name, hex, before, after } of rows("patch.json")) {
    const payload = bytes(before!);
    if (after === null) {
      assert.throws(() => patch(payload, bytes(hex)), ProtocolError, name);
      assert.deepEqual(payload, bytes(before!), name);
    } else {
      patch(payload, bytes(hex));
      assert.deepEqual(payload, bytes(after!), name);
    }
  }
});

test("apply.json: a viewer applies, drops or breaks off as the vectors say", () => {
  for (const { name, hex, held, result, after } of rows("apply.json")) {
    const { gen, seq, size, hex: before } = held as { gen: number; seq: number; size: number; hex: string | null };
    const region = new Region("r");
    const terms = { sid: "", flags: 0, state: 2, staleMs: 0, hintMs: 0, kind: 0, doc: "" };
    region.announce({ rid: 7, name: "r", gen, size, ...terms }, 0);
    if (before !== null) {
      const key = { op: "update", rid: 7, gen, base: 0, seq, wseq: 1, tUs: 1, ageMs: 0, flags: 1 } as const;
      region.apply({ ...key, data: bytes(before) }, 0);
    }
    const [update] = [...readMessages(bytes(hex))] as [Update];
    let got: string;
    try {
      got = region.apply(update, 1);
    } catch (error) {
      assert.ok(error instanceof ProtocolError, name);
      got = "malformed";
    }
    assert.equal(got, result, name);
    if (result === "malformed") continue;
    const bytesAfter = region.bytes && Buffer.from(region.bytes).toString("hex");
    assert.equal(bytesAfter ?? null, after ?? null, name);
  }
});

test("schema.json: every schema compiles, and its text lays out to the same schema", () => {
  for (const { name, hex, sid, layout: text } of rows("schema.json")) {
    const [message] = [...readMessages(bytes(hex))];
    assert.ok(message?.op === "schema", name);
    assert.equal(message.sid, sid, name);
    const layout = Layout.fromSchema(message.schema);
    assert.equal(layout.text, text, name);
    assert.ok(layout.fields.length > 0, name);
  }
});

test("values.json: fields read from the payload are what VAL says of them", () => {
  for (const { name, hex, layout: text, payload, changed, meaning } of rows("values.json")) {
    const said = new Decoder(bytes(hex)).next() as { [key: string]: Value };
    assert.deepEqual(said, meant(meaning!), name);
    if (text === null) continue;
    const layout = Layout.fromSchema(new Decoder(encode(schemaOfText(text as string))).next());
    const view = new DataView(bytes(payload!).buffer);
    assert.equal(layout.size, view.byteLength, name);
    const ours = layout.values(view);
    for (const [field, value] of Object.entries(said)) assert.deepEqual(plain(ours[field]), plain(value), `${name} ${field}`);
    if (changed === null) assert.deepEqual(Object.keys(ours), Object.keys(said), name);
  }
});

test("language.json: what depends on the bytes is located as the bridge does", () => {
  for (const { name, hex, schema, payload, meaning } of rows("language.json")) {
    const said = new Decoder(bytes(hex)).next() as { [key: string]: Value };
    assert.deepEqual(said, meant(meaning!), name);
    const layout = Layout.fromSchema(new Decoder(bytes(schema as string)).next());
    const view = new DataView(bytes(payload!).buffer);
    const ours = layout.values(view);
    assert.deepEqual(plain(ours), plain(said), name);
    for (const [field, value] of Object.entries(said))
      assert.deepEqual(plain(layout.get(view, field)), plain(value), `${name} ${field}`);
  }
});

/** Typed arrays and nested arrays of numbers alike; all dimensions in row order, as VAL has them. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { blob: Buffer.from(value).toString("hex") };
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>).map(same);
  if (Array.isArray(value)) {
    const numeric = value.flat(4).every((item) => typeof item === "number" || typeof item === "bigint");
    return numeric ? value.flat(4).map(same) : value.map(plain);
  }
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  return same(value);
}

function same(value: unknown): unknown {
  return typeof value === "bigint" || Number.isSafeInteger(value) ? String(value) : value;
}

test("glob.json: our matcher agrees", () => {
  for (const { name, pattern, text, match } of rows("glob.json"))
    assert.equal(globMatch(pattern as string, text as string), match, `${name} ${String(pattern)} ~ ${String(text)}`);
});
