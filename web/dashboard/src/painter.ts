// The paint policy: nothing while hidden, nothing while nothing changed, text at 10 Hz and charts at 30 Hz at most.
export const TEXT_MS = 100;
export const CHART_MS = 33;

export interface Paintable {
  readonly everyMs: number;
  paint(now: number): void;
}

export class Painter {
  readonly #dirty = new Set<Paintable>();
  readonly #painted = new WeakMap<Paintable, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #frame = 0;

  constructor() {
    document.addEventListener("visibilitychange", () => this.#schedule());
  }

  /** This view no longer shows what is known. */
  request(view: Paintable): void {
    if (this.#dirty.has(view)) return;
    this.#dirty.add(view);
    this.#schedule();
  }

  forget(view: Paintable): void {
    this.#dirty.delete(view);
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#frame || document.hidden || !this.#dirty.size) return;
    const now = performance.now();
    let wait = Infinity;
    for (const view of this.#dirty) wait = Math.min(wait, (this.#painted.get(view) ?? 0) + view.everyMs - now);
    if (wait <= 0) this.#frame = requestAnimationFrame(() => this.#run());
    else
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        if (!document.hidden) this.#frame = requestAnimationFrame(() => this.#run());
      }, wait);
  }

  #run(): void {
    this.#frame = 0;
    const now = performance.now();
    for (const view of [...this.#dirty]) {
      if (now - (this.#painted.get(view) ?? 0) < view.everyMs - 4) continue;
      this.#dirty.delete(view);
      this.#painted.set(view, now);
      view.paint(now);
    }
    this.#schedule();
  }
}
