// Numbers, ages, sizes and foreign text as a person reads them.

/** What may not be shown as it is: controls, and what changes the direction or hides itself. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Text from the wire with everything invisible or direction-changing written out. */
export function visible(text: string, max = 256): string {
  const cut = text.length > max ? `${text.slice(0, max)}…` : text;
  return cut.replace(UNSAFE, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`);
}

export function ageText(ms: number | undefined): string {
  if (ms === undefined) return "never";
  const s = ms / 1000;
  if (s < 10) return `${(Math.floor(s * 10) / 10).toFixed(1)} s`;
  if (s < 60) return `${Math.floor(s)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const power = Math.min(4, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${value.toFixed(value < 10 ? 1 : 0)} ${["B", "KiB", "MiB", "GiB", "TiB"][power]}`;
}

export function hzText(hz: number): string {
  if (hz < 0.05) return "0";
  return hz < 10 ? hz.toFixed(1) : hz.toFixed(0);
}

export function percentText(share: number): string {
  if (share <= 0) return "0 %";
  return share < 0.01 ? "< 1 %" : `${Math.round(share * 100)} %`;
}

export function msText(ms: number | undefined): string {
  if (ms === undefined) return "–";
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}

export function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}

export function clockText(ms: number): string {
  const t = new Date(ms);
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())}`;
}

/** 1234567 as "1 234 567" with narrow spaces; up to four digits stay as they are. */
export function groupDigits(digits: string): string {
  const sign = digits.startsWith("-") ? 1 : 0;
  if (digits.length - sign <= 4) return digits;
  return digits.replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/**
 * Formats one field's reals. The number of decimals follows the largest magnitude seen, so that a moving value does
 * not jump about.
 */
export class RealFormat {
  #largest: number;
  readonly #digits: number;

  /** @param digits how many count, at most */
  constructor(digits: number, min: number | undefined, max: number | undefined) {
    this.#digits = digits;
    this.#largest = Math.max(Math.abs(min ?? 0), Math.abs(max ?? 0));
  }

  text(value: number): string {
    if (Number.isNaN(value)) return "NaN";
    if (!Number.isFinite(value)) return value > 0 ? "+∞" : "−∞";
    const magnitude = Math.abs(value);
    if (magnitude > this.#largest) this.#largest = magnitude;
    if (magnitude !== 0 && (magnitude >= 1e12 || (this.#largest < 1e-3 && magnitude < 1e-3)))
      return value.toExponential(Math.max(2, this.#digits - 2));
    const whole = this.#largest < 1 ? 1 : Math.floor(Math.log10(this.#largest)) + 1;
    return minus(value.toFixed(Math.max(0, Math.min(6, this.#digits - 1 - whole))));
  }
}

/** Labels of an axis: as many decimals as its step needs to tell neighbours apart, all with the same. */
export function axisTexts(ticks: number[]): string[] {
  const step = ticks.length > 1 ? Math.abs(ticks[1]! - ticks[0]!) : Math.abs(ticks[0] ?? 1);
  const largest = Math.max(0, ...ticks.map(Math.abs));
  const digits = step > 0 && largest > 0 ? Math.max(0, Math.floor(Math.log10(largest) + 1e-9) + decimalsOf(step)) : 0;
  if (largest >= 1e12 || (largest > 0 && largest < 1e-3))
    return ticks.map((value) => (value ? minus(value.toExponential(Math.min(digits, 15))) : "0"));
  return ticks.map((value) => {
    const [whole, decimals] = value.toFixed(Math.max(0, Math.min(12, decimalsOf(step)))).split(".");
    return minus(groupDigits(whole!) + (decimals ? `.${decimals}` : ""));
  });
}

/** Decimals of 1, 2, 2.5 and 5 times a power of ten; below 0 for tens and more. */
function decimalsOf(step: number): number {
  const power = Math.floor(Math.log10(step) + 1e-9);
  const lead = step / 10 ** power;
  return (Math.abs(lead - Math.round(lead)) > 1e-6 ? 1 : 0) - power;
}

/** A true minus sign, and no "-0.00". */
function minus(text: string): string {
  if (!text.startsWith("-")) return text;
  return /[1-9]/.test(text) ? `−${text.slice(1)}` : text.slice(1);
}
