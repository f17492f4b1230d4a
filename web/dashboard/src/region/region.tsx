// One region's page: what it is and whether it lives; below that its panes.
import { UpdateFlag, type Severity } from "@pagecast/client";
import { useEffect } from "preact/hooks";
import type { Engine } from "../engine.ts";
import { ageText, clockText, groupDigits, hzText, percentText, sizeText, visible } from "../format.ts";
import { Icon, Shape } from "../icons.tsx";
import type { Painter } from "../painter.ts";
import type { Track } from "../track.ts";
import { Panes } from "./panes.tsx";

interface Props {
  readonly name: string;
  readonly engine: Engine;
  readonly painter: Painter;
}

export function RegionPage({ name, engine, painter }: Props) {
  void engine.listVersion.value;
  const track = engine.tracks.get(name);
  useEffect(() => {
    const view = {};
    engine.show(view, [name]);
    return () => engine.hide(view);
  }, [engine, name]);
  if (!track) return <Missing name={name} engine={engine} />;
  return <Present track={track} engine={engine} painter={painter} />;
}

function Missing({ name, engine }: { readonly name: string; readonly engine: Engine }) {
  const { state, daemon } = engine.link.value;
  const isKnown = state === "live" && daemon === "up";
  return (
    <main class="region" id="main">
      <div class="empty">
        <h1>
          <bdi>{visible(name, 128)}</bdi>
        </h1>
        <p class="muted">{isKnown ? "There is no such region now. If it appears, so it does here." : "Connecting …"}</p>
        <a class="button" href="#/">
          All regions
        </a>
      </div>
    </main>
  );
}

interface PresentProps {
  readonly track: Track;
  readonly engine: Engine;
  readonly painter: Painter;
}

function Present({ track, engine, painter }: PresentProps) {
  void engine.beat.value;
  const { region } = track;
  // A new generation has other fields at other places: everything below starts anew.
  const incarnation = `${region.rid} ${region.gen} ${region.layout ? "l" : "-"}`;
  return (
    <main class="region" id="main">
      <Title track={track} />
      <Facts track={track} engine={engine} />
      <Timeline track={track} />
      <Panes
        key={incarnation}
        name={region.name}
        layout={region.layout}
        problem={region.layoutProblem}
        engine={engine}
        painter={painter}
      />
    </main>
  );
}

function Title({ track }: { readonly track: Track }) {
  const { region, verdict } = track;
  return (
    <div class="title">
      <a class="button icon-button" href="#/" aria-label="All regions" title="All regions (Esc)">
        <Icon name="back" />
      </a>
      <h1>
        <bdi>{visible(region.name, 128)}</bdi>
      </h1>
      <span class="badge" data-severity={verdict.severity}>
        <Shape severity={verdict.severity} />
        {verdict.word}
      </span>
      <DataFlags flags={region.updateFlags} />
      {region.why && verdict.cause === "writer" && <span class="why">{visible(region.why, 100)}</span>}
      {region.doc && <p class="doc">{visible(region.doc, 400)}</p>}
    </div>
  );
}

const DATA_FLAGS: readonly (readonly [number, string, string])[] = [
  [UpdateFlag.torn, "torn", "A legacy payload that changed while it was read: parts may be of different moments"],
  [UpdateFlag.replay, "replay", "Played back, not live"],
  [UpdateFlag.final, "final", "The writer's last state"],
  [UpdateFlag.sourceStale, "source stale", "The writer lives, what it measures does not answer"],
  [UpdateFlag.recovered, "recovered", "Put there by crash recovery, not by a commit"],
];

function DataFlags({ flags }: { readonly flags: number }) {
  return (
    <>
      {DATA_FLAGS.filter(([bit]) => flags & bit).map(([, word, title]) => (
        <span key={word} class="tag warn" title={title}>
          {word}
        </span>
      ))}
    </>
  );
}

const KINDS = ["plugin", "program", "legacy program"];
const REGION_FLAGS = ["legacy", "foreign", "system", "mirror"];

function Facts({ track, engine }: { readonly track: Track; readonly engine: Engine }) {
  const { region, verdict } = track;
  const now = engine.client.clock.now();
  const flags = REGION_FLAGS.filter((_, bit) => region.flags & (1 << bit)).join(", ");
  const facts: readonly (readonly [string, string, string])[] = [
    ["Writer", visible(region.writer, 40) || "–", "The writer's name"],
    ["Pid", region.pid ? String(region.pid) : "–", "The writer's process"],
    ["Write Hz", hzText(verdict.cause === "writer" ? region.writeHz : 0), "Commits a second"],
    ["Seen Hz", hzText(track.seenHz), "Updates a second that arrive here"],
    ["Skipped", percentText(track.conflated), `Commits conflated on the way here, over the last 5 s; ${groupDigits(String(region.skipped))} in all`],
    ["Heartbeat", ageText(track.heartbeatAge(now, engine.hbMs)), "Time since the writer's heartbeat moved"],
    ["Write age", ageText(track.writeAge(now, engine.hbMs)), "Time since the last commit"],
    ["Stale after", region.staleMs ? `${region.staleMs} ms` : "–", "Silence after which the writer counts as stale"],
    ["Size", sizeText(region.size), `${region.size} bytes`],
    ["Kind", KINDS[region.kind] ?? "–", "Who writes it"],
    ["Flags", flags || "–", "What the region is"],
    ["Epoch", String(region.epoch), "Writers attached so far"],
    ["Generation", String(region.gen), "Incarnation of size and layout"],
    ["Tick", groupDigits(String(region.wseq)), "The writer's own count of commits"],
    ["Seq", groupDigits(String(region.seq)), "Changes that the bridge published"],
    ["Schema", region.sid || "none", "Id of the layout"],
  ];
  return (
    <dl class="facts">
      {facts.map(([name, value, title]) => (
        <div key={name} title={title}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const TIMELINE_MS = 5 * 60_000;

/** The last minutes' states, as a strip. */
function Timeline({ track }: { readonly track: Track }) {
  const now = Date.now();
  const start = Math.max(now - TIMELINE_MS, track.spans[0]?.from ?? now);
  const parts = track.spans
    .map((span, i) => ({ ...span, from: Math.max(start, span.from), to: track.spans[i + 1]?.from ?? now }))
    .filter(({ from, to }) => to > from);
  const words = parts.map(({ word, from }) => `${word} since ${clockText(from)}`);
  return (
    <div class="timeline" role="img" aria-label={`States seen: ${words.slice(-5).join(", ")}`}>
      {parts.map(({ from, to, word, severity }) => (
        <i
          key={from}
          data-severity={severity as Severity}
          style={{ flexGrow: to - from }}
          title={`${word} ${clockText(from)} – ${clockText(to)}`}
        >
          {to - from > (now - start) / 8 ? word : ""}
        </i>
      ))}
    </div>
  );
}
