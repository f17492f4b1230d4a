// One region as this viewer holds it: its announcement, its liveness, and its bytes at `seq`.
import type { Layout, FieldValue } from "./layout.ts";
import type { Value } from "./msgpack.ts";
import { ProtocolError, type AnnRow, type LiveRow, type Update } from "./wire.ts";
import { WriterState, type WriterView } from "./liveness.ts";

export enum UpdateFlag {
  key = 1,
  conflated = 2,
  torn = 4,
  replay = 8,
  final = 16,
  writerNotLive = 32,
  sourceStale = 64,
  recovered = 128,
}

export enum RegionFlag {
  legacy = 1,
  foreign = 2,
  system = 4,
  mirror = 8,
}

/** applied; dropped = it does not continue what is held; void = it is of another generation. */
export type Applied = "applied" | "dropped";

export class Region {
  readonly name: string;
  rid = 0;
  gen = 0;
  size = 0;
  sid = "";
  flags = 0;
  kind = 0;
  doc = "";
  staleMs = 0;
  hintMs = 0;

  /** Present in the bridge's list; false once withdrawn, or until announced again after a reconnect. */
  announced = false;
  /** Our clock when the bridge agreed to send us this region's liveness; undefined = it does not. */
  watchedSince: number | undefined;
  /** Compiled schema; undefined for raw bytes, or until it has come. */
  layout: Layout | undefined;
  /** Why the schema that the bridge sent is not used, else "". */
  layoutProblem = "";

  state: number = WriterState.absent;
  epoch = 0;
  pid = 0;
  writer = "";
  /** Why the state is what it is, for people; "" if nobody said (PC-LIV-08). */
  why = "";
  writeHz = 0;
  /** Ages when LIVE was encoded; see ageMs(). */
  hbAgeMs: number | undefined;
  writeAgeMs: number | undefined;
  /** Our clock when LIVE or ANN last told the state. */
  heardAt = -Infinity;

  /** The payload at `seq`, undefined until the first KEY. Changed in place by each update. */
  bytes: Uint8Array | undefined;
  view: DataView | undefined;
  /** Filled by VAL updates instead of `bytes`. */
  values: { [field: string]: Value } | undefined;
  seq = 0;
  wseq = 0;
  tUs: number | undefined;
  updateFlags = 0;
  /** Age of the data at `receivedAt`. */
  dataAgeMs: number | undefined;
  receivedAt = -Infinity;

  /** Totals since announced: updates applied, payload bytes received, commits that updates skipped. */
  updates = 0;
  receivedBytes = 0;
  skipped = 0;

  #open: readonly string[] | undefined;

  constructor(name: string) {
    this.name = name;
  }

  /** Our token may set it. */
  get writable(): boolean {
    return (this.flags & 256) !== 0;
  }

  /** Our token may set what is at this path: it, or something it is in, is open to us (PC-ANN-05). */
  maySet(path: string): boolean {
    if (!this.writable) return false;
    return this.#open?.some((open) => path.startsWith(open) && /^([.[]|$)/.test(path.slice(open.length))) ?? true;
  }

  /** Take an ANN row; true if what was held of the bytes is void now. */
  announce(row: AnnRow, now: number): boolean {
    const changed = this.rid !== row.rid || this.gen !== row.gen || this.size !== row.size || this.sid !== row.sid;
    if (changed) {
      this.forget();
      this.layout = undefined;
      this.layoutProblem = "";
    }
    this.rid = row.rid;
    this.gen = row.gen;
    this.size = row.size;
    this.sid = row.sid;
    this.flags = row.flags;
    if (this.state !== row.state) this.why = "";
    this.state = row.state;
    this.#open = row.set;
    this.staleMs = row.staleMs;
    this.hintMs = row.hintMs;
    this.kind = row.kind;
    this.doc = row.doc;
    this.heardAt = now;
    this.announced = true;
    return changed;
  }

  /** Void the bytes; the next update must be a KEY. */
  forget(): void {
    this.bytes = undefined;
    this.view = undefined;
    this.values = undefined;
    this.seq = 0;
    this.wseq = 0;
    this.tUs = undefined;
    this.updateFlags = 0;
    this.dataAgeMs = undefined;
    this.receivedAt = -Infinity;
  }

  live(row: LiveRow, now: number): void {
    this.state = row.state;
    this.hbAgeMs = row.hbAgeMs;
    this.writeAgeMs = row.writeAgeMs;
    this.epoch = row.epoch;
    this.pid = row.pid;
    this.writeHz = row.writeHz;
    this.writer = row.writer;
    this.why = row.why ?? "";
    this.heardAt = now;
    this.watchedSince ??= now; // also when a standing glob caught it
  }

  /** PC-UPD-03: apply what continues the bytes held; throws ProtocolError on what cannot be (PC-UPD-04). */
  apply(update: Update, now: number): Applied {
    const key = (update.flags & UpdateFlag.key) !== 0;
    if (update.gen !== this.gen) return "dropped";
    if (!key) {
      const held = update.data ? this.bytes : this.values;
      if (!held || update.base > this.seq || update.seq < this.seq) return "dropped";
    }
    if (update.data) this.#applyBytes(update.data, key);
    else this.values = Object.assign(key ? Object.create(null) : this.values, update.values);
    const commits = update.wseq - this.wseq;
    if (this.wseq && commits > 1 && update.flags & UpdateFlag.conflated) this.skipped += commits - 1;
    this.seq = update.seq;
    this.wseq = update.wseq;
    this.tUs = update.tUs;
    this.updateFlags = update.flags;
    this.dataAgeMs = update.ageMs;
    this.receivedAt = now;
    this.updates++;
    return "applied";
  }

  #applyBytes(data: Uint8Array, key: boolean): void {
    this.receivedBytes += data.length;
    if (key) {
      if (data.length !== this.size) throw new ProtocolError(`a KEY of ${data.length} bytes for ${this.size}`);
      if (this.bytes?.length === this.size) this.bytes.set(data);
      else {
        this.bytes = data.slice();
        this.view = new DataView(this.bytes.buffer);
      }
      return;
    }
    patch(this.bytes!, data);
  }

  /** Time since the writer's last commit, now; undefined = never. */
  writeAgeNow(now: number): number | undefined {
    // LIVE comes once a heartbeat, an update may be newer.
    if (this.dataAgeMs !== undefined && this.receivedAt > this.heardAt) return this.dataAgeMs + (now - this.receivedAt);
    return this.writeAgeMs === undefined ? undefined : this.writeAgeMs + (now - this.heardAt);
  }

  /** Time since the writer's heartbeat moved, now; undefined = never. */
  heartbeatAgeNow(now: number): number | undefined {
    return this.hbAgeMs === undefined ? undefined : this.hbAgeMs + (now - this.heardAt);
  }

  writerView(now: number, hbMs: number): WriterView {
    return {
      state: this.state,
      sourceStale: (this.updateFlags & UpdateFlag.sourceStale) !== 0,
      heard: now - this.heardAt <= 3 * hbMs,
      // Until its first word comes, which is at once, it is as it was before we asked.
      watched: this.watchedSince !== undefined && now - this.watchedSince > hbMs,
    };
  }

  /** Every top-level field by name; undefined until bytes and schema, or values, have come. */
  all(): { [name: string]: FieldValue } | { [field: string]: Value } | undefined {
    return this.layout && this.view ? this.layout.values(this.view) : this.values;
  }

  /** The value at a path such as "wheel[2].slip"; undefined while unknown. */
  get(path: string): FieldValue | Value | undefined {
    if (this.layout && this.view) return this.layout.get(this.view, path);
    return this.values?.[path];
  }
}

/** PC-UPD-02: runs of `skip` `length` `bytes`, the numbers LEB128. Changes nothing if any of it is malformed. */
export function patch(bytes: Uint8Array, runs: Uint8Array): void {
  walk(bytes.length, runs, () => undefined);
  walk(bytes.length, runs, (to, from, length) => {
    if (length < 16) for (let i = 0; i < length; i++) bytes[to + i] = runs[from + i]!;
    else bytes.set(runs.subarray(from, from + length), to);
  });
}

function walk(size: number, runs: Uint8Array, run: (to: number, from: number, length: number) => void): void {
  let at = 0; // in runs
  let to = 0; // in the payload
  const number = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = runs[at++];
      if (byte === undefined || scale > 2 ** 42) throw new ProtocolError("a patch is cut short");
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (at < runs.length) {
    to += number();
    const length = number();
    if (!length) throw new ProtocolError("a patch with an empty run");
    if (length > runs.length - at) throw new ProtocolError("a patch is cut short");
    if (to + length > size) throw new ProtocolError("a patch reaches beyond the payload");
    run(to, at, length);
    at += length;
    to += length;
  }
}
