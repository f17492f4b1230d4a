// Panels over the page: the journal of events, the keys.
import type { Severity } from "@pagecast/client";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { clockText } from "../format.ts";
import { Icon, Shape } from "../icons.tsx";
import { journal, unseen } from "../journal.ts";
import { panel, type Panel } from "./panels.ts";

interface DialogProps {
  readonly which: Panel;
  readonly title: string;
  readonly kind: string;
  readonly children: ComponentChildren;
}

function Dialog({ which, title, kind, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const node = dialog.current!;
    node.showModal();
    return () => node.close();
  }, []);
  // The close event comes late: another panel may be open by then.
  const close = (): void => {
    if (panel.value === which) panel.value = undefined;
  };
  return (
    <dialog
      ref={dialog}
      class={kind}
      aria-label={title}
      onClose={close}
      onClick={(event) => event.target === dialog.current && close()}
    >
      <div class="dialog-body">
        <div class="dialog-head">
          <h2>{title}</h2>
          <button type="button" class="button icon-button" aria-label="Close" onClick={close}>
            <Icon name="close" />
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}

function Journal() {
  const entries = journal.value;
  useEffect(() => void (unseen.value = 0), [entries]);
  return (
    <Dialog which="journal" title="Events" kind="drawer">
      {entries.length === 0 && <p class="muted pad">Nothing happened since this page was opened.</p>}
      <ol class="journal" aria-label="Newest first">
        {entries.map(({ id, at, severity, region, text }) => (
          <li key={id}>
            <time>{clockText(at)}</time>
            <Shape severity={severity as Severity} />
            <span>
              {region && <bdi class="strong">{region} </bdi>}
              {text}
            </span>
          </li>
        ))}
      </ol>
    </Dialog>
  );
}

const KEYS: readonly (readonly [readonly string[], string])[] = [
  [["/"], "Filter regions, or fields of a region"],
  [["↑", "↓", "j", "k"], "Walk over regions, fields or cells; in the bytes, over bytes"],
  [["Enter"], "Open the region; open or close a group; set a field"],
  [["v"], "Show an array of structs as a table, and back"],
  [["Esc"], "Back: from a table to the fields, from a region to the overview"],
  [["Space"], "Freeze the values shown, and go on"],
  [["p"], "Plot the selected field"],
  [["t"], "Theme: auto, light, dark"],
  [["e"], "Events"],
  [["?"], "This list"],
];

function Help() {
  return (
    <Dialog which="help" title="Keys" kind="sheet">
      <dl class="keys">
        {KEYS.map(([keys, what]) => (
          <div key={what}>
            <dt>
              {keys.map((each) => (
                <kbd key={each}>{each}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p class="muted pad">
        A badge is the worst of link, daemon and writer. Freezing stops the values, never the badges. Filter words:{" "}
        <code>is:bad</code> <code>is:doubtful</code> <code>is:live</code> <code>is:rest</code>
      </p>
    </Dialog>
  );
}

export function Panels() {
  if (panel.value === "journal") return <Journal />;
  if (panel.value === "help") return <Help />;
  return null;
}
