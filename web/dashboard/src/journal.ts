// What happened: transitions and notices, newest first, and the words for the one polite live region.
import { signal } from "@preact/signals";

export interface Entry {
  readonly id: number;
  /** Wall clock, ms. */
  readonly at: number;
  readonly severity: number;
  /** Region's name, "" for the link and the daemon. */
  readonly region: string;
  readonly text: string;
}

const ENTRIES_MAX = 300;
const ANNOUNCE_EVERY_MS = 1500;

export const journal = signal<readonly Entry[]>([]);
export const unseen = signal(0);
/** Text of the aria-live region. */
export const announcement = signal("");

let nextId = 1;
let waiting: string[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;

export function note(severity: number, region: string, text: string): void {
  const entry = { id: nextId++, at: Date.now(), severity, region, text };
  journal.value = [entry, ...journal.value.slice(0, ENTRIES_MAX - 1)];
  unseen.value++;
  announce(region ? `${region}: ${text}` : text);
}

/** Many transitions at once (a daemon's restart) become one sentence, not a flood. */
function announce(text: string): void {
  waiting.push(text);
  timer ??= setTimeout(() => {
    timer = undefined;
    const shown = waiting.slice(0, 3).join(". ");
    announcement.value = waiting.length > 3 ? `${shown}, and ${waiting.length - 3} more changes` : shown;
    waiting = [];
  }, ANNOUNCE_EVERY_MS);
}
