// Which panel lies over the page, if any.
import { signal } from "@preact/signals";

export type Panel = "journal" | "help";

export const panel = signal<Panel | undefined>(undefined);

export function open(which: Panel): void {
  panel.value = panel.value === which ? undefined : which;
}
