// The keyboard: one listener, and whoever is on screen says what the keys do there.

export interface PageKeys {
  readonly [key: string]: () => void;
}

let walk: ((by: number) => void) | undefined;
const pages: PageKeys[] = [];

/** Arrows and j/k walk this list. */
export function listKeys(move: (by: number) => void): () => void {
  walk = move;
  return () => {
    if (walk === move) walk = undefined;
  };
}

/** Single keys; the newest registration wins. */
export function pageKeys(keys: PageKeys): () => void {
  pages.unshift(keys);
  return () => {
    pages.splice(pages.indexOf(keys), 1);
  };
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
}

/** Space belongs to a button that has the focus, Enter to a link too. */
function isPressing(event: KeyboardEvent): boolean {
  const what = event.key === "Enter" ? "button, summary, a" : event.key === " " ? "button, summary" : undefined;
  return what !== undefined && event.target instanceof Element && event.target.closest(what) !== null;
}

const STEPS: { readonly [key: string]: number } = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: 12, PageUp: -12 };

export function startKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isTyping(event.target)) {
      if (event.key === "Escape") (event.target as HTMLElement).blur();
      return;
    }
    if (isPressing(event)) return;
    if (document.querySelector("dialog[open]") && event.key !== "?") return;
    const step = STEPS[event.key];
    if (step && walk) walk(step);
    else {
      const keys = pages.find((page) => Object.hasOwn(page, event.key));
      if (!keys) return;
      keys[event.key]!();
    }
    event.preventDefault();
  });
}
