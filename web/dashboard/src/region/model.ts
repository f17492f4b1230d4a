// What the panes of a region's page share: the bytes of the moment and what they mean, the field under the cursor, the
// selected one, the plotted ones.
import type { Layout } from "@pagecast/client";
import { signal } from "@preact/signals";
import type { Engine } from "../engine.ts";
import type { Shown, Track } from "../track.ts";
import { isDynamic, type Part, Shape } from "./shape.ts";
import { isSettable } from "./typed.ts";

export const PLOTS_MAX = 4;
const BLANK_MAX = 1 << 20;

export class RegionModel {
  readonly engine: Engine;
  readonly name: string;
  readonly layout: Layout | undefined;
  readonly hovered = signal<Part | undefined>(undefined);
  readonly selected = signal<Part | undefined>(undefined);
  readonly plotted = signal<readonly Part[]>([]);
  readonly query = signal("");
  /** Path of the array that is shown as a table; "" = all fields as a tree. */
  readonly table = signal("");
  /** How many of its elements are in use, as text. */
  readonly tableUsed = signal("");
  /** +1: the person wants to set what is selected. */
  readonly editing = signal(0);
  /** What is where depends on the bytes. */
  readonly isDynamic: boolean;
  #shape: Shape | undefined;
  #shapeSeq = -1;

  constructor(engine: Engine, name: string, layout: Layout | undefined) {
    this.engine = engine;
    this.name = name;
    this.layout = layout;
    this.isDynamic = layout !== undefined && isDynamic(layout);
    const spark = layout && this.track?.headline?.spark;
    const part = spark && this.shape?.find(spark.label);
    if (part) this.plotted.value = [part];
  }

  get track(): Track | undefined {
    return this.engine.tracks.get(this.name);
  }

  get isWritable(): boolean {
    return this.track?.region.writable ?? false;
  }

  /** The page may offer to set it. */
  maySet(part: Part): boolean {
    return isSettable(part) && (this.track?.region.maySet(part.path) ?? false);
  }

  /** The bytes to show: frozen ones while frozen; none if they are no longer laid out as this page is. */
  get shown(): Shown | undefined {
    const shown = this.engine.frozen.peek() ? this.track?.frozen : this.track?.now();
    return shown?.layout === this.layout ? shown : undefined;
  }

  /** What the bytes to show mean; before they came, what zeroes would. */
  get shape(): Shape | undefined {
    if (!this.layout) return undefined;
    const { shown } = this;
    const view = shown?.view;
    const isSame = this.#shape && (view ? this.#shape.view === view : this.#shapeSeq === 0);
    // Bytes change in place: what they say is known for one seq.
    if (isSame && (!this.isDynamic || this.#shapeSeq === shown?.seq)) return this.#shape;
    this.#shape = new Shape(this.layout, view ?? new DataView(new ArrayBuffer(Math.min(this.layout.size, BLANK_MAX))));
    this.#shapeSeq = shown?.seq ?? 0;
    return this.#shape;
  }

  /** The same part where it is in the bytes shown; undefined: nowhere. */
  now(part: Part | undefined): Part | undefined {
    return part && (this.isDynamic || !part.isThere ? this.shape?.find(part.path) : part);
  }

  /** Show an array of structs as a table, or with "" all fields. What was filtered were those of the other. */
  show(path: string): void {
    this.query.value = "";
    this.table.value = path;
  }

  /** Set the selected field, if it may be. */
  edit(): void {
    const part = this.selected.peek();
    if (part && this.maySet(part)) this.editing.value++;
  }

  togglePlot(part: Part): void {
    const list = this.plotted.peek();
    const without = list.filter(({ path }) => path !== part.path);
    this.plotted.value = without.length < list.length ? without : [...list, part].slice(-PLOTS_MAX);
  }
}
