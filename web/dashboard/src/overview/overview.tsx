// The overview: what is there, is it alive, what does it say. Problems first.
import { useEffect, useRef } from "preact/hooks";
import type { Engine } from "../engine.ts";
import { Shape } from "../icons.tsx";
import type { Painter } from "../painter.ts";
import { filter, sort, type SortKey } from "../settings.ts";
import { OverviewList } from "./list.ts";
import { listed } from "./order.ts";

interface Column {
  readonly key: SortKey;
  readonly label: string;
  readonly cell: string;
  readonly title: string;
}

const COLUMNS: readonly Column[] = [
  { key: "problems", label: "State", cell: "state", title: "The worst of link, daemon and writer; problems first" },
  { key: "name", label: "Region", cell: "name", title: "Name of the region" },
  { key: "writer", label: "Writer", cell: "writer", title: "Who writes it" },
  { key: "write", label: "Write Hz", cell: "num write", title: "Commits a second, as the writer makes them" },
  {
    key: "seen",
    label: "Seen Hz",
    cell: "num seen",
    title: "Updates a second that arrive here; commits that change nothing are not sent",
  },
  { key: "age", label: "Age", cell: "num age", title: "Time since the last commit" },
  { key: "size", label: "Size", cell: "num size", title: "Size of the payload" },
  {
    key: "conflated",
    label: "Skipped",
    cell: "num conflated",
    title: "Commits of the last 5 s that were conflated on the way to this viewer",
  },
];

interface Props {
  readonly engine: Engine;
  readonly painter: Painter;
}

export function Overview({ engine, painter }: Props) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const list = new OverviewList(engine, painter, host.current!);
    return () => list.dispose();
  }, [engine, painter]);
  return (
    <main class="overview" id="main">
      <h1 class="visually-hidden">Regions</h1>
      <Toolbar engine={engine} />
      <div class="table" role="table" aria-label="Regions" aria-rowcount={engine.totals.value.all + 1}>
        <Head />
        <div class="rows" role="rowgroup" ref={host} />
      </div>
      <Empty engine={engine} />
    </main>
  );
}

function Toolbar({ engine }: { readonly engine: Engine }) {
  const totals = engine.totals.value;
  const chips = [
    { severity: 3, count: totals.bad, word: "bad", query: "is:bad" },
    { severity: 2, count: totals.doubtful, word: "doubtful", query: "is:doubtful" },
    { severity: 0, count: totals.live, word: "live", query: "is:live" },
    { severity: 1, count: totals.rest, word: "at rest", query: "is:rest" },
  ] as const;
  return (
    <div class="toolbar">
      <label class="search">
        <span class="visually-hidden">Filter regions</span>
        <input
          id="filter"
          type="search"
          placeholder="Filter by name, writer or state"
          autocomplete="off"
          spellcheck={false}
          value={filter.value}
          onInput={(event) => (filter.value = event.currentTarget.value)}
        />
        <kbd>/</kbd>
      </label>
      <div class="chips" role="group" aria-label="Filter by state">
        {chips
          .filter((chip) => chip.count || filter.value === chip.query)
          .map(({ severity, count, word, query }) => (
            <button
              key={word}
              type="button"
              class="chip"
              data-severity={severity}
              aria-pressed={filter.value === query}
              onClick={() => (filter.value = filter.value === query ? "" : query)}
            >
              <Shape severity={severity} />
              <b>{count}</b> {word}
            </button>
          ))}
      </div>
      <label class="sort-select">
        <span class="visually-hidden">Sort by</span>
        <select
          value={sort.value.key}
          onChange={(event) => (sort.value = { key: event.currentTarget.value as SortKey, descending: false })}
        >
          {COLUMNS.map(({ key, label }) => (
            <option key={key} value={key}>
              {key === "problems" ? "Problems first" : label}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

function Head() {
  const { key: sortKey, descending } = sort.value;
  return (
    <div class="head" role="rowgroup">
      <div class="row" role="row" aria-rowindex={1}>
        {COLUMNS.map(({ key, label, cell, title }) => (
          <span
            key={key}
            class={`cell ${cell}`}
            role="columnheader"
            aria-sort={key === sortKey ? (descending ? "descending" : "ascending") : "none"}
          >
            <button
              type="button"
              title={title}
              onClick={() => (sort.value = { key, descending: key === sortKey ? !descending : false })}
            >
              {label}
              <span class="arrow" aria-hidden="true">
                {key === sortKey ? (descending ? "↑" : "↓") : ""}
              </span>
            </button>
          </span>
        ))}
        <span class="cell values" role="columnheader">
          Values
        </span>
        <span class="cell trend" role="columnheader">
          Last 30 s
        </span>
      </div>
    </div>
  );
}

function Empty({ engine }: { readonly engine: Engine }) {
  void engine.listVersion.value;
  const { state, daemon } = engine.link.value;
  if (listed(engine, filter.value, sort.value).length) return null;
  if (engine.tracks.size)
    return (
      <div class="empty">
        <p>No region matches “{filter.value}”.</p>
        <button type="button" class="button" onClick={() => (filter.value = "")}>
          Show all {engine.tracks.size}
        </button>
      </div>
    );
  if (state === "live" && daemon === "up")
    return (
      <div class="empty">
        <p>No regions yet.</p>
        <p class="muted">Add one under “regions:” in the daemon's config; it appears here by itself.</p>
      </div>
    );
  return (
    <div class="empty">
      <p class="muted">{state === "connecting" || state === "live" ? "Connecting …" : "Not connected."}</p>
    </div>
  );
}
