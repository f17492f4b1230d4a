// One region's page: what it is, whether it lives, its fields, a plot, its bytes.
import { type Layout, UpdateFlag, type Severity } from "@pagecast/client";
import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Engine } from "../engine.ts";
import { ageText, clockText, groupDigits, hex, hzText, percentText, sizeText, visible } from "../format.ts";
import { Icon, Shape } from "../icons.tsx";
import type { Painter } from "../painter.ts";
import type { Track } from "../track.ts";
import { FieldTable } from "./fields.ts";
import { HexPane, WINDOW_BYTES } from "./hex.ts";
import { csvName } from "./history.ts";
import { Inspector } from "./inspector.ts";
import { RegionModel } from "./model.ts";
import { PlotPane, SPANS_S } from "./plot.ts";

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
    ["Skipped", percentText(track.conflated), "Commits conflated on the way here, over the last 5 s"],
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

interface PanesProps {
  readonly name: string;
  readonly layout: Layout | undefined;
  readonly problem: string;
  readonly engine: Engine;
  readonly painter: Painter;
}

function Panes({ name, layout, problem, engine, painter }: PanesProps) {
  const model = useMemo(() => new RegionModel(engine, name, layout), [engine, name, layout]);
  const table = useRef<FieldTable | undefined>(undefined);
  return (
    <div class={layout ? "panes" : "panes raw"}>
      {layout && <FieldsPane model={model} layout={layout} painter={painter} table={table} />}
      <div class="side">
        {layout && <PlotSection model={model} painter={painter} />}
        <BytesPane
          model={model}
          layout={layout}
          problem={problem}
          painter={painter}
          onPick={(path) => table.current?.selectPath(path)}
        />
      </div>
    </div>
  );
}

interface FieldsPaneProps {
  readonly model: RegionModel;
  readonly layout: Layout;
  readonly painter: Painter;
  readonly table: { current: FieldTable | undefined };
}

function FieldsPane({ model, layout, painter, table }: FieldsPaneProps) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const fields = new FieldTable(model, painter, layout, host.current!);
    table.current = fields;
    return () => fields.dispose();
  }, [model, painter, layout, table]);
  return (
    <section class="pane fields" aria-label="Fields">
      <header>
        <h2>Fields</h2>
        <label class="search small">
          <span class="visually-hidden">Filter fields</span>
          <input
            id="filter"
            type="search"
            placeholder="Filter"
            autocomplete="off"
            spellcheck={false}
            value={model.query.value}
            onInput={(event) => (model.query.value = event.currentTarget.value)}
          />
          <kbd>/</kbd>
        </label>
      </header>
      <div class="field-table" role="treegrid" aria-label="Fields and values">
        <div role="rowgroup">
          <div class="field head" role="row">
            <span class="f-name" role="columnheader">
              Name
            </span>
            <span class="f-value" role="columnheader">
              Value
            </span>
            <span class="f-unit" role="columnheader">
              <span class="visually-hidden">Unit</span>
            </span>
            <span class="f-bar" role="columnheader">
              Range
            </span>
            <span class="f-type" role="columnheader">
              Type
            </span>
            <span class="f-offset" role="columnheader">
              Offset
            </span>
            <span class="f-tools" role="columnheader">
              <span class="visually-hidden">Plot</span>
            </span>
          </div>
        </div>
        <div class="rows" role="rowgroup" ref={host} />
      </div>
    </section>
  );
}

function PlotSection({ model, painter }: { readonly model: RegionModel; readonly painter: Painter }) {
  const host = useRef<HTMLDivElement>(null);
  const pane = useSignal<PlotPane | undefined>(undefined);
  useEffect(() => {
    const made = new PlotPane(model, painter, host.current!);
    pane.value = made;
    return () => made.dispose();
  }, [model, painter, pane]);
  const lines = model.plotted.value;
  return (
    <section class="pane plot" aria-label="Plot">
      <header>
        <h2>Plot</h2>
        <div class="legend">
          {lines.map((line, i) => (
            <button key={line.path} type="button" class="chip" data-series={i} title="Remove from the plot" onClick={() => model.togglePlot(line)}>
              <i />
              {line.path}
              <Icon name="close" />
            </button>
          ))}
        </div>
        {lines.length > 0 && pane.value && <PlotTools pane={pane} name={model.name} />}
      </header>
      {lines.length === 0 && (
        <p class="muted pad">
          Choose a number in the table: its chart button, or <kbd>p</kbd> on the selected field.
        </p>
      )}
      <div class="plot-host" ref={host} />
    </section>
  );
}

function PlotTools({ pane, name }: { readonly pane: Signal<PlotPane | undefined>; readonly name: string }) {
  const plot = pane.value!;
  const save = (): void => {
    const link = document.createElement("a");
    const url = URL.createObjectURL(new Blob([plot.csv()], { type: "text/csv" }));
    link.href = url;
    link.download = csvName(name);
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  return (
    <div class="plot-tools">
      {plot.isZoomed.value && (
        <button type="button" class="button small" title="Leave the zoom (double-click)" onClick={() => plot.follow()}>
          Follow
        </button>
      )}
      <div class="segmented" role="group" aria-label="Time shown">
        {SPANS_S.map((span) => (
          <button
            key={span}
            type="button"
            aria-pressed={plot.spanS.value === span}
            onClick={() => (plot.spanS.value = span)}
          >
            {span < 60 ? `${span} s` : `${span / 60} min`}
          </button>
        ))}
      </div>
      <button type="button" class="button icon-button" aria-label="Save as CSV" title="Save as CSV" onClick={save}>
        <Icon name="download" />
      </button>
    </div>
  );
}

interface BytesPaneProps {
  readonly model: RegionModel;
  readonly layout: Layout | undefined;
  readonly problem: string;
  readonly painter: Painter;
  readonly onPick: (path: string) => void;
}

function BytesPane({ model, layout, problem, painter, onPick }: BytesPaneProps) {
  const size = model.track?.region.size ?? 0;
  const scroller = useRef<HTMLDivElement>(null);
  const host = useRef<HTMLDivElement>(null);
  const inspector = useRef<HTMLDivElement>(null);
  const hexPane = useSignal<HexPane | undefined>(undefined);
  useEffect(() => {
    const pane = new HexPane(model, painter, layout, host.current!, scroller.current!, (line) => onPick(line.path));
    hexPane.value = pane;
    const info = new Inspector(model, painter, inspector.current!);
    return () => {
      pane.dispose();
      info.dispose();
    };
    // onPick is renewed with every render and always does the same.
  }, [model, painter, layout]);
  return (
    <section class="pane bytes" aria-label="Bytes">
      <header>
        <h2>Bytes</h2>
        {!layout && (
          <span class="muted">
            {problem ? `schema not usable: ${visible(problem, 120)}` : "no layout: raw bytes"}
          </span>
        )}
        {size > WINDOW_BYTES && hexPane.value && <HexWindows pane={hexPane.value} size={size} />}
      </header>
      <div class="hex" ref={scroller} tabIndex={0} aria-label="Bytes in hexadecimal" role="group">
        <div class="rows" ref={host} />
      </div>
      <div class="inspector" ref={inspector} />
    </section>
  );
}

/** Which part of a large region is shown. */
function HexWindows({ pane, size }: { readonly pane: HexPane; readonly size: number }) {
  const start = pane.start.value;
  const end = Math.min(size, start + WINDOW_BYTES);
  const digits = (size - 1).toString(16).length;
  return (
    <div class="hex-windows">
      <button
        type="button"
        class="button small"
        disabled={start === 0}
        aria-label="Bytes before"
        onClick={() => (pane.start.value = start - WINDOW_BYTES)}
      >
        ‹
      </button>
      <span>
        {hex(start, digits)} – {hex(end - 1, digits)} of {sizeText(size)}
      </span>
      <button
        type="button"
        class="button small"
        disabled={end === size}
        aria-label="Bytes after"
        onClick={() => (pane.start.value = start + WINDOW_BYTES)}
      >
        ›
      </button>
    </div>
  );
}
