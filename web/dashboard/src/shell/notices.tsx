// Strips below the bar: frozen, notices of the bridge. Over the page's corner: what passes, such as restarts. And the one polite live region.
import type { Engine } from "../engine.ts";
import { groupDigits } from "../format.ts";
import { Icon, Shape } from "../icons.tsx";
import { announcement } from "../journal.ts";

const SEVERITY = [3, 2, 1] as const; // of STATUS levels: error, warning, note

export function Notices({ engine }: { readonly engine: Engine }) {
  return (
    <div class="notices">
      <Frozen engine={engine} />
      {list(engine, false)}
      <div class="toasts">{list(engine, true)}</div>
    </div>
  );
}

function list(engine: Engine, isPassing: boolean) {
  return engine.banners.value
    .filter((banner) => banner.isPassing === isPassing)
    .map(({ id, level, text }) => (
      <div key={id} class="notice" data-severity={SEVERITY[level] ?? 1}>
        <Shape severity={SEVERITY[level] ?? 1} />
        <p>{text}</p>
        <button type="button" class="button icon-button" aria-label="Dismiss" onClick={() => engine.dismiss(id)}>
          <Icon name="close" />
        </button>
      </div>
    ));
}

function Frozen({ engine }: { readonly engine: Engine }) {
  const frozen = engine.frozen.value;
  if (!frozen) return null;
  return (
    <div class="notice frozen" data-severity="2">
      <Icon name="pause" />
      <p>
        frozen {Math.floor(frozen.forMs / 1000)} s, {groupDigits(String(frozen.behind))} updates behind
      </p>
      <button type="button" class="button small" onClick={() => engine.toggleFreeze()}>
        Resume <kbd>Space</kbd>
      </button>
    </div>
  );
}

export function Announcer() {
  return (
    <div class="visually-hidden" role="status" aria-live="polite">
      {announcement.value}
    </div>
  );
}
