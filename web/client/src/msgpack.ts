// MessagePack, as much of it as pagecast.v1 uses: bounded decoding of several values in a row, and encoding.
//
// Own code because it is short, allocates nothing for `bin` (views into the message), and checks every declared
// length against the bytes that are left before it believes it. Maps become objects without prototype, so that a
// key "__proto__" is a key like any other. Integers beyond 2^53 become bigint.

export class MsgpackError extends Error {
  override name = "MsgpackError";
}

/** What a msgpack value becomes. Ext 16..25 become typed arrays; other ext types an `Ext`. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | NumericArray
  | Ext
  | Value[]
  | { [key: string]: Value };

export type NumericArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

export class Ext {
  constructor(
    readonly type: number,
    readonly data: Uint8Array,
  ) {}
}

const DEPTH_MAX = 64; // a schema nests a map and a list per struct level, and there are at most 16 of those
const ITEMS_MAX = 1 << 20;

const utf8 = new TextDecoder("utf-8");
const utf8Encoder = new TextEncoder();

// Ext 16..25 in the order of the protocol. The payload is little-endian, and so is every machine with a browser.
const NUMERIC = [
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

/** Reads the values of one message one after the other. Throws MsgpackError on anything that is not msgpack. */
export class Decoder {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #items = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  next(): Value {
    return this.#value(0);
  }

  #take(count: number): number {
    const at = this.#at;
    if (count > this.#bytes.length - at) throw new MsgpackError(`cut short at byte ${at}`);
    this.#at = at + count;
    return at;
  }

  #value(depth: number): Value {
    if (depth > DEPTH_MAX) throw new MsgpackError("nested too deeply");
    if (++this.#items > ITEMS_MAX) throw new MsgpackError("too many values");
    const tag = this.#bytes[this.#take(1)]!;
    if (tag < 0x80) return tag;
    if (tag >= 0xe0) return tag - 0x100;
    if (tag < 0x90) return this.#map(tag & 0x0f, depth);
    if (tag < 0xa0) return this.#array(tag & 0x0f, depth);
    if (tag < 0xc0) return this.#str(tag & 0x1f);
    const view = this.#view;
    switch (tag) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
        return this.#bin(view.getUint8(this.#take(1)));
      case 0xc5:
        return this.#bin(view.getUint16(this.#take(2)));
      case 0xc6:
        return this.#bin(view.getUint32(this.#take(4)));
      case 0xc7:
        return this.#ext(view.getUint8(this.#take(1)));
      case 0xc8:
        return this.#ext(view.getUint16(this.#take(2)));
      case 0xc9:
        return this.#ext(view.getUint32(this.#take(4)));
      case 0xca:
        return view.getFloat32(this.#take(4));
      case 0xcb:
        return view.getFloat64(this.#take(8));
      case 0xcc:
        return view.getUint8(this.#take(1));
      case 0xcd:
        return view.getUint16(this.#take(2));
      case 0xce:
        return view.getUint32(this.#take(4));
      case 0xcf:
        return narrow(view.getBigUint64(this.#take(8)));
      case 0xd0:
        return view.getInt8(this.#take(1));
      case 0xd1:
        return view.getInt16(this.#take(2));
      case 0xd2:
        return view.getInt32(this.#take(4));
      case 0xd3:
        return narrow(view.getBigInt64(this.#take(8)));
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#ext(1 << (tag - 0xd4));
      case 0xd9:
        return this.#str(view.getUint8(this.#take(1)));
      case 0xda:
        return this.#str(view.getUint16(this.#take(2)));
      case 0xdb:
        return this.#str(view.getUint32(this.#take(4)));
      case 0xdc:
        return this.#array(view.getUint16(this.#take(2)), depth);
      case 0xdd:
        return this.#array(view.getUint32(this.#take(4)), depth);
      case 0xde:
        return this.#map(view.getUint16(this.#take(2)), depth);
      case 0xdf:
        return this.#map(view.getUint32(this.#take(4)), depth);
      default:
        throw new MsgpackError(`0x${tag.toString(16)} is not msgpack`);
    }
  }

  #str(length: number): string {
    const from = this.#take(length);
    if (length < 24) {
      // Names and labels are short and ASCII: cheaper than a call into the TextDecoder.
      let text = "";
      for (let i = from; i < from + length; i++) {
        const code = this.#bytes[i]!;
        if (code >= 0x80) return utf8.decode(this.#bytes.subarray(from, from + length));
        text += String.fromCharCode(code);
      }
      return text;
    }
    return utf8.decode(this.#bytes.subarray(from, from + length));
  }

  #bin(length: number): Uint8Array {
    const from = this.#take(length);
    return this.#bytes.subarray(from, from + length);
  }

  #ext(length: number): NumericArray | Ext {
    const type = this.#view.getInt8(this.#take(1));
    const bytes = this.#bin(length);
    const make = NUMERIC[type - 16];
    if (!make) return new Ext(type, bytes);
    if (length % make.BYTES_PER_ELEMENT) throw new MsgpackError(`ext ${type} of ${length} bytes`);
    const copy = bytes.slice(); // typed arrays need their own alignment
    return new make(copy.buffer, 0, length / make.BYTES_PER_ELEMENT);
  }

  #array(length: number, depth: number): Value[] {
    if (length > this.#bytes.length - this.#at) throw new MsgpackError("array longer than the message");
    const items: Value[] = [];
    for (let i = 0; i < length; i++) items.push(this.#value(depth + 1));
    return items;
  }

  #map(length: number, depth: number): { [key: string]: Value } {
    if (length * 2 > this.#bytes.length - this.#at) throw new MsgpackError("map longer than the message");
    const map = Object.create(null) as { [key: string]: Value };
    for (let i = 0; i < length; i++) {
      const key = this.#value(depth + 1);
      if (typeof key !== "string") throw new MsgpackError("a map's key is not text");
      map[key] = this.#value(depth + 1);
    }
    return map;
  }
}

/** A bigint as number where that loses nothing. */
export function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** What encode() takes. `undefined` entries of an object are left out. */
export type Encodable =
  | null
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Encodable[]
  | { readonly [key: string]: Encodable };

/** Encode one value. Whole numbers become the shortest integer, others float64. */
export function encode(value: Encodable): Uint8Array {
  const out = new Writer();
  out.value(value);
  return out.bytes();
}

/** Encode several values one after the other into one message. */
export function encodeAll(values: readonly Encodable[]): Uint8Array {
  const out = new Writer();
  for (const value of values) out.value(value);
  return out.bytes();
}

class Writer {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#at);
  }

  #room(count: number): number {
    const at = this.#at;
    if (at + count > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#bytes.length * 2, at + count));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#at = at + count;
    return at;
  }

  #tag(tag: number): void {
    const at = this.#room(1);
    this.#bytes[at] = tag;
  }

  value(value: Encodable): void {
    if (value === null || value === undefined) this.#tag(0xc0);
    else if (typeof value === "boolean") this.#tag(value ? 0xc3 : 0xc2);
    else if (typeof value === "number") this.#number(value);
    else if (typeof value === "bigint") this.#bigint(value);
    else if (typeof value === "string") this.#str(value);
    else if (value instanceof Uint8Array) this.#bin(value);
    else if (isArray(value)) {
      this.#head(value.length, 0x90, 0xdc);
      for (const item of value) this.value(item);
    } else {
      const keys = Object.keys(value).filter((key) => value[key] !== undefined);
      this.#head(keys.length, 0x80, 0xde);
      for (const key of keys) {
        this.#str(key);
        this.value(value[key]);
      }
    }
  }

  #number(value: number): void {
    if (!Number.isInteger(value) || Object.is(value, -0)) {
      this.#tag(0xcb);
      const at = this.#room(8);
      this.#view.setFloat64(at, value);
    } else if (value >= 0 && value < 0x80) this.#tag(value);
    else if (value < 0 && value >= -0x20) this.#tag(value + 0x100);
    else if (value >= 0 && value <= 0xff) this.#fixed(0xcc, 1, value);
    else if (value >= 0 && value <= 0xffff) this.#fixed(0xcd, 2, value);
    else if (value >= 0 && value <= 0xffffffff) this.#fixed(0xce, 4, value);
    else if (value < 0 && value >= -0x80) this.#fixed(0xd0, 1, value);
    else if (value < 0 && value >= -0x8000) this.#fixed(0xd1, 2, value);
    else if (value < 0 && value >= -0x80000000) this.#fixed(0xd2, 4, value);
    else if (Number.isSafeInteger(value)) this.#bigint(BigInt(value));
    else {
      this.#tag(0xcb);
      const at = this.#room(8);
      this.#view.setFloat64(at, value);
    }
  }

  #fixed(tag: number, bytes: 1 | 2 | 4, value: number): void {
    this.#tag(tag);
    const at = this.#room(bytes);
    if (bytes === 1) this.#view.setUint8(at, value & 0xff);
    else if (bytes === 2) this.#view.setUint16(at, value & 0xffff);
    else this.#view.setUint32(at, value >>> 0);
  }

  #bigint(value: bigint): void {
    if (value < -(2n ** 63n) || value >= 2n ** 64n) throw new MsgpackError("an integer beyond 64 bits");
    this.#tag(value < 0n ? 0xd3 : 0xcf);
    const at = this.#room(8);
    if (value < 0n) this.#view.setBigInt64(at, value);
    else this.#view.setBigUint64(at, value);
  }

  #str(value: string): void {
    const bytes = utf8Encoder.encode(value);
    if (bytes.length < 0x20) this.#tag(0xa0 | bytes.length);
    else if (bytes.length <= 0xff) this.#fixed(0xd9, 1, bytes.length);
    else if (bytes.length <= 0xffff) this.#fixed(0xda, 2, bytes.length);
    else this.#fixed(0xdb, 4, bytes.length);
    this.#raw(bytes);
  }

  #bin(bytes: Uint8Array): void {
    if (bytes.length <= 0xff) this.#fixed(0xc4, 1, bytes.length);
    else if (bytes.length <= 0xffff) this.#fixed(0xc5, 2, bytes.length);
    else this.#fixed(0xc6, 4, bytes.length);
    this.#raw(bytes);
  }

  #raw(bytes: Uint8Array): void {
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
  }

  #head(length: number, short: number, long: number): void {
    if (length < 0x10) this.#tag(short | length);
    else if (length <= 0xffff) this.#fixed(long, 2, length);
    else this.#fixed(long + 1, 4, length);
  }
}

function isArray(value: object): value is readonly Encodable[] {
  return Array.isArray(value);
}
