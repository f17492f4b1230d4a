// The panes of a region's page: its fields as a tree or a table, a plot, its texts, its bytes, and what may be set.
import type { Layout } from "@pagecast/client";
import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Engine } from "../engine.ts";
import { hex, sizeText, visible } from "../format.ts";
import { Icon } from "../icons.tsx";
import type { Painter } from "../painter.ts";
import { FieldTable } from "./fields.ts";
import { HexPane, WINDOW_BYTES } from "./hex.ts";
import { csvName } from "./history.ts";
import { Inspector } from "./inspector.ts";
import { RegionModel } from "./model.ts";
import { PlotPane, SPANS_S } from "./plot.ts";
import { SetPane } from "./set.tsx";
import { StructTable } from "./table.ts";
import { TextPane } from "./text.ts";

interface PanesProps {
  readonly name: string;
  readonly layout: Layout | undefined;
  readonly problem: string;
  readonly engine: Engine;
  readonly painter: Painter;
}

/** Brings the field of a path into sight, wherever it is shown. */
type Pick = (path: string) => void;

export function Panes({ name, layout, problem, engine, painter }: PanesProps) {
  const model = useMemo(() => new RegionModel(engine, name, layout), [engine, name, layout]);
  const pick = useRef<Pick>(() => undefined);
  const isTable = model.table.value !== "";
  const shape = !layout ? "panes raw" : isTable ? "panes wide" : "panes";
  return (
    <div class={shape}>
      {layout && <FieldsPane model={model} layout={layout} painter={painter} pick={pick} />}
      <div class="side">
        {layout && model.isWritable && <SetPane model={model} onLeave={(path) => pick.current(path)} />}
        {layout && <PlotSection model={model} painter={painter} />}
        {layout && <TextSection model={model} painter={painter} />}
        <BytesPane model={model} layout={layout} problem={problem} painter={painter} onPick={(path) => pick.current(path)} />
      </div>
    </div>
  );
}

interface FieldsPaneProps {
  readonly model: RegionModel;
  readonly layout: Layout;
  readonly painter: Painter;
  readonly pick: { current: Pick };
}

function FieldsPane({ model, layout, painter, pick }: FieldsPaneProps) {
  const path = model.table.value;
  return (
    <section class="pane fields" aria-label="Fields">
      <header>
        {path ? <TableTitle model={model} path={path} /> : <h2>Fields</h2>}
        <label class="search small">
          <span class="visually-hidden">{path ? "Filter columns" : "Filter fields"}</span>
          <input
            id="filter"
            type="search"
            placeholder={path ? "Filter columns" : "Filter"}
            autocomplete="off"
            spellcheck={false}
            value={model.query.value}
            onInput={(event) => (model.query.value = event.currentTarget.value)}
          />
          <kbd>/</kbd>
        </label>
      </header>
      {path ? (
        <TableView key={path} model={model} painter={painter} path={path} pick={pick} />
      ) : (
        <TreeView model={model} layout={layout} painter={painter} pick={pick} />
      )}
    </section>
  );
}

function TableTitle({ model, path }: { readonly model: RegionModel; readonly path: string }) {
  return (
    <div class="crumbs">
      <button type="button" class="button small" title="Back to all fields (Esc)" onClick={() => model.show("")}>
        ‹ Fields
      </button>
      <h2>
        <bdi>{visible(path, 80)}</bdi>
      </h2>
      <span class="muted used">{model.tableUsed.value}</span>
    </div>
  );
}

interface TableViewProps {
  readonly model: RegionModel;
  readonly painter: Painter;
  readonly path: string;
  readonly pick: { current: Pick };
}

function TableView({ model, painter, path, pick }: TableViewProps) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const table = new StructTable(model, painter, path, host.current!);
    pick.current = (wanted) => {
      if (!table.selectPath(wanted)) model.selected.value = model.shape?.find(wanted);
    };
    return () => table.dispose();
  }, [model, painter, path, pick]);
  return <div class="t-table" role="grid" aria-label={`Elements of ${visible(path, 80)}`} ref={host} />;
}

interface TreeViewProps {
  readonly model: RegionModel;
  readonly layout: Layout;
  readonly painter: Painter;
  readonly pick: { current: Pick };
}

function TreeView({ model, layout, painter, pick }: TreeViewProps) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const fields = new FieldTable(model, painter, layout, host.current!);
    pick.current = (path) => fields.selectPath(path);
    return () => fields.dispose();
  }, [model, painter, layout, pick]);
  return (
      <div class={model.isWritable ? "field-table writable" : "field-table"} role="treegrid" aria-label="Fields and values">
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
            <span class="visually-hidden">Tools</span>
          </span>
        </div>
      </div>
      <div class="rows" role="rowgroup" ref={host} />
    </div>
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
              <bdi>{visible(line.path, 60)}</bdi>
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

/** The text of the selected field, if it is a long one. */
function TextSection({ model, painter }: { readonly model: RegionModel; readonly painter: Painter }) {
  const host = useRef<HTMLElement>(null);
  useEffect(() => {
    const text = new TextPane(model, painter, host.current!);
    return () => text.dispose();
  }, [model, painter]);
  return <section class="pane text" aria-label="Text" ref={host} hidden />;
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
      {plot.isZoomed.value ? (
        <button type="button" class="button small" title="Go on with the newest (double-click)" onClick={() => plot.follow()}>
          Follow
        </button>
      ) : (
        <button type="button" class="button small" title="Hold this plot; the values go on" onClick={() => plot.pause()}>
          Pause
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
    const pane = new HexPane(model, painter, host.current!, scroller.current!, (line) => onPick(line.path));
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
