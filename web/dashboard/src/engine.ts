// Between the client and the page: tracks per region, what is subscribed, freezing, rates, notices.
import { Client, type Region, type Verdict, WriterState } from "@pagecast/client";
import { batch, signal } from "@preact/signals";
import { note } from "./journal.ts";
import { maxHz } from "./settings.ts";
import { visible } from "./format.ts";
import { Track } from "./track.ts";

const SAMPLE_MS = 500;
const VISIBLE_SETTLE_MS = 120;
const EVERYTHING = "**";
const SUBS_SPARE = 64; // for regions that come later

/** The link as the bar shows it; renewed twice a second and on every change. */
export interface LinkInfo {
  readonly state: Client["link"]["state"];
  readonly daemon: Client["daemon"];
  readonly instance: string;
  readonly version: string;
  readonly boot: string;
  readonly rttMs: number | undefined;
  readonly jitterMs: number | undefined;
  readonly kbPerS: number;
  readonly viewers: number | undefined;
  /** Updates to us that skipped commits, as the bridge counts them. */
  readonly conflated: number | undefined;
  /** Age of the last word from the bridge. */
  readonly silentMs: number;
  readonly retryInMs: number;
  readonly closed: Client["link"]["closed"];
  readonly authFailed: boolean;
}

export interface Totals {
  readonly all: number;
  readonly live: number;
  readonly rest: number;
  readonly doubtful: number;
  readonly bad: number;
}

export interface Banner {
  readonly id: string;
  readonly level: number;
  readonly text: string;
  /** Gone by itself in a while: shown over the page, so that nothing moves. */
  readonly isPassing: boolean;
}

export interface Freeze {
  readonly at: number;
  readonly forMs: number;
  readonly behind: number;
}

type Listener = (track: Track) => void;

export class Engine {
  readonly client: Client;
  readonly tracks = new Map<string, Track>();
  readonly link = signal<LinkInfo>(undefined as never);
  readonly totals = signal<Totals>({ all: 0, live: 0, rest: 0, doubtful: 0, bad: 0 });
  /** +1 when regions come, go, or change their verdict: what is listed, and in which order, may differ. */
  readonly listVersion = signal(0);
  readonly banners = signal<readonly Banner[]>([]);
  readonly frozen = signal<Freeze | undefined>(undefined);
  /** +1 twice a second, while the page is visible. */
  readonly beat = signal(0);

  readonly #onUpdate = new Set<Listener>();
  readonly #own = new Map<string, Banner & { readonly until: number }>();
  readonly #dismissed = new Set<string>();
  #updates = 0;
  #frozenUpdates = 0;
  #bytesAt = { bytes: 0, at: 0 };
  #kbPerS = 0;
  #instance = "";
  #version = "";
  #boot = "";
  #subscribed = new Set<string>();
  readonly #shown = new Map<object, readonly string[]>();
  #settle: ReturnType<typeof setTimeout> | undefined;
  #watchesAll = true;
  #linkWas: string = "idle";
  #everLive = false;

  constructor(client: Client) {
    this.client = client;
    client.on("update", (region) => this.#updated(region));
    client.on("listed", () => this.#chooseWatch());
    client.on("regions", () => this.#regions());
    client.on("schema", (region) => this.#touch(region));
    client.on("live", (region, before) => this.#live(region, before));
    client.on("link", () => this.#linkChanged());
    client.on("daemon", () => this.#daemonChanged());
    client.on("hello", (hello) => {
      this.#instance = hello.instance;
      this.#version = hello.daemon;
      this.#boot = hello.boot;
    });
    client.on("notice", () => this.#renewBanners());
    client.on("refused", (what, code) => this.#say(`refused ${code}`, 1, `${visible(what)}: ${refusal(code)}`, 8000));
    this.#renewLink();
    setInterval(() => this.#sample(), SAMPLE_MS);
    document.addEventListener("visibilitychange", () => this.#visibility());
    this.#visibility();
  }

  start(token: string | undefined): void {
    if (token) this.client.token = token;
    this.client.connect();
  }

  get hbMs(): number {
    return this.client.hello?.hbMs ?? 1000;
  }

  onUpdate(listener: Listener): () => void {
    this.#onUpdate.add(listener);
    return () => this.#onUpdate.delete(listener);
  }

  /** A view has these regions in sight: their data is wanted, that of the others is not. A page that comes may show
   *  its regions before the one that goes has hidden its own, so each view speaks for itself. */
  show(view: object, names: Iterable<string>): void {
    this.#shown.set(view, [...names]);
    this.#settleSoon();
  }

  hide(view: object): void {
    this.#shown.delete(view);
    this.#settleSoon();
  }

  #settleSoon(): void {
    this.#settle ??= setTimeout(() => {
      this.#settle = undefined;
      this.#subscribe();
    }, VISIBLE_SETTLE_MS);
  }

  setMaxHz(hz: number | null): void {
    maxHz.value = hz;
    this.client.setMaxHz(hz);
  }

  toggleFreeze(): void {
    if (this.frozen.value) {
      this.frozen.value = undefined;
      for (const track of this.tracks.values()) track.frozen = undefined;
    } else {
      for (const track of this.tracks.values()) track.freeze();
      this.#frozenUpdates = this.#updates;
      this.frozen.value = { at: performance.now(), forMs: 0, behind: 0 };
    }
    for (const track of this.tracks.values()) this.#tell(track);
  }

  dismiss(id: string): void {
    this.#own.delete(id);
    this.#dismissed.add(id);
    this.#renewBanners();
  }

  /** Liveness of everything, where the bridge allows so many subscriptions; else of what is in sight. */
  #chooseWatch(): void {
    const { regions, hello } = this.client;
    const room = (hello?.limits.subs ?? 0) - SUBS_SPARE;
    this.#watchesAll = regions.size <= room;
    if (this.#watchesAll) this.client.subscribe(EVERYTHING, { liveOnly: true });
    else {
      this.client.unsubscribe(EVERYTHING);
      const text = `${regions.size} regions, of which this bridge lets a viewer watch ${hello?.limits.subs}: only those in sight are watched.`;
      this.#say("watch", 2, text, Infinity);
    }
    for (const name of this.#subscribed) this.client.subscribe(name); // after the glob, which they overrule
  }

  #subscribe(): void {
    const wanted = new Set([...this.#shown.values()].flat());
    const names = [...wanted].filter((name) => this.client.regions.has(name));
    const added = names.filter((name) => !this.#subscribed.has(name)).map((name) => [name, {}] as const);
    const gone = [...this.#subscribed].filter((name) => !wanted.has(name));
    for (const name of gone) this.#subscribed.delete(name);
    for (const [name] of added) {
      this.#subscribed.add(name);
      this.tracks.get(name)?.restartRates();
    }
    if (!this.#watchesAll) this.client.unsubscribe(...gone);
    const left = this.#watchesAll ? gone.map((name) => [name, { liveOnly: true }] as const) : [];
    if (left.length + added.length) this.client.subscribeAll([...left, ...added]);
  }

  #updated(region: Region): void {
    this.#updates++;
    const track = this.tracks.get(region.name);
    if (!track) return;
    track.version++;
    if (!this.frozen.value) this.#tell(track);
  }

  #tell(track: Track): void {
    for (const listener of this.#onUpdate) listener(track);
  }

  #touch(region: Region): void {
    const track = this.tracks.get(region.name);
    if (track) this.#tell(track);
  }

  #regions(): void {
    const { regions } = this.client;
    for (const region of regions.values()) {
      const known = this.tracks.get(region.name);
      if (known?.region === region) continue;
      this.tracks.set(region.name, new Track(region, this.client.verdict(region)));
    }
    for (const name of [...this.tracks.keys()])
      if (!regions.has(name)) {
        this.tracks.delete(name);
        this.#subscribed.delete(name);
        note(1, visible(name), "region removed");
      }
    this.#subscribe();
    this.#judge(true);
  }

  #live(region: Region, before: { readonly state: number; readonly epoch: number }): void {
    const name = visible(region.name);
    if (before.epoch && region.epoch > before.epoch) {
      this.#say(`writer ${region.name}`, 2, `${name}: writer restarted${pidOf(region)}`, 8000);
      note(1, name, `writer restarted${pidOf(region)}`);
    }
    const track = this.tracks.get(region.name);
    if (!track) return;
    if (before.state !== region.state) this.#judge();
    this.#tell(track);
  }

  /** Renew all verdicts; note those of writers that changed. */
  #judge(listChanged = false): void {
    const totals = { all: 0, live: 0, rest: 0, doubtful: 0, bad: 0 };
    const kinds = ["live", "rest", "doubtful", "bad"] as const;
    let changed = listChanged;
    const now = Date.now();
    for (const track of this.tracks.values()) {
      const before = track.verdict;
      track.verdict = this.client.verdict(track.region);
      track.remember(now);
      totals.all++;
      totals[kinds[track.verdict.severity]]++;
      if (before.word === track.verdict.word) continue;
      changed = true;
      this.#noteTransition(track, before);
      this.#tell(track);
    }
    batch(() => {
      const old = this.totals.value;
      if (kinds.some((kind) => old[kind] !== totals[kind]) || old.all !== totals.all) this.totals.value = totals;
      if (changed) this.listVersion.value++;
    });
  }

  // What link and daemon do to every region is said once, by them.
  #noteTransition(track: Track, before: Verdict): void {
    if (track.verdict.cause !== "writer" || before.cause !== "writer") return;
    const { region, verdict } = track;
    const why = region.why ? `: ${visible(region.why, 100)}` : region.state === WriterState.dead ? pidOf(region) : "";
    note(verdict.severity, visible(region.name), `${before.word} → ${verdict.word}${why}`);
  }

  #linkChanged(): void {
    const { state, closed } = this.client.link;
    const was = this.#linkWas;
    this.#linkWas = state;
    if (state === "live") {
      if (was === "lost" || this.#everLive) note(0, "", was === "lost" ? "link is back" : "connected again");
      this.#everLive = true;
    } else if (state === "lost") note(3, "", "link lost");
    else if (state === "waiting" && (was === "live" || was === "lost"))
      note(3, "", `disconnected: ${closed?.reason || closed?.meaning.text || ""}`);
    else if (state === "refused") note(3, "", `refused: ${closed?.meaning.text ?? ""}`);
    this.#renewLink();
    this.#judge();
  }

  #daemonChanged(): void {
    const { daemon, link } = this.client;
    if (daemon === "restarted") {
      this.#say("daemon", 1, "The daemon restarted: everything shown before was void and was read anew.", 15000);
      note(2, "", "daemon restarted");
    } else if (daemon === "stopping") note(3, "", `daemon stops: ${visible(link.bye?.text ?? "")}`);
    this.#renewLink();
    this.#judge();
  }

  #say(id: string, level: number, text: string, forMs: number): void {
    this.#dismissed.delete(id);
    this.#own.set(id, { id, level, text, isPassing: forMs < Infinity, until: performance.now() + forMs });
    this.#renewBanners();
  }

  #renewBanners(): void {
    const now = performance.now();
    for (const [id, banner] of this.#own) if (banner.until <= now) this.#own.delete(id);
    const list: Banner[] = [];
    for (const { id, level, text, until } of this.client.notices.values()) {
      if (until <= now) this.client.notices.delete(id);
      else if (text && !this.#dismissed.has(`status ${id} ${text}`))
        list.push({ id: `status ${id} ${text}`, level, text: visible(text), isPassing: false });
    }
    list.push(...this.#own.values());
    const old = this.banners.value;
    const same = old.length === list.length && list.every((b, i) => b.id === old[i]!.id && b.text === old[i]!.text);
    if (!same) this.banners.value = list;
  }

  #renewLink(): void {
    const { client } = this;
    const { link } = client;
    const now = performance.now();
    this.link.value = {
      state: link.state,
      daemon: client.daemon,
      instance: this.#instance,
      version: this.#version,
      boot: this.#boot,
      rttMs: link.rttMs,
      jitterMs: link.jitterMs,
      kbPerS: this.#kbPerS,
      viewers: client.stats?.viewers,
      conflated: client.stats?.conflated,
      silentMs: now - link.heardAt,
      retryInMs: link.state === "waiting" ? Math.max(0, link.retryAt - now) : 0,
      closed: link.closed,
      authFailed: link.authFailed,
    };
  }

  #sample(): void {
    const now = performance.now();
    const { receivedBytes } = this.client.link;
    const seconds = (now - this.#bytesAt.at) / 1000;
    if (seconds >= 0.95) {
      this.#kbPerS = (receivedBytes - this.#bytesAt.bytes) / 1000 / seconds;
      this.#bytesAt = { bytes: receivedBytes, at: now };
    }
    for (const track of this.tracks.values()) track.sample(now);
    if (document.hidden) return;
    batch(() => {
      this.#judge();
      this.#renewLink();
      this.#renewBanners();
      const frozen = this.frozen.value;
      if (frozen)
        this.frozen.value = { ...frozen, forMs: now - frozen.at, behind: this.#updates - this.#frozenUpdates };
      this.beat.value++;
    });
  }

  #visibility(): void {
    this.client.hidden = document.hidden;
    if (!document.hidden) this.#judge();
  }
}

function pidOf(region: Region): string {
  return region.pid ? ` (pid ${region.pid})` : "";
}

function refusal(code: number): string {
  const words: { readonly [code: number]: string } = {
    403: "not allowed for this token",
    404: "no such thing",
    413: "too big to be sent here",
    429: "more subscriptions than the bridge allows",
    503: "not available now",
  };
  return words[code] ?? `the bridge says ${code}`;
}
