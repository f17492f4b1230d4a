// Liveness as a viewer sees it: the worst of link, daemon and writer, decided in one place.

/** `state` on the wire, PC-LIV-01. */
export enum WriterState {
  absent = 0,
  starting = 1,
  live = 2,
  stale = 3,
  dead = 4,
  closed = 5,
  retired = 6,
  legacy = 7,
  unreachable = 8,
}

/** What the viewer knows of its own connection. */
export type LinkState =
  | "idle" // not asked to connect
  | "connecting" // a socket opens, or the bridge has not said HELLO yet
  | "live"
  | "lost" // connected, but nothing heard for 3 heartbeats
  | "waiting" // disconnected, a new attempt is scheduled
  | "refused" // terminal: only a person can help
  | "closed"; // we were asked to disconnect

export type DaemonState =
  | "unknown" // no HELLO yet
  | "up"
  | "stopping" // it said BYE
  | "restarted"; // new boot, its regions are not announced yet

/** How bad: 0 fine, 1 at rest (nothing is wrong, nothing moves), 2 doubtful, 3 bad. */
export type Severity = 0 | 1 | 2 | 3;

export type Word =
  | "live"
  | "legacy"
  | "starting"
  | "stale"
  | "dead"
  | "closed"
  | "retired"
  | "absent"
  | "unreachable"
  | "source stale" // the writer lives, what it measures does not answer
  | "unknown" // nobody has told us lately, though we asked
  | "not watched" // we did not ask
  | "link lost"
  | "disconnected"
  | "daemon stopped"
  | "daemon restarted";

export interface Verdict {
  readonly word: Word;
  readonly severity: Severity;
  readonly cause: "link" | "daemon" | "writer";
  /** True only if the values shown are what the writer says now. */
  readonly live: boolean;
}

export interface WriterView {
  readonly state: number;
  /** The payload's own flag SOURCE_STALE (PC-UPD-05). */
  readonly sourceStale: boolean;
  /** The bridge has told us of this region within 3 heartbeats. */
  readonly heard: boolean;
  /** We asked to be told, and the bridge agreed, a heartbeat ago or longer. */
  readonly watched: boolean;
}

const WRITER: readonly (readonly [Word, Severity])[] = [
  ["absent", 2],
  ["starting", 1],
  ["live", 0],
  ["stale", 2],
  ["dead", 3],
  ["closed", 1],
  ["retired", 1],
  ["legacy", 0],
  ["unreachable", 3],
];

function ofLink(link: LinkState): readonly [Word, Severity] {
  switch (link) {
    case "live":
      return ["live", 0];
    case "lost":
      return ["link lost", 3];
    case "connecting":
    case "waiting":
    case "refused":
    case "idle":
    case "closed":
      return ["disconnected", 3];
  }
}

function ofDaemon(daemon: DaemonState): readonly [Word, Severity] {
  switch (daemon) {
    case "up":
      return ["live", 0];
    case "unknown":
      return ["unknown", 2];
    case "stopping":
      return ["daemon stopped", 3];
    case "restarted":
      return ["daemon restarted", 2];
  }
}

function ofWriter(writer: WriterView): readonly [Word, Severity] {
  const [word, severity] = WRITER[writer.state] ?? ["unknown", 2];
  if (!writer.heard && !writer.watched) return ["not watched", 1];
  if (!writer.heard && severity < 2) return ["unknown", 2];
  if (writer.sourceStale && severity === 0) return ["source stale", 2];
  return [word, severity];
}

/**
 * The worst of the three. Of two equally bad, the one nearer to the viewer wins: behind a lost link nobody can
 * know whether the writer is still dead.
 */
export function worst(link: LinkState, daemon: DaemonState, writer: WriterView): Verdict {
  const parts = [
    [ofLink(link), "link"],
    [ofDaemon(daemon), "daemon"],
    [ofWriter(writer), "writer"],
  ] as const;
  let found: (typeof parts)[number] = parts[2];
  for (let i = parts.length - 2; i >= 0; i--) {
    const part = parts[i]!;
    if (part[0][1] >= found[0][1] && part[0][1] > 0) found = part;
  }
  const [[word, severity], cause] = found;
  return { word, severity, cause, live: severity === 0 };
}
