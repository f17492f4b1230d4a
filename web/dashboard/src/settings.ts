// What the person chose, kept in this browser: theme, sort, rate. Nothing of it leaves the machine.
import { effect, signal } from "@preact/signals";

export type Theme = "auto" | "light" | "dark";
export type SortKey = "problems" | "name" | "writer" | "write" | "seen" | "age" | "size" | "conflated";
export interface Sort {
  readonly key: SortKey;
  readonly descending: boolean;
}

const SORT_KEYS: readonly SortKey[] = ["problems", "name", "writer", "write", "seen", "age", "size", "conflated"];

function load(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(`pagecast.${key}`) ?? "null");
  } catch {
    return null;
  }
}

function save(key: string, value: unknown): void {
  try {
    localStorage.setItem(`pagecast.${key}`, JSON.stringify(value));
  } catch {
    // Storage is full or switched off: the choice lasts until the page is reloaded.
  }
}

function loadTheme(): Theme {
  const theme = load("theme");
  return theme === "light" || theme === "dark" ? theme : "auto";
}

function loadSort(): Sort {
  const sort = load("sort") as Partial<Sort> | null;
  const key = SORT_KEYS.find((each) => each === sort?.key) ?? "problems";
  return { key, descending: sort?.descending === true };
}

export const theme = signal<Theme>(loadTheme());
export const sort = signal<Sort>(loadSort());
/** Updates a second at most; null = as fast as the bridge gives. */
export const maxHz = signal<number | null>(null);
export const filter = signal("");

/** What `auto` means right now. */
export const darkNow = signal(matchMedia("(prefers-color-scheme: dark)").matches);

export function startSettings(): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (event) => (darkNow.value = event.matches));
  effect(() => {
    const dark = theme.value === "dark" || (theme.value === "auto" && darkNow.value);
    document.documentElement.dataset["theme"] = dark ? "dark" : "light";
    save("theme", theme.value);
  });
  effect(() => save("sort", sort.value));
}

export function isDark(): boolean {
  return theme.value === "dark" || (theme.value === "auto" && darkNow.value);
}

export function cycleTheme(): void {
  const next = { auto: "light", light: "dark", dark: "auto" } as const;
  theme.value = next[theme.value];
}
