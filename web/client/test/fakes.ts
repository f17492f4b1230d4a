// Time and a bridge that the tests own.
import { Decoder, encodeAll, type Encodable, type Value } from "../src/msgpack.ts";
import type { Clock, Socket } from "../src/link.ts";

export class FakeClock implements Clock {
  time = 1000;
  randomValue = 0.5;
  #next = 1;
  readonly #timers = new Map<number, { at: number; run: () => void }>();

  now = (): number => this.time;
  random = (): number => this.randomValue;
  setTimeout = (run: () => void, ms: number): unknown => {
    this.#timers.set(this.#next, { at: this.time + ms, run });
    return this.#next++;
  };
  clearTimeout = (timer: unknown): void => {
    this.#timers.delete(timer as number);
  };

  /** Let time pass, running what falls due, in order. */
  advance(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      let first: [number, { at: number; run: () => void }] | undefined;
      for (const entry of this.#timers) if (!first || entry[1].at < first[1].at) first = entry;
      if (!first || first[1].at > end) break;
      this.#timers.delete(first[0]);
      this.time = Math.max(this.time, first[1].at);
      first[1].run();
    }
    this.time = end;
  }

  /** The machine sleeps: time passes, timers are late. */
  sleep(ms: number): void {
    this.time += ms;
  }
}

export class FakeSocket implements Socket {
  static all: FakeSocket[] = [];
  static get last(): FakeSocket {
    return FakeSocket.all.at(-1)!;
  }

  binaryType = "";
  readyState = 0;
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  readonly sent: Value[][] = [];
  closedWith: number | undefined;

  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {
    FakeSocket.all.push(this);
  }

  send(data: Uint8Array): void {
    const arrays: Value[] = [];
    const decoder = new Decoder(data);
    while (!decoder.done) arrays.push(decoder.next());
    this.sent.push(arrays);
  }

  close(code = 1000): void {
    this.readyState = 3;
    this.closedWith = code;
  }

  /** Arrays of all messages so far with this op. */
  ops(op: number): Value[][] {
    return this.sent.flat().filter((array): array is Value[] => Array.isArray(array) && array[0] === op);
  }

  accept(): void {
    this.readyState = 1;
    this.onopen?.(undefined as never);
  }

  deliver(...arrays: Encodable[]): void {
    const bytes = encodeAll(arrays);
    this.onmessage?.({ data: bytes.buffer });
  }

  end(code: number, reason = ""): void {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }
}

export const BOOT_A = Uint8Array.from({ length: 16 }, (_, i) => i);
export const BOOT_B = Uint8Array.from({ length: 16 }, (_, i) => 255 - i);

export function hello(boot = BOOT_A, more: { [key: string]: Encodable } = {}): Encodable {
  return [1, 0, boot, 5_000_000, 1_000_000, { daemon: "0", instance: "rig", hb_ms: 1000, access: "r", ...more }];
}
export const hb = (n: number): Encodable => [9, n, 5_000_000 + n * 1_000_000, n * 1_000_000, {}];
export const ann = (rid: number, name: string, more: { gen?: number; size?: number; sid?: string } = {}): Encodable => [
  rid,
  name,
  more.gen ?? 1,
  more.size ?? 4,
  more.sid ?? "",
  0,
  2,
  500,
  50,
  0,
  "",
];
export const key = (rid: number, seq: number, data: number[], gen = 1): Encodable => [
  6,
  rid,
  gen,
  0,
  seq,
  seq,
  1,
  0,
  1,
  Uint8Array.from(data),
];
export const patchOf = (rid: number, base: number, seq: number, data: number[], gen = 1): Encodable => [
  6,
  rid,
  gen,
  base,
  seq,
  seq,
  1,
  0,
  0,
  Uint8Array.from(data),
];
export const live = (rid: number, state: number, epoch = 1): Encodable => [
  8,
  5_000_000,
  [[rid, state, 10, 20, epoch, 99, 20.5, "w"]],
];
