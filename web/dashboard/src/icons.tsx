// The shell's icons, 16 x 16.
import type { Severity } from "@pagecast/client";
import { SHAPES } from "./badge.ts";

export const PATHS = {
  back: "M10 2.6 4.6 8l5.4 5.4 1.1-1.1L6.8 8l4.3-4.3z",
  pause: "M4 3h3v10H4zm5 0h3v10H9z",
  play: "M4.5 2.5v11l9-5.5z",
  sun: "M8 4.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM7.3 0h1.4v2.6H7.3zm0 13.4h1.4V16H7.3zM0 7.3h2.6v1.4H0zm13.4 0H16v1.4h-2.6zM2 3l1-1 1.8 1.8-1 1zm9.2 9.2 1-1L14 13l-1 1zM2 13l1.8-1.8 1 1L3 14zm9.2-9.2L13 2l1 1-1.8 1.8z",
  moon: "M6.2 1.2a7 7 0 1 0 8.6 8.6A5.8 5.8 0 0 1 6.2 1.2z",
  auto: "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1zm0 1.5v11a5.5 5.5 0 0 0 0-11z",
  help: "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1zm0 1.4a5.6 5.6 0 1 0 0 11.2A5.6 5.6 0 0 0 8 2.4zM7.3 11h1.4v1.4H7.3zM5.4 6C5.5 4.5 6.5 3.7 8 3.7c1.6 0 2.6.9 2.6 2.2 0 1.1-.6 1.7-1.3 2.2-.5.4-.6.6-.6 1.1v.5H7.3v-.7c0-1 .4-1.5 1.1-2 .6-.4.8-.7.8-1.1 0-.6-.4-1-1.2-1-.8 0-1.2.4-1.3 1.2z",
  list: "M2 3h12v1.5H2zm0 4.2h12v1.5H2zm0 4.3h12V13H2z",
  close: "M3.5 2.4 8 6.9l4.5-4.5 1.1 1.1L9.1 8l4.5 4.5-1.1 1.1L8 9.1l-4.5 4.5-1.1-1.1L6.9 8 2.4 3.5z",
  chart: "M2 2h1.5v10.5H14V14H2zm3 7.2 2.7-3.4 2.3 2L13.2 4l1.1 1-4.1 5-2.4-2-1.7 2.2z",
  table: "M1.5 2.5h13v11h-13zM3 6.5V8h3V6.5zm4.5 0V8h6V6.5zM3 9.5V12h3V9.5zm4.5 0V12h6V9.5z",
  edit: "M11.4 1.6 14.4 4.6 5.6 13.4 1.8 14.2 2.6 10.4zM10 4.4 4 10.4l-.3 1.9 1.9-.3 6-6z",
  download: "M7.3 1.5h1.4v7l2.4-2.4 1 1L8 11.2 3.9 7.1l1-1 2.4 2.4zM2.5 12.5h11V14h-11z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

export function Shape({ severity }: { readonly severity: Severity }) {
  return (
    <svg class="icon shape" viewBox="0 0 16 16" aria-hidden="true" data-severity={severity}>
      <path d={SHAPES[severity]} />
    </svg>
  );
}
