// The overview's rows: plain DOM, painted at 10 Hz at most, only those in sight.
import { Badge } from "../badge.ts";
import { el, setClass, TextCell } from "../dom.ts";
import type { Engine } from "../engine.ts";
import { ageText, hzText, percentText, sizeText, visible } from "../format.ts";
import { regionHref } from "../route.ts";
import { SPARK_POINTS, type Track } from "../track.ts";
import { shortValue } from "../values.ts";
import { Spark } from "./spark.ts";

const LONG = 12; // characters
const KINDS = ["written by a plugin", "written by a program", "legacy program"];

/** One headline value: its name above, its value and unit below. */
class ValueCell {
  readonly element = el("span", "kv");
  readonly #label = new TextCell();
  readonly #value = new TextCell();
  readonly #unit = new TextCell();

  constructor() {
    const unit = el("i", "", this.#unit.node);
    this.element.append(el("span", "kv-label", this.#label.node), el("span", "kv-value", this.#value.node, unit));
  }

  set(label: string, value: string, unit: string, path = ""): void {
    if (this.#label.set(label)) this.element.title = path;
    // A number is never cut: a long one goes over two lines.
    const isLong = /^[-−\d]/.test(value) && value.length + unit.length > LONG;
    setClass(this.element, "long", isLong);
    this.#value.set(isLong ? value.replaceAll("\u202f", "\u2009") : value);
    this.#unit.set(unit && `\u2009${unit}`);
  }
}

export class OverviewRow {
  readonly element = el("div", "row");
  readonly link = el("a", "row-name");
  readonly track: Track;
  readonly #engine: Engine;
  readonly #badge = new Badge();
  readonly #text = {
    doc: new TextCell(),
    writer: new TextCell(),
    pid: new TextCell(),
    write: new TextCell(),
    seen: new TextCell(),
    age: new TextCell(),
    size: new TextCell(),
    conflated: new TextCell(),
  };
  readonly #values = el("span", "cell values");
  readonly #cells: ValueCell[] = [];
  readonly #spark = new Spark();
  #paintedVersion = -1;
  #paintedHeadline: unknown;

  constructor(engine: Engine, track: Track) {
    this.#engine = engine;
    this.track = track;
    const name = visible(track.region.name, 128);
    this.link.href = regionHref(track.region.name);
    this.link.append(el("bdi", "", name));
    this.link.title = name;
    const t = this.#text;
    const cell = (kind: string, ...children: Node[]): HTMLElement => el("span", `cell ${kind}`, ...children);
    this.element.append(
      cell("state", this.#badge.element),
      cell("name", this.link, el("span", "sub", t.doc.node)),
      cell("writer", el("span", "line", t.writer.node), el("span", "sub", t.pid.node)),
      cell("num write", t.write.node),
      cell("num seen", t.seen.node),
      cell("num age", t.age.node),
      cell("num size", t.size.node),
      cell("num conflated", t.conflated.node),
      this.#values,
      cell("trend", this.#spark.canvas),
    );
    this.element.setAttribute("role", "row");
    for (const child of this.element.children) child.setAttribute("role", "cell");
  }

  place(index: number): void {
    this.element.setAttribute("aria-rowindex", String(index + 2));
  }

  paint(now: number, sparkColor: string): void {
    const { track } = this;
    const { region, verdict } = track;
    const t = this.#text;
    this.#badge.set(verdict.word, verdict.severity, verdict.cause === "writer" ? visible(region.why, 100) : "");
    setClass(this.element, "not-live", !verdict.live);
    t.doc.set(visible(region.doc, 120) || (KINDS[region.kind] ?? ""));
    t.writer.set(visible(region.writer, 40) || "–");
    t.pid.set(region.pid ? `pid ${region.pid}` : "");
    t.write.set(hzText(verdict.cause === "writer" ? region.writeHz : 0));
    t.seen.set(hzText(track.seenHz));
    t.age.set(ageText(track.writeAge(now, this.#engine.hbMs)));
    t.size.set(sizeText(region.size));
    t.conflated.set(percentText(track.conflated));
    this.#paintValues();
    this.#spark.draw(track.spark, SPARK_POINTS, sparkColor);
  }

  #paintValues(): void {
    const { track } = this;
    const frozen = this.#engine.frozen.value;
    const version = frozen ? -2 : track.version;
    const { headline } = track;
    if (version === this.#paintedVersion && headline === this.#paintedHeadline) return;
    this.#paintedVersion = version;
    this.#paintedHeadline = headline;
    const shown = frozen ? track.frozen : track.now();
    const places = headline?.places ?? [];
    while (this.#cells.length < Math.max(1, places.length)) {
      const cell = new ValueCell();
      this.#cells.push(cell);
      this.#values.append(cell.element);
    }
    if (!shown || shown.layout !== track.region.layout || !places.length) return this.#cells[0]!.set("", this.#placeholder(), "");
    places.forEach((place, i) => {
      const { text, unit } = shortValue(place.field, place.field.read(shown.view, place.offset));
      const { title, name } = place.field;
      this.#cells[i]!.set(title && title.length <= 18 ? visible(title) : name, text, unit, place.label);
    });
  }

  #placeholder(): string {
    const { region } = this.track;
    if (!region.seq) return "";
    if (region.layoutProblem) return `schema not usable: ${visible(region.layoutProblem, 60)}`;
    return region.sid ? "" : "raw bytes";
  }
}
