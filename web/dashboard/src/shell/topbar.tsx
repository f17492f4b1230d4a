// The connection bar: link, round trip, heartbeat jitter, throughput, boot; freeze, theme, journal, help.
import type { Severity } from "@pagecast/client";
import type { Engine, LinkInfo } from "../engine.ts";
import { ageText, groupDigits, msText, visible } from "../format.ts";
import { Icon, Shape } from "../icons.tsx";
import { unseen } from "../journal.ts";
import { cycleTheme, maxHz, theme } from "../settings.ts";
import { open, type Panel } from "./panels.ts";

const RATES = [null, 30, 10, 2, 0] as const;

export function TopBar({ engine }: { readonly engine: Engine }) {
  const link = engine.link.value;
  return (
    <div class="bar" data-link={link.state}>
      <a class="brand" href="#/" title="All regions">
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <path d="M8 9h16M8 16h16M8 23h8" />
          <circle cx="23" cy="23" r="4" />
        </svg>
        <span class="instance">{visible(link.instance, 32) || "pagecast"}</span>
      </a>
      <LinkState link={link} engine={engine} />
      <dl class="metrics">
        <Metric name="RTT" title="Round trip of the last ping" value={msText(link.rttMs)} />
        <Metric name="Jitter" title="How unevenly heartbeats arrive" value={msText(link.jitterMs)} />
        <Metric name="In" title={receivedText(link)} value={`${link.kbPerS.toFixed(1)} KB/s`} />
        <Metric name="Viewers" title="Viewers of this bridge" value={link.viewers?.toString() ?? "–"} />
        <Metric name="Boot" title={`Start of the bridge ${link.boot}`} value={link.boot.slice(0, 8) || "–"} />
        <Metric name="Daemon" title="Version of the daemon" value={visible(link.version, 24) || "–"} />
      </dl>
      <div class="tools">
        <RateSelect engine={engine} />
        <FreezeButton engine={engine} />
        <PanelButton panel="journal" label="Events" icon="list" count={unseen.value} />
        <ThemeButton />
        <PanelButton panel="help" label="Keys" icon="help" />
      </div>
    </div>
  );
}

function Metric({ name, title, value }: { readonly name: string; readonly title: string; readonly value: string }) {
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** The link's word, its severity, and what there is to say about it. */
function linkWords(link: LinkInfo): { readonly word: string; readonly severity: Severity; readonly more: string } {
  switch (link.state) {
    case "live":
      if (link.daemon === "stopping") return { word: "daemon stopped", severity: 3, more: "" };
      return { word: "live", severity: 0, more: "" };
    case "lost":
      return { word: "link lost", severity: 3, more: `last seen ${ageText(link.silentMs)} ago` };
    case "waiting":
      return { word: "disconnected", severity: 3, more: `retry in ${Math.ceil(link.retryInMs / 1000)} s` };
    case "refused":
      return { word: "refused", severity: 3, more: link.closed?.meaning.text ?? "" };
    case "connecting":
      return { word: "connecting", severity: 2, more: "" };
    case "idle":
    case "closed":
      return { word: "disconnected", severity: 3, more: "" };
  }
}

function receivedText({ conflated }: LinkInfo): string {
  const skipping = conflated === undefined ? "" : `; ${groupDigits(String(conflated))} updates skipped commits`;
  return `Received from the bridge${skipping}`;
}

function LinkState({ link, engine }: { readonly link: LinkInfo; readonly engine: Engine }) {
  const { word, severity, more } = linkWords(link);
  return (
    <div class="link-state">
      <span class="badge" data-severity={severity}>
        <Shape severity={severity} />
        {word}
      </span>
      {more && <span class="link-more">{more}</span>}
      {link.state === "waiting" && (
        <button type="button" class="button small" onClick={() => engine.client.connect()}>
          Connect now
        </button>
      )}
    </div>
  );
}

function RateSelect({ engine }: { readonly engine: Engine }) {
  return (
    <label class="rate" title="Updates a second from the bridge, at most">
      <span class="visually-hidden">Rate</span>
      <select
        value={String(maxHz.value)}
        onChange={(event) => {
          const { value } = event.currentTarget;
          engine.setMaxHz(value === "null" ? null : Number(value));
        }}
      >
        {RATES.map((hz) => (
          <option key={hz} value={String(hz)}>
            {hz === null ? "Full rate" : hz ? `≤ ${hz} Hz` : "Paused"}
          </option>
        ))}
      </select>
    </label>
  );
}

function FreezeButton({ engine }: { readonly engine: Engine }) {
  const isFrozen = engine.frozen.value !== undefined;
  return (
    <button
      type="button"
      class="button icon-button freeze"
      aria-pressed={isFrozen}
      title={isFrozen ? "Go on showing what comes (Space)" : "Freeze the values shown (Space); liveness goes on"}
      onClick={() => engine.toggleFreeze()}
    >
      <Icon name={isFrozen ? "play" : "pause"} />
      <span class="label">{isFrozen ? "Resume" : "Freeze"}</span>
    </button>
  );
}

interface PanelButtonProps {
  readonly panel: Panel;
  readonly label: string;
  readonly icon: "list" | "help";
  readonly count?: number;
}

function PanelButton({ panel, label, icon, count = 0 }: PanelButtonProps) {
  return (
    <button
      type="button"
      class={`button icon-button open-${panel}`}
      aria-label={count ? `${label}, ${count} new` : label}
      title={label}
      onClick={() => open(panel)}
    >
      <Icon name={icon} />
      {count > 0 && <span class="count">{count > 99 ? "99+" : count}</span>}
    </button>
  );
}

function ThemeButton() {
  const name = theme.value;
  const icon = ({ auto: "auto", light: "sun", dark: "moon" } as const)[name];
  const title = `Theme: ${name}`;
  return (
    <button type="button" class="button icon-button theme" aria-label={title} title={`${title} (t)`} onClick={cycleTheme}>
      <Icon name={icon} />
    </button>
  );
}
