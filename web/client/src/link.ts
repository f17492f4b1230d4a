// The connection: opens the socket, greets, watches that the bridge is alive, acknowledges, comes back.
//
// States: idle -> connecting -> live <-> lost -> waiting -> connecting ... ; refused and closed end it. All timing
// goes through `Clock`, so that tests own the time. Keep-alives and ACKs are driven by what arrives, not by timers
// alone: a background tab's timers may run once a minute, its socket is served at once.
import { AUTH_FAILED, backoffMs, closeMeaning, type CloseMeaning } from "./close.ts";
import { encode, type Encodable } from "./msgpack.ts";
import { out, ProtocolError, readMessages, SUBPROTOCOL, type Hello, type Message, unhex } from "./wire.ts";
import type { LinkState } from "./liveness.ts";

/** What we need of a WebSocket; the browser's and `ws`'s both have it. */
export interface Socket {
  binaryType: string;
  readonly readyState: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: ((event: never) => void) | null;
  send(data: Uint8Array): void;
  close(code?: number, reason?: string): void;
}
export type SocketClass = new (url: string, protocols: string[]) => Socket;

export interface Clock {
  /** Milliseconds, monotonic. */
  now(): number;
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
  random(): number;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
  random: () => Math.random(),
};

export interface LinkOptions {
  url: string;
  token?: string;
  agent?: string;
  WebSocket: SocketClass;
  clock: Clock;
}

export interface LinkEvents {
  state(state: LinkState): void;
  /** Every message, HELLO included. */
  message(message: Message): void;
  /** A message was read to its end: what it changed belongs together. */
  batch(): void;
}

const HANDSHAKE_MS = 10_000;
const PING_EVERY_MS = 2_500;
const SETTLED_MS = 5_000; // live for so long: the next failure starts from a short delay again
const OPEN = 1;
// Of the bridge's 2048 items and 16 KiB a message (PC-LIM-01, -02) with room to spare.
const ITEMS_PER_MESSAGE = 1800;
const BYTES_SPARE = 2048;

export class Link {
  state: LinkState = "idle";
  hello: Hello | undefined;
  /** Why the last connection ended. */
  closed: { readonly code: number; readonly meaning: CloseMeaning; readonly reason: string } | undefined;
  bye: { readonly code: number; readonly text: string; readonly reconnectMs: number } | undefined;
  /** While waiting: when the next attempt starts, on the clock. */
  retryAt = 0;
  attempt = 0;
  /** When anything was last heard. */
  heardAt = -Infinity;
  rttMs: number | undefined;
  /** Mean deviation of heartbeats from their pace (RFC 3550's estimator). */
  jitterMs: number | undefined;
  receivedBytes = 0;
  receivedMessages = 0;

  readonly #options: LinkOptions;
  readonly #events: LinkEvents;
  readonly #clock: Clock;
  #socket: Socket | undefined;
  #retryTimer: unknown;
  #watchTimer: unknown;
  #flushTimer: unknown;
  #watchedAt = 0;
  #liveSince = 0;
  #hidden = false;
  #frames = 0;
  #ackedFrames = 0;
  #owedBytes = 0; // of messages with data since the last ACK
  #ackedHidden = false;
  #outbox: { readonly bytes: Uint8Array; readonly items: number }[] = [];
  #receiving = false;
  #credit = 0;
  #creditAt = 0;
  #sentAt = 0;
  #pingAt = -Infinity;
  #pings = 0;
  #pingSent = new Map<number, number>();
  #lastBeat: { at: number; monoUs: number } | undefined;
  #resume: string | undefined;

  constructor(options: LinkOptions, events: LinkEvents) {
    this.#options = options;
    this.#events = events;
    this.#clock = options.clock;
  }

  /** Connect now: from rest, or instead of waiting. */
  open(): void {
    if (this.#socket) return;
    this.#clock.clearTimeout(this.#retryTimer);
    this.#connect();
  }

  close(): void {
    this.#clock.clearTimeout(this.#retryTimer);
    this.#drop(1000);
    this.#enter("closed");
  }

  set token(token: string) {
    this.#options.token = token;
  }

  get hidden(): boolean {
    return this.#hidden;
  }

  /** Nobody looks (PC-ACK-03): told to the bridge at once. */
  set hidden(hidden: boolean) {
    if (this.#hidden === hidden) return;
    this.#hidden = hidden;
    this.#flush();
    this.#watch();
  }

  /** `boot` whose bytes we hold (PC-IN-02), for the next HELLO. */
  set resume(boot: string | undefined) {
    this.#resume = boot;
  }

  /** Queue one array; what is queued together travels together. */
  send(message: Encodable): void {
    if (!this.hello || !this.#socket) return;
    this.#outbox.push({ bytes: encode(message), items: countItems(message) });
    if (!this.#receiving) this.#flush();
  }

  #enter(state: LinkState): void {
    if (this.state === state) return;
    this.state = state;
    this.#events.state(state);
  }

  #connect(): void {
    const now = this.#clock.now();
    this.hello = undefined;
    this.bye = undefined;
    this.#frames = this.#ackedFrames = this.#owedBytes = 0;
    this.#ackedHidden = false;
    this.#outbox = [];
    this.#pingSent.clear();
    this.#pingAt = -Infinity;
    this.#lastBeat = undefined;
    this.rttMs = this.jitterMs = undefined;
    this.heardAt = now;
    this.#enter("connecting");
    let socket: Socket;
    try {
      socket = new this.#options.WebSocket(this.#options.url, [SUBPROTOCOL]);
    } catch (error) {
      this.#ended(1006, error instanceof Error ? error.message : "");
      return;
    }
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#opened(socket);
    socket.onmessage = (event) => socket === this.#socket && this.#received(event.data);
    socket.onclose = (event) => socket === this.#socket && this.#ended(event.code, event.reason);
    socket.onerror = () => undefined; // onclose follows
    this.#watchedAt = now;
    this.#scheduleWatch(HANDSHAKE_MS);
  }

  #opened(socket: Socket): void {
    if (socket !== this.#socket) return;
    const info: { token?: string; agent?: string; resume?: Uint8Array } = {};
    if (this.#options.token) info.token = this.#options.token;
    if (this.#options.agent) info.agent = this.#options.agent;
    if (this.#resume) info.resume = unhex(this.#resume);
    const now = this.#clock.now();
    this.#creditAt = now;
    this.#credit = 40; // of a burst of 100: the limits are known only after HELLO
    this.#transmit([encode(out.hello(info))], now);
  }

  #received(data: unknown): void {
    const now = this.#clock.now();
    const bytes = asBytes(data);
    if (!bytes) return this.#fail("a text message");
    this.heardAt = now;
    this.receivedBytes += bytes.length;
    this.receivedMessages++;
    if (this.state === "lost") this.#enter("live");
    let hasData = false;
    let hasBeat = false;
    this.#receiving = true;
    try {
      for (const message of readMessages(bytes)) {
        if (message.op === "update") hasData = true;
        if (message.op === "hb") hasBeat = true;
        this.#handle(message, now);
        if (!this.#socket) return; // a handler closed us
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return this.#fail(error.message);
    } finally {
      this.#receiving = false;
    }
    this.#events.batch();
    if (hasData) {
      this.#frames++;
      this.#owedBytes += bytes.length;
    }
    this.#keepAlive(now);
    this.#flush(hasBeat);
  }

  #handle(message: Message, now: number): void {
    if (!this.hello && message.op !== "hello" && message.op !== "err" && message.op !== "bye")
      throw new ProtocolError(`${message.op} before HELLO`);
    switch (message.op) {
      case "hello":
        if (this.hello) throw new ProtocolError("a second HELLO");
        this.hello = message;
        this.closed = undefined;
        this.#liveSince = now;
        this.#enter("live");
        this.#watch();
        break;
      case "hb":
        this.#beat(message.monoUs, now);
        break;
      case "pong":
        this.#pong(message.n, now);
        break;
      case "bye":
        this.bye = message;
        break;
      default:
        break;
    }
    this.#events.message(message);
  }

  #beat(monoUs: number, now: number): void {
    const last = this.#lastBeat;
    this.#lastBeat = { at: now, monoUs };
    if (!last || this.#hidden) return;
    const off = Math.abs(now - last.at - (monoUs - last.monoUs) / 1000);
    const jitter = this.jitterMs ?? 0;
    this.jitterMs = jitter + (off - jitter) / (this.jitterMs === undefined ? 1 : 16);
  }

  #pong(n: number, now: number): void {
    const sent = this.#pingSent.get(n);
    if (sent === undefined) return;
    this.#pingSent.delete(n);
    this.rttMs = now - sent;
  }

  #keepAlive(now: number): void {
    if (!this.hello || now - this.#pingAt < PING_EVERY_MS) return;
    this.#pingAt = now;
    const n = ++this.#pings;
    if (this.#pingSent.size > 8) this.#pingSent.clear();
    this.#pingSent.set(n, now);
    this.send(out.ping(n));
  }

  /** One ACK for as many messages as the bridge allows (PC-ACK-01). */
  #ackDue(): boolean {
    const { ack, ackBytes } = this.hello!.limits;
    return this.#frames - this.#ackedFrames >= ack || this.#owedBytes >= ackBytes || this.#hidden !== this.#ackedHidden;
  }

  /** Send what waits, with an ACK of all that is owed, as far as the bridge's message rate allows. `settle`: also if only
   *  an ACK is owed that could wait for more. */
  #flush(settle = false): void {
    if (!this.#socket || this.#socket.readyState !== OPEN || !this.hello) return;
    const ackOwed = this.#frames !== this.#ackedFrames || this.#hidden !== this.#ackedHidden;
    if (!this.#outbox.length && !(ackOwed && (settle || this.#ackDue()))) return;
    const now = this.#clock.now();
    const rate = this.hello.limits.msgsPerS * 0.8;
    this.#credit = Math.min(rate, this.#credit + ((now - this.#creditAt) * rate) / 1000);
    this.#creditAt = now;
    if (this.#credit < 1) return this.#flushLater((1 - this.#credit) / rate);
    const batch: Uint8Array[] = [];
    if (ackOwed) {
      this.#ackedFrames = this.#frames;
      this.#owedBytes = 0;
      this.#ackedHidden = this.#hidden;
      batch.push(encode(out.ack(this.#frames, this.#hidden)));
    }
    let items = 8;
    let room = this.hello.limits.msgBytes - BYTES_SPARE;
    while (this.#outbox.length) {
      const { bytes, items: more } = this.#outbox[0]!;
      if (batch.length && (items + more > ITEMS_PER_MESSAGE || bytes.length > room)) break;
      items += more;
      room -= bytes.length;
      batch.push(bytes);
      this.#outbox.shift();
    }
    this.#transmit(batch, now);
    if (this.#outbox.length) this.#flushLater(1 / rate);
  }

  #flushLater(seconds: number): void {
    this.#flushTimer ??= this.#clock.setTimeout(
      () => {
        this.#flushTimer = undefined;
        this.#flush();
      },
      Math.ceil(seconds * 1000),
    );
  }

  #transmit(batch: Uint8Array[], now: number): void {
    this.#credit -= 1;
    this.#sentAt = now;
    try {
      this.#socket?.send(concat(batch));
    } catch {
      // The socket is closing; onclose or the watch notices.
    }
  }

  #scheduleWatch(ms: number): void {
    this.#clock.clearTimeout(this.#watchTimer);
    this.#watchTimer = this.#clock.setTimeout(() => this.#watch(), ms);
  }

  /** Silence is never green (PC-LIV-05). */
  #watch(): void {
    const now = this.#clock.now();
    const slept = now - this.#watchedAt;
    this.#watchedAt = now;
    if (!this.#socket) return;
    if (!this.hello) {
      if (now - this.heardAt >= HANDSHAKE_MS) return this.#lostSocket("no answer");
      return this.#scheduleWatch(HANDSHAKE_MS - (now - this.heardAt));
    }
    const hb = this.hello.hbMs;
    // We ourselves slept (a suspended machine, a throttled tab): one more heartbeat before we blame the link.
    if (slept > 2 * hb && now - this.heardAt > 2 * hb) this.heardAt = now - 2 * hb;
    const silent = now - this.heardAt;
    if (silent >= 6 * hb) return this.#lostSocket("link lost");
    if (silent >= 3 * hb) this.#enter("lost");
    else if (now - this.#liveSince > SETTLED_MS) this.attempt = 0;
    if (this.bye && silent >= hb) return this.#lostSocket(this.bye.text);
    this.#keepAlive(now);
    this.#scheduleWatch(hb / 2);
  }

  /** Do not wait for a close handshake that nobody answers. */
  #lostSocket(reason: string): void {
    this.#drop(4000);
    this.#ended(1006, reason);
  }

  /** The bridge broke the protocol: drop the connection (PC-UPD-04) and come back with back-off. */
  #fail(reason: string): void {
    this.#drop(4000);
    this.#ended(4400, reason);
  }

  #drop(code: number): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#clock.clearTimeout(this.#watchTimer);
    this.#clock.clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    this.hello = undefined;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    try {
      socket.close(code);
    } catch {
      // It never opened.
    }
  }

  #ended(code: number, reason: string): void {
    this.#socket = undefined;
    this.#clock.clearTimeout(this.#watchTimer);
    this.#clock.clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    this.hello = undefined;
    const meaning = closeMeaning(code);
    this.closed = { code, meaning, reason };
    if (!meaning.retry) return this.#enter("refused");
    const jittered = backoffMs(this.attempt++, () => this.#clock.random());
    const wait = Math.max(jittered, this.bye ? this.bye.reconnectMs + jittered / 4 : 0);
    this.retryAt = this.#clock.now() + wait;
    this.#enter("waiting");
    this.#retryTimer = this.#clock.setTimeout(() => this.open(), wait);
  }

  get authFailed(): boolean {
    return this.state === "refused" && this.closed?.code === AUTH_FAILED;
  }

  get lastSentAt(): number {
    return this.#sentAt;
  }
}

function asBytes(data: unknown): Uint8Array | undefined {
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (data instanceof Uint8Array) return data;
  return undefined;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function countItems(value: Encodable): number {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return 1;
  const isList = Array.isArray(value);
  return Object.values(value).reduce((sum: number, item) => sum + countItems(item) + (isList ? 0 : 1), 1);
}
