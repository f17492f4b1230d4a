// Thousands of rows of one height, of which only those in sight exist.
//
// The list sits in the page's own scroll or in a scrolling box. Rows are kept by key, stay in order in the document
// (for screen readers and the tab key), and are placed by transform.

export interface RowView {
  readonly element: HTMLElement;
  dispose?(): void;
}

export interface RowSource<R extends RowView> {
  readonly count: number;
  keyAt(index: number): string;
  create(key: string, index: number): R;
  /** The row stands at `index` now. */
  place?(row: R, index: number): void;
}

const SPARE_ROWS = 6;

export class VirtualRows<R extends RowView> {
  readonly rows = new Map<string, R>();
  readonly #host: HTMLElement;
  readonly #source: RowSource<R>;
  readonly #onRange: (() => void) | undefined;
  readonly #scroller: HTMLElement | undefined;
  readonly #resize: ResizeObserver;
  #rowHeight = 0;
  #frame = 0;
  #shown = new Map<string, number>();

  /** @param host positioned box; its CSS property --row says how high a row is, in px
   *  @param scroller the scrolling ancestor, if it is not the page */
  constructor(host: HTMLElement, source: RowSource<R>, onRange?: () => void, scroller?: HTMLElement) {
    this.#host = host;
    this.#source = source;
    this.#onRange = onRange;
    this.#scroller = scroller;
    (scroller ?? window).addEventListener("scroll", this.#soon, { passive: true });
    window.addEventListener("resize", this.#soon);
    this.#resize = new ResizeObserver(this.#soon);
    this.#resize.observe(scroller ?? host);
  }

  dispose(): void {
    (this.#scroller ?? window).removeEventListener("scroll", this.#soon);
    window.removeEventListener("resize", this.#soon);
    this.#resize.disconnect();
    cancelAnimationFrame(this.#frame);
    for (const row of this.rows.values()) row.dispose?.();
    this.rows.clear();
    this.#host.replaceChildren();
  }

  get rowHeight(): number {
    return this.#rowHeight || 32;
  }

  readonly #soon = (): void => {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.refresh();
    });
  };

  /** The list or the scroll position changed: make the rows in sight, drop the others. */
  refresh(): void {
    const height = parseFloat(getComputedStyle(this.#host).getPropertyValue("--row")) || 32;
    const count = this.#source.count;
    if (height !== this.#rowHeight) {
      this.#rowHeight = height;
      this.#shown.clear();
    }
    this.#host.style.height = `${count * height}px`;
    const [from, to] = this.#range(count, height);
    const wanted = new Map<string, number>();
    for (let i = from; i < to; i++) wanted.set(this.#source.keyAt(i), i);
    for (const [key, row] of this.rows) {
      if (wanted.has(key)) continue;
      row.dispose?.();
      row.element.remove();
      this.rows.delete(key);
    }
    let before: Element | null = this.#host.firstElementChild;
    for (const [key, index] of wanted) {
      let row = this.rows.get(key);
      if (!row) this.rows.set(key, (row = this.#source.create(key, index)));
      if (this.#shown.get(key) !== index || row.element.parentNode !== this.#host) {
        row.element.style.transform = `translateY(${index * height}px)`;
        this.#source.place?.(row, index);
      }
      if (before === row.element) before = before.nextElementSibling;
      else this.#host.insertBefore(row.element, before);
    }
    this.#shown = wanted;
    this.#onRange?.();
  }

  #range(count: number, height: number): [number, number] {
    const top = this.#host.getBoundingClientRect().top;
    const box = this.#scroller?.getBoundingClientRect();
    const start = (box?.top ?? 0) - top;
    const room = box?.height ?? window.innerHeight;
    const from = Math.max(0, Math.floor(start / height) - SPARE_ROWS);
    const to = Math.min(count, Math.ceil((start + room) / height) + SPARE_ROWS);
    return [Math.min(from, count), Math.max(from, to)];
  }

  /** Scroll so that a row is in sight. */
  reveal(index: number, margin = 0): void {
    const height = this.rowHeight;
    const top = this.#host.getBoundingClientRect().top + index * height;
    const box = this.#scroller?.getBoundingClientRect();
    const low = (box?.top ?? 0) + margin;
    const high = box ? box.bottom : window.innerHeight;
    const by = top < low ? top - low : top + height > high ? top + height - high : 0;
    if (!by) return;
    (this.#scroller ?? document.scrollingElement!).scrollTop += by;
    this.refresh();
  }
}
