// Encoding and bounded decoding.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as reference from "@msgpack/msgpack";
import { Decoder, encode, encodeAll, Ext, MsgpackError, type Value } from "../src/msgpack.ts";

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replace(/\s/g, ""), "hex"));
const decode = (text: string): Value => new Decoder(bytes(text)).next();
const plain = (value: Value): unknown => JSON.parse(JSON.stringify(value));

test("every integer form decodes to its number", () => {
  const forms: [string, number | bigint][] = [
    ["00", 0],
    ["7f", 127],
    ["e0", -32],
    ["ff", -1],
    ["cc80", 128],
    ["cdffff", 65535],
    ["ceffffffff", 4294967295],
    ["cf001fffffffffffff", Number.MAX_SAFE_INTEGER],
    ["cf0020000000000000", 9007199254740992n],
    ["cfffffffffffffffff", 18446744073709551615n],
    ["d080", -128],
    ["d18000", -32768],
    ["d280000000", -2147483648],
    ["d3ffe0000000000001", Number.MIN_SAFE_INTEGER],
    ["d38000000000000000", -9223372036854775808n],
  ];
  for (const [hex, value] of forms) assert.equal(decode(hex), value, hex);
});

test("floats, texts, bytes, lists and maps decode", () => {
  assert.equal(decode("ca3fc00000"), 1.5);
  assert.equal(decode("cb3ff8000000000000"), 1.5);
  assert.equal(decode("a3616263"), "abc");
  assert.equal(decode("d903e282ac"), "€");
  assert.deepEqual([...(decode("c4020102") as Uint8Array)], [1, 2]);
  assert.deepEqual(decode("93c0c2c3"), [null, false, true]);
  assert.deepEqual(plain(decode("82a16101a162920203")), { a: 1, b: [2, 3] });
});

test("invalid UTF-8 becomes U+FFFD", () => {
  assert.equal(decode("a2c328"), "\ufffd(");
});

test("numeric arrays decode to typed arrays wherever they lie", () => {
  const f32 = decode("c70818 0000803f 00000040") as Float32Array;
  assert.ok(f32 instanceof Float32Array);
  assert.deepEqual([...f32], [1, 2]);
  const i64 = decode("d716 ffffffffffffffff") as BigInt64Array;
  assert.deepEqual([...i64], [-1n]);
  assert.ok(decode("d401ff") instanceof Ext);
});

test("a numeric array of a broken length is refused", () => {
  assert.throws(() => decode("c70318 000000"), MsgpackError);
});

test("bytes are a view into the message, not a copy", () => {
  const message = bytes("c403010203");
  const value = new Decoder(message).next() as Uint8Array;
  assert.equal(value.buffer, message.buffer);
});

test("several values in a row are read one after the other", () => {
  const decoder = new Decoder(bytes("9101 9102"));
  assert.deepEqual(decoder.next(), [1]);
  assert.equal(decoder.done, false);
  assert.deepEqual(decoder.next(), [2]);
  assert.equal(decoder.done, true);
});

test("a key __proto__ is an ordinary key", () => {
  const map = decode("81a95f5f70726f746f5f5f81a16101") as { [key: string]: Value };
  assert.deepEqual(Object.keys(map), ["__proto__"]);
  assert.equal((map as { a?: unknown }).a, undefined);
});

test("declared lengths are checked before anything is allocated", () => {
  for (const hex of ["dd00ffffff", "df00ffffff", "c6ffffffff", "dbffffffff", "c9ffffffff10", "a5616263", "92c0", "c4"])
    assert.throws(() => decode(hex), MsgpackError, hex);
});

test("depth and number of values are bounded", () => {
  assert.throws(() => decode("91".repeat(100) + "c0"), MsgpackError);
  assert.throws(() => new Decoder(Uint8Array.from({ length: (1 << 20) + 8 }, (_, i) => (i ? 0xc0 : 0xdd))).next());
});

test("0xc1 and keys that are no text are refused", () => {
  assert.throws(() => decode("c1"), MsgpackError);
  assert.throws(() => decode("810102"), MsgpackError);
});

test("what we encode, another library decodes, and the other way round", () => {
  const values = [0, -1, 127, 128, -33, 65536, 2 ** 40, -(2 ** 40), 1.5, "", "x".repeat(40), "ü".repeat(300), true, null];
  for (const value of [...values, values, { a: 1, b: [{ c: "d" }] }]) {
    assert.deepEqual(reference.decode(encode(value)), value);
    assert.deepEqual(plain(new Decoder(reference.encode(value)).next()), plain(value as Value));
  }
  assert.deepEqual(reference.decode(encode(new Uint8Array([1, 2, 3]))), new Uint8Array([1, 2, 3]));
  assert.deepEqual([...reference.decodeMulti(encodeAll([[1], [2]]))], [[1], [2]]);
});

test("random bytes never do worse than MsgpackError", () => {
  let seed = 1;
  const random = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647;
  for (let round = 0; round < 3000; round++) {
    const noise = Uint8Array.from({ length: 1 + Math.floor(random() * 40) }, () => Math.floor(random() * 256));
    const decoder = new Decoder(noise);
    try {
      while (!decoder.done) decoder.next();
    } catch (error) {
      assert.ok(error instanceof MsgpackError, String(error));
    }
  }
});
