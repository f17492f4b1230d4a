// What the panes of a region's page share: the field under the cursor, the selected one, the plotted ones.
import type { Layout } from "@pagecast/client";
import { signal } from "@preact/signals";
import type { Engine } from "../engine.ts";
import type { Shown, Track } from "../track.ts";
import { lineOf, type Line } from "./lines.ts";

export const PLOTS_MAX = 4;

export class RegionModel {
  readonly engine: Engine;
  readonly name: string;
  readonly layout: Layout | undefined;
  readonly hovered = signal<Line | undefined>(undefined);
  readonly selected = signal<Line | undefined>(undefined);
  readonly plotted = signal<readonly Line[]>([]);
  readonly query = signal("");

  constructor(engine: Engine, name: string, layout: Layout | undefined) {
    this.engine = engine;
    this.name = name;
    this.layout = layout;
    const spark = layout && this.track?.headline?.spark;
    if (spark) this.plotted.value = [lineOf(spark.label, spark.field, spark.offset)];
  }

  get track(): Track | undefined {
    return this.engine.tracks.get(this.name);
  }

  /** The bytes to show: frozen ones while frozen; none if they are no longer laid out as this page is. */
  get shown(): Shown | undefined {
    const shown = this.engine.frozen.peek() ? this.track?.frozen : this.track?.now();
    return shown?.layout === this.layout ? shown : undefined;
  }

  togglePlot(line: Line): void {
    const list = this.plotted.peek();
    const without = list.filter(({ path }) => path !== line.path);
    this.plotted.value = without.length < list.length ? without : [...list, line].slice(-PLOTS_MAX);
  }
}
