// The client: regions by name, subscriptions that survive reconnects, one verdict per region.
import type { Encodable } from "./msgpack.ts";
import { Layout, LayoutError } from "./layout.ts";
import { Link, systemClock, type Clock, type SocketClass } from "./link.ts";
import { worst, type DaemonState, type LinkState, type Verdict } from "./liveness.ts";
import { Region } from "./region.ts";
import { SetError, Sets } from "./sets.ts";
import {
  out,
  type AnnRow,
  type Hello,
  type LiveRow,
  type Message,
  type Stats,
  type SubOptions,
  type Update,
} from "./wire.ts";

export interface ClientOptions {
  /** ws://host:port/ws */
  url: string;
  token?: string;
  agent?: string;
  /** Default: the global one. Node before 22 has none: give `ws`'s. */
  WebSocket?: SocketClass;
  clock?: Clock;
}

export interface Subscription {
  /** Updates a second at most; default: the bridge's. */
  hz?: number;
  /** Ask for VAL messages (self-describing) instead of bytes. */
  values?: boolean;
  /** Liveness only. */
  liveOnly?: boolean;
}

export interface Notice {
  readonly level: number;
  readonly id: string;
  readonly text: string;
  /** On the clock; Infinity = until replaced. */
  readonly until: number;
}

export interface ClientEvents {
  link(state: LinkState): void;
  daemon(state: DaemonState): void;
  hello(hello: Hello): void;
  /** The list of regions, or what is announced of one, changed. */
  regions(): void;
  /** The first list is complete; subscriptions are sent when this returns. */
  listed(): void;
  /** A region's schema arrived. */
  schema(region: Region): void;
  /** A region's state, ages or writer were told anew. */
  live(region: Region, before: { readonly state: number; readonly epoch: number }): void;
  /** New bytes or values; they belong to the moment of update.seq. */
  update(region: Region, update: Update): void;
  /** All updates of one message were applied. */
  batch(): void;
  notice(notice: Notice): void;
  /** The bridge refused something we asked for. */
  refused(what: string, code: number): void;
}

const TARGET_MAX = 128; // bytes, PC-SUB-01
const ROWS_PER_SUB = 80; // of names of that length, or 1000 items: within one message of the bridge's limits
const RESYNC_EVERY_MS = 1000;
const SUBSCRIPTION = "subscription";

export class Client {
  readonly link: Link;
  readonly regions = new Map<string, Region>();
  daemon: DaemonState = "unknown";
  hello: Hello | undefined;
  stats: Stats | undefined;
  /** The daemon's wall clock at our clock `at`, from its last HB or HELLO. */
  daemonTime: { readonly tUs: number; readonly at: number } | undefined;
  readonly notices = new Map<string, Notice>();

  readonly clock: Clock;
  readonly #byRid = new Map<number, Region>();
  readonly #layouts = new Map<string, Layout | string>(); // by sid; a text says why it is not used
  readonly #schemaAsked = new Set<string>();
  readonly #targets = new Map<string, Subscription>();
  readonly #resyncAt = new Map<number, number>();
  readonly #listeners: { [E in keyof ClientEvents]?: Set<ClientEvents[E]> } = {};
  #boot: string | undefined;
  #maxHz: number | null = null;
  #ref = 0;
  #asked = new Map<number, string>();
  readonly #sets = new Sets();

  constructor(options: ClientOptions) {
    this.clock = options.clock ?? systemClock;
    const socketClass = options.WebSocket ?? (globalThis as { WebSocket?: SocketClass }).WebSocket;
    if (!socketClass) throw new TypeError("this runtime has no WebSocket: pass one in options.WebSocket");
    this.link = new Link(
      {
        url: options.url,
        agent: options.agent ?? "pagecast-client",
        WebSocket: socketClass,
        clock: this.clock,
        ...(options.token === undefined ? {} : { token: options.token }),
      },
      {
        state: (state) => this.#linkState(state),
        message: (message) => this.#message(message),
        batch: () => this.#emit("batch"),
      },
    );
  }

  on<E extends keyof ClientEvents>(event: E, listener: ClientEvents[E]): () => void {
    const set = ((this.#listeners[event] as Set<ClientEvents[E]> | undefined) ??= new Set() as never);
    set.add(listener);
    return () => set.delete(listener);
  }

  #emit<E extends keyof ClientEvents>(event: E, ...args: Parameters<ClientEvents[E]>): void {
    const set = this.#listeners[event] as Set<(...a: Parameters<ClientEvents[E]>) => void> | undefined;
    if (!set) return;
    for (const listener of set) {
      try {
        listener(...args);
      } catch (error) {
        console.error(error); // a listener's bug must not take the connection down
      }
    }
  }

  connect(): void {
    this.link.open();
  }

  close(): void {
    this.link.close();
  }

  set token(token: string) {
    this.link.token = token;
  }

  get hidden(): boolean {
    return this.link.hidden;
  }

  /** Nobody looks at what we show: the bridge sends at 1 Hz at most. */
  set hidden(hidden: boolean) {
    this.link.hidden = hidden;
  }

  /** Cap all subscriptions; 0 pauses data, null lifts the cap. */
  setMaxHz(maxHz: number | null): void {
    this.#maxHz = maxHz;
    this.link.send(out.rate(maxHz));
  }

  /** A region's name or a glob (PC-SUB-01); kept over reconnects. The newest call for a target wins. */
  subscribe(target: string, subscription: Subscription = {}): void {
    this.subscribeAll([[target, subscription]]);
  }

  /** Several at once: the later wins where they overlap. */
  subscribeAll(list: readonly (readonly [string, Subscription])[]): void {
    for (const [target, subscription] of list) {
      this.#targets.delete(target); // to the end: order decides
      this.#targets.set(target, subscription);
      if (!subscription.liveOnly) this.#wantSchemas(target);
    }
    this.#sendSubs(list);
  }

  unsubscribe(...targets: string[]): void {
    for (const target of targets) {
      this.#targets.delete(target);
      for (const region of this.regions.values()) if (globMatch(target, region.name)) region.watchedSince = undefined;
    }
    if (targets.length && this.#listed()) this.link.send(out.unsub(++this.#ref, targets));
  }

  /**
   * Set fields, by path ("wheel[1].slip"): all in one commit, or none. Resolves once committed, rejects with a SetError.
   * Never sent twice: after a lost connection nobody knows whether it was done.
   */
  set(name: string, values: { [path: string]: Encodable }): Promise<void> {
    const region = this.regions.get(name);
    if (!region?.announced || !this.hello) return Promise.reject(new SetError(region ? 0 : 404, "no such region now"));
    const ref = ++this.#ref;
    this.link.send(out.set(ref, region.rid, values));
    return this.#sets.ask(ref);
  }

  /** The worst of link, daemon and writer for a region, now. */
  verdict(region: Region): Verdict {
    return worst(this.link.state, this.daemon, region.writerView(this.clock.now(), this.hello?.hbMs ?? 1000));
  }

  /** The daemon's wall clock now, as far as we can tell, in milliseconds. */
  daemonNowMs(): number {
    const time = this.daemonTime;
    return time ? time.tUs / 1000 + (this.clock.now() - time.at) : Date.now();
  }

  #linkState(state: LinkState): void {
    if (state === "waiting" || state === "refused" || state === "closed") {
      this.hello = undefined;
      this.#asked.clear();
      this.#sets.lose();
      this.#schemaAsked.clear();
      for (const region of this.regions.values()) region.announced = false;
    }
    this.#emit("link", state);
  }

  #setDaemon(state: DaemonState): void {
    if (this.daemon === state) return;
    this.daemon = state;
    this.#emit("daemon", state);
  }

  #message(message: Message): void {
    switch (message.op) {
      case "hello":
        return this.#greeted(message);
      case "ann":
        return this.#announced(message.last, message.rows);
      case "unann":
        return this.#unannounced(message.rids);
      case "schema":
        return this.#schema(message.sid, message.schema);
      case "update":
        return this.#update(message);
      case "live":
        for (const row of message.rows) this.#live(row);
        return;
      case "hb":
        this.stats = message.stats;
        this.daemonTime = { tUs: message.tUs, at: this.clock.now() };
        return;
      case "status":
        return this.#notice(message.level, message.id, message.text, message.ttlMs);
      case "bye":
        return this.#setDaemon("stopping");
      case "res":
        return this.#answered(message.ref, message.code, message.rows);
      case "err":
        if (!this.#sets.answer(message.ref, message.code, message.text)) this.#emit("refused", message.text, message.code);
        return;
      case "pong":
        return;
    }
  }

  #greeted(hello: Hello): void {
    const restarted = this.#boot !== undefined && this.#boot !== hello.boot;
    this.hello = hello;
    this.daemonTime = { tUs: hello.tUs, at: this.clock.now() };
    this.#boot = hello.boot;
    this.link.resume = hello.boot;
    this.#byRid.clear();
    this.#resyncAt.clear();
    for (const region of this.regions.values()) region.watchedSince = undefined;
    if (restarted) {
      this.notices.clear();
      for (const region of this.regions.values()) {
        region.forget();
        region.rid = 0;
      }
    }
    this.#setDaemon(restarted ? "restarted" : "up");
    this.#emit("hello", hello);
    if (this.#maxHz !== null) this.link.send(out.rate(this.#maxHz));
  }

  #announced(last: boolean, rows: readonly AnnRow[]): void {
    const now = this.clock.now();
    const first = !this.#listed();
    const late: (readonly [string, Subscription])[] = []; // asked for by name before they existed
    for (const row of rows) {
      let region = this.regions.get(row.name);
      if (!region) this.regions.set(row.name, (region = new Region(row.name)));
      const exact = this.#targets.get(row.name);
      if (!first && exact && region.rid !== row.rid) late.push([row.name, exact]);
      if (region.rid !== row.rid) this.#byRid.delete(region.rid);
      region.announce(row, now);
      this.#byRid.set(row.rid, region);
      this.#adoptLayout(region);
      if (this.#wanted(region)) this.#askSchema(region);
    }
    if (last && first) this.#listEnds();
    if (late.length) this.#sendSubs(late);
    this.#emit("regions");
  }

  #listedBoot: Hello | undefined;
  #listed(): boolean {
    return this.hello !== undefined && this.#listedBoot === this.hello;
  }

  /** The first list is complete: what was not in it is gone, what we want is asked for. */
  #listEnds(): void {
    for (const region of [...this.regions.values()]) if (!region.announced) this.regions.delete(region.name);
    this.#setDaemon("up");
    this.#emit("listed"); // what is subscribed in it goes out once, with the rest
    this.#listedBoot = this.hello;
    this.#sendSubs([...this.#targets]);
  }

  #unannounced(rids: readonly number[]): void {
    for (const rid of rids) {
      const region = this.#byRid.get(rid);
      if (!region) continue;
      this.#byRid.delete(rid);
      region.announced = false;
      region.forget();
      this.regions.delete(region.name);
    }
    this.#emit("regions");
  }

  /** What holds for a region: of the targets that match, the one asked for last. */
  #effective(region: Region): readonly [string, Subscription] | undefined {
    let found: readonly [string, Subscription] | undefined;
    for (const entry of this.#targets) if (globMatch(entry[0], region.name)) found = entry;
    return found;
  }

  #wanted(region: Region): boolean {
    const found = this.#effective(region);
    return found !== undefined && !found[1].liveOnly;
  }

  #wantSchemas(target: string): void {
    const region = this.regions.get(target);
    if (region) this.#askSchema(region);
    else for (const each of this.regions.values()) if (globMatch(target, each.name)) this.#askSchema(each);
  }

  #askSchema(region: Region): void {
    if (!region.sid || region.layout || region.layoutProblem || this.#schemaAsked.has(region.sid)) return;
    if (!this.link.hello) return;
    this.#schemaAsked.add(region.sid);
    this.link.send(out.getSchema(++this.#ref, region.sid));
  }

  #adoptLayout(region: Region): void {
    const known = this.#layouts.get(region.sid);
    if (known === undefined) return;
    if (typeof known === "string") region.layoutProblem = known;
    else if (known.size > region.size) region.layoutProblem = "the schema is larger than the region";
    else region.layout = known;
  }

  #schema(sid: string, schema: Parameters<typeof Layout.fromSchema>[0]): void {
    let known: Layout | string;
    try {
      known = Layout.fromSchema(schema);
    } catch (error) {
      if (!(error instanceof LayoutError)) throw error;
      known = error.message;
    }
    this.#layouts.set(sid, known);
    for (const region of this.regions.values()) {
      if (region.sid !== sid) continue;
      this.#adoptLayout(region);
      this.#emit("schema", region);
    }
  }

  /** Targets as rows; a region whose bytes we hold gets a row of its own, so that only the difference comes. */
  #sendSubs(list: readonly (readonly [string, Subscription])[]): void {
    if (!this.#listed()) return;
    const rows: (readonly [number | string, SubOptions])[] = [];
    const globs = new Set<string>();
    for (const [target, subscription] of list) {
      const region = this.regions.get(target);
      if (region) rows.push(this.#row(region, subscription));
      else if (target.length <= TARGET_MAX) rows.push([target, options(subscription)]);
      if (isGlob(target) && !subscription.liveOnly) globs.add(target);
    }
    if (globs.size)
      for (const region of this.regions.values()) {
        const found = region.seq ? this.#effective(region) : undefined;
        if (found && globs.has(found[0])) rows.push(this.#row(region, found[1]));
      }
    for (let i = 0; i < rows.length; i += ROWS_PER_SUB)
      this.#send(SUBSCRIPTION, (ref) => out.sub(ref, rows.slice(i, i + ROWS_PER_SUB)));
  }

  #row(region: Region, subscription: Subscription): readonly [number, SubOptions] {
    const row = options(subscription);
    if (region.seq && !subscription.liveOnly) {
      row.gen = region.gen;
      row.seq = region.seq;
    }
    return [region.rid, row];
  }

  #send(what: string, make: (ref: number) => ReturnType<typeof out.sub>): void {
    const ref = ++this.#ref;
    this.#asked.set(ref, what);
    this.link.send(make(ref));
  }

  #answered(ref: number, code: number, rows: readonly (readonly [number, number])[]): void {
    if (this.#sets.answer(ref, code, "refused")) return;
    const what = this.#asked.get(ref);
    this.#asked.delete(ref);
    if (code) this.#emit("refused", what ?? "request", code);
    for (const [rid, rowCode] of rows) {
      const region = this.#byRid.get(rid);
      if (region && what === SUBSCRIPTION)
        region.watchedSince = rowCode === 0 ? (region.watchedSince ?? this.clock.now()) : undefined;
      if (rowCode) this.#emit("refused", region?.name ?? what ?? "request", rowCode);
    }
  }

  #update(update: Update): void {
    const region = this.#byRid.get(update.rid);
    if (!region) return;
    if (region.apply(update, this.clock.now()) === "applied") this.#emit("update", region, update);
    else if (update.gen === region.gen) this.#resync(region);
  }

  /** PC-UPD-03: subscribe again with what we hold, but not once per dropped update. */
  #resync(region: Region): void {
    const now = this.clock.now();
    if (now - (this.#resyncAt.get(region.rid) ?? -Infinity) < RESYNC_EVERY_MS) return;
    this.#resyncAt.set(region.rid, now);
    const found = this.#effective(region);
    if (found) this.#send(SUBSCRIPTION, (ref) => out.sub(ref, [this.#row(region, found[1])]));
  }

  #live(row: LiveRow): void {
    const region = this.#byRid.get(row.rid);
    if (!region) return;
    const before = { state: region.state, epoch: region.epoch };
    region.live(row, this.clock.now());
    this.#emit("live", region, before);
  }

  #notice(level: number, id: string, text: string, ttlMs: number): void {
    const notice = { level, id, text, until: ttlMs ? this.clock.now() + ttlMs : Infinity };
    this.notices.set(id, notice);
    this.#emit("notice", notice);
  }
}

function options(subscription: Subscription): SubOptions {
  const row: SubOptions = {};
  if (subscription.hz !== undefined) row.hz = subscription.hz;
  if (subscription.values) row.enc = 1;
  if (subscription.liveOnly) row.live_only = true;
  return row;
}

export function isGlob(target: string): boolean {
  return target.includes("*");
}

/** PC-SUB-01: `*` within a segment, `**` across; linear, no backtracking beyond the last star of each kind. */
export function globMatch(glob: string, name: string): boolean {
  if (glob.length > TARGET_MAX / 3 && new TextEncoder().encode(glob).length > TARGET_MAX) return false;
  const cross = (i: number): boolean => glob[i] === "*" && glob[i + 1] === "*";
  let g = 0;
  let n = 0;
  let starG = -1; // position after the last `*`
  let starN = 0;
  let deepG = -1; // position after the last `**`
  let deepN = 0;
  while (n < name.length) {
    if (cross(g)) {
      deepG = g += 2;
      deepN = n;
      starG = -1;
    } else if (glob[g] === "*") {
      starG = ++g;
      starN = n;
    } else if (g < glob.length && glob[g] === name[n]) {
      g++;
      n++;
    } else if (starG >= 0 && !isSeparator(name[starN]!)) {
      g = starG;
      n = ++starN;
    } else if (deepG >= 0) {
      g = deepG;
      n = ++deepN;
      starG = -1;
    } else return false;
  }
  while (glob[g] === "*") g++;
  return g === glob.length;
}

function isSeparator(char: string): boolean {
  return char === "." || char === "/";
}

