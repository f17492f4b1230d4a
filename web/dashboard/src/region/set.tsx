// What a viewer may set: the selected field, checked here before it is sent. What is shown stays what the region says;
// the answer of the bridge, or why there is none, stands below.
import { type Encodable, type Field, SetError } from "@pagecast/client";
import { type Signal, useSignal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { clockText, visible } from "../format.ts";
import { unitText } from "../values.ts";
import { typeText } from "./lines.ts";
import type { RegionModel } from "./model.ts";
import type { Part } from "./shape.ts";
import { isSettable, parseTyped, typedText } from "./typed.ts";

interface Props {
  readonly model: RegionModel;
  /** Back to where the field is shown. */
  readonly onLeave: (path: string) => void;
}

export function SetPane({ model, onLeave }: Props) {
  const pane = useRef<HTMLElement>(null);
  const part = model.selected.value;
  const mayIt = part !== undefined && model.maySet(part);
  useSignalEffect(() => {
    // What was selected a moment ago is on the page a frame later.
    if (model.editing.value) requestAnimationFrame(() => focusInput(pane.current));
  });
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || !part) return;
    event.preventDefault();
    onLeave(part.path);
  };
  return (
    <section class="pane set" aria-label="Set" ref={pane} onKeyDown={onKey}>
      <header>
        <h2>Set</h2>
        {part && mayIt && <bdi class="set-path">{visible(part.path, 80)}</bdi>}
      </header>
      {part && mayIt ? (
        <SetForm key={part.path} model={model} part={part} />
      ) : (
        <p class="muted pad">
          {part && isSettable(part)
            ? "Viewers may set other fields of this region, but not this one. Those that they may have a pencil."
            : "This region may be set from here. Choose a field with a pencil; Enter edits it."}
        </p>
      )}
    </section>
  );
}

interface Outcome {
  readonly kind: "waiting" | "done" | "refused";
  readonly text: string;
}

interface FormProps {
  readonly model: RegionModel;
  readonly part: Part;
}

function SetForm({ model, part }: FormProps) {
  const now = model.now(part) ?? part;
  const view = model.shown?.view;
  const typed = useSignal(view ? typedText(now, view) : "");
  const isTouched = useSignal(false);
  const outcome = useSignal<Outcome | undefined>(undefined);
  const parsed = parseTyped(part, typed.value);
  const error = "error" in parsed ? parsed.error : "";
  const submit = (event: Event): void => {
    event.preventDefault();
    isTouched.value = true;
    if (!("error" in parsed) && outcome.value?.kind !== "waiting") void send(model, part, parsed.value, typed.value, outcome);
  };
  const input = (text: string): void => {
    typed.value = text;
    isTouched.value = true;
    if (outcome.value?.kind !== "waiting") outcome.value = undefined;
  };
  return (
    <form class="set-form" onSubmit={submit}>
      <div class="set-line">
        <Input part={part} text={typed.value} onText={input} isWrong={isTouched.value && error !== ""} />
        {part.field.unit && <span class="muted">{unitText(part.field.unit)}</span>}
        <button type="submit" class="button primary" disabled={error !== "" || outcome.value?.kind === "waiting"}>
          Set
        </button>
      </div>
      <p class="set-hint" id="set-hint">
        {isTouched.value && error ? <span class="set-error">{error}</span> : <span class="muted">{hint(part)}</span>}
      </p>
      <p class="set-outcome" role="status" data-kind={outcome.value?.kind ?? ""}>
        {outcome.value?.text}
      </p>
    </form>
  );
}

function focusInput(pane: HTMLElement | null): void {
  const input = pane?.querySelector<HTMLElement>("input, select, textarea");
  input?.focus();
  if (input instanceof HTMLInputElement && input.type === "text") input.select();
}

async function send(model: RegionModel, part: Part, value: Encodable, text: string, outcome: Signal<Outcome | undefined>): Promise<void> {
  const what = `${visible(part.path, 60)} = ${visible(text, 60)}`;
  outcome.value = { kind: "waiting", text: `${what}: waiting for the bridge …` };
  try {
    await model.engine.client.set(model.name, { [part.path]: value });
    outcome.value = { kind: "done", text: `${what}: done at ${clockText(Date.now())}` };
  } catch (error) {
    const { code, message } = error instanceof SetError ? error : { code: 0, message: String(error) };
    const why = code ? `refused, ${code}: ${visible(message)}` : `not known whether it was done: ${visible(message)}`;
    outcome.value = { kind: "refused", text: `${what}: ${why}` };
  }
}

function hint(part: Part): string {
  const { field } = part;
  const { min, max, unit } = field;
  const limits = min === undefined && max === undefined ? "" : `${min ?? "…"} … ${max ?? "…"} ${unitText(unit)}`;
  const steps = field.scale !== 1 && field.kind !== "real" ? `steps of ${field.scale}` : "";
  const many = part.dims.length ? `${field.count} values, apart by spaces` : "";
  return [typeText(part), limits.trim(), steps, many].filter(Boolean).join(" · ");
}

interface InputProps {
  readonly part: Part;
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly isWrong: boolean;
}

function Input({ part, text, onText, isWrong }: InputProps) {
  const { field } = part;
  const shared = { "aria-label": `New value of ${visible(part.path, 60)}`, "aria-describedby": "set-hint", "aria-invalid": isWrong };
  if (!part.dims.length && field.kind === "bool") return <Choice {...shared} labels={["false", "true"]} text={text} onText={onText} />;
  if (!part.dims.length && field.kind === "enum" && field.labels.size)
    return <Choice {...shared} labels={[...field.labels.values()]} text={text} onText={onText} />;
  if (!part.dims.length && field.kind === "flags") return <Flags field={field} text={text} onText={onText} says={shared["aria-label"]} />;
  if (field.kind === "text" && (field.units > 64 || text.includes("\n")))
    return <textarea {...shared} rows={4} spellcheck={false} value={text} onInput={(event) => onText(event.currentTarget.value)} />;
  const mode = ["real", "int", "uint"].includes(field.kind) && !part.dims.length ? "decimal" : "text";
  return (
    <input
      {...shared}
      type="text"
      inputMode={mode}
      autocomplete="off"
      spellcheck={false}
      value={text}
      onInput={(event) => onText(event.currentTarget.value)}
    />
  );
}

interface ChoiceProps {
  readonly labels: readonly string[];
  readonly text: string;
  readonly onText: (text: string) => void;
}

/** What is there may have no label: then it is listed as the number that it is. */
function Choice({ labels, text, onText, ...rest }: ChoiceProps) {
  const all = labels.includes(text) ? labels : [text, ...labels];
  return (
    <select {...rest} value={text} onChange={(event) => onText(event.currentTarget.value)}>
      {all.map((label) => (
        <option key={label} value={label}>
          {visible(label, 60)}
        </option>
      ))}
    </select>
  );
}

interface FlagsProps {
  readonly field: Field;
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly says: string;
}

function Flags({ field, text, onText, says }: FlagsProps) {
  const bits = /^-?\d+$/.test(text) ? BigInt.asUintN(field.bits, BigInt(text)) : 0n;
  const toggle = (mask: bigint, isOn: boolean): void => {
    const next = isOn ? bits | mask : bits & ~mask;
    onText(String(field.type.startsWith("i") ? BigInt.asIntN(field.bits, next) : next));
  };
  return (
    <fieldset class="set-flags">
      <legend class="visually-hidden">{says}</legend>
      {field.flags.map(([mask, label]) => (
        <label key={label}>
          <input
            type="checkbox"
            checked={(bits & mask) === mask}
            onChange={(event) => toggle(mask, event.currentTarget.checked)}
          />
          {visible(label, 40)}
        </label>
      ))}
    </fieldset>
  );
}
