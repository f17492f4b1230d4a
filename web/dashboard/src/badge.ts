// A verdict as shape, colour and word: never colour alone.
import type { Severity } from "@pagecast/client";
import { el, icon, TextCell } from "./dom.ts";

/** 16 x 16, filled even-odd: a disc, a ring, a triangle with "!", an octagon with a cross. */
export const SHAPES: readonly [string, string, string, string] = [
  "M8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3z",
  "M8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3zm0 2a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
  "M8 1.5 15.2 14H.8zM7.2 6v4.2h1.6V6zm0 5.2v1.6h1.6v-1.6z",
  "M5 1h6l4 4v6l-4 4H5l-4-4V5zm.2 5.3L6.9 8 5.2 9.7l1.1 1.1L8 9.1l1.7 1.7 1.1-1.1L9.1 8l1.7-1.7-1.1-1.1L8 6.9 6.3 5.2z",
];

export class Badge {
  readonly element = el("span", "badge");
  readonly #word = new TextCell();
  readonly #shape = icon(SHAPES[0]);
  #severity = -1;

  constructor() {
    this.element.append(this.#shape, this.#word.node);
  }

  /** @param why  a line for people, shown when somebody points at it */
  set(word: string, severity: Severity, why = ""): void {
    this.#word.set(word);
    if (this.element.title !== why) this.element.title = why;
    if (severity === this.#severity) return;
    this.#severity = severity;
    this.element.dataset["severity"] = String(severity);
    this.#shape.firstElementChild!.setAttribute("d", SHAPES[severity]);
  }
}
