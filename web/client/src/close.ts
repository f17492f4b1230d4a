// Why a connection ended, and whether to come back (docs/protocol.md section 6).

export interface CloseMeaning {
  readonly text: string;
  /** False: terminal until a person acts. */
  readonly retry: boolean;
  /** What a person can do, if anything. */
  readonly hint?: string;
}

const KNOWN: { readonly [code: number]: CloseMeaning } = {
  1000: { text: "closed", retry: true },
  1001: { text: "the daemon stopped", retry: true },
  1002: { text: "the bridge found our frames malformed", retry: false, hint: "reload the page" },
  1003: { text: "the bridge got a text message", retry: false, hint: "reload the page" },
  1006: { text: "connection failed", retry: true },
  1009: { text: "a message of ours was too big", retry: false, hint: "reload the page" },
  1011: { text: "internal error of the bridge", retry: true },
  1012: { text: "the bridge restarts", retry: true },
  1013: { text: "too many viewers", retry: true },
  4400: { text: "the bridge found our message malformed", retry: true },
  4408: { text: "we were too slow to answer", retry: true },
  4429: { text: "we sent too many messages", retry: true },
  4501: { text: "token missing or wrong", retry: false, hint: "enter the token that the daemon printed" },
  4503: { text: "not allowed", retry: false, hint: "the token does not permit this" },
  4505: { text: "protocol version not spoken", retry: false, hint: "reload the page to get its newest version" },
  4509: { text: "too many wrong tokens", retry: false, hint: "wait a minute, then enter the right one" },
};

export const AUTH_FAILED = 4501;

export function closeMeaning(code: number): CloseMeaning {
  return KNOWN[code] ?? { text: `closed with code ${code}`, retry: !(code >= 4500 && code <= 4599) };
}

/** Milliseconds to wait before attempt `attempt` (from 0): full jitter, 0.25 s doubling to 10 s (PC-CLS-01). */
export function backoffMs(attempt: number, random: () => number): number {
  return Math.round(random() * Math.min(10_000, 250 * 2 ** Math.min(attempt, 16)));
}
