// The worst of link, daemon and writer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { worst, WriterState, type DaemonState, type LinkState, type Word } from "../src/liveness.ts";

const says = (link: LinkState, daemon: DaemonState, state: number, more: object = {}): [Word, string, number, boolean] => {
  const v = worst(link, daemon, { state, sourceStale: false, heard: true, watched: true, ...more });
  return [v.word, v.cause, v.severity, v.live];
};

test("with link and daemon up it is the writer's state", () => {
  const words: [number, Word, number][] = [
    [WriterState.absent, "absent", 2],
    [WriterState.starting, "starting", 1],
    [WriterState.live, "live", 0],
    [WriterState.stale, "stale", 2],
    [WriterState.dead, "dead", 3],
    [WriterState.closed, "closed", 1],
    [WriterState.retired, "retired", 1],
    [WriterState.legacy, "legacy", 0],
    [WriterState.unreachable, "unreachable", 3],
    [99, "unknown", 2],
  ];
  for (const [state, word, severity] of words)
    assert.deepEqual(says("live", "up", state), [word, "writer", severity, severity === 0]);
});

test("nothing is live unless link, daemon and writer all are", () => {
  const links: LinkState[] = ["idle", "connecting", "live", "lost", "waiting", "refused", "closed"];
  const daemons: DaemonState[] = ["unknown", "up", "stopping", "restarted"];
  for (const link of links)
    for (const daemon of daemons)
      for (let state = 0; state <= 9; state++)
        for (const heard of [true, false]) {
          const verdict = worst(link, daemon, { state, sourceStale: false, heard, watched: true });
          const good = state === WriterState.live || state === WriterState.legacy;
          assert.equal(verdict.live, link === "live" && daemon === "up" && good && heard);
          assert.equal(verdict.live, verdict.severity === 0);
        }
});

test("a lost link hides what the writer was", () => {
  assert.deepEqual(says("lost", "up", WriterState.live), ["link lost", "link", 3, false]);
  assert.deepEqual(says("lost", "up", WriterState.dead), ["link lost", "link", 3, false]);
  assert.deepEqual(says("waiting", "stopping", WriterState.live), ["disconnected", "link", 3, false]);
});

test("a stopping or restarted daemon shows, unless the writer is worse", () => {
  assert.deepEqual(says("live", "stopping", WriterState.live), ["daemon stopped", "daemon", 3, false]);
  assert.deepEqual(says("live", "restarted", WriterState.live), ["daemon restarted", "daemon", 2, false]);
  assert.deepEqual(says("live", "restarted", WriterState.dead), ["dead", "writer", 3, false]);
});

test("a live writer we have not heard of for three heartbeats is unknown", () => {
  assert.deepEqual(says("live", "up", WriterState.live, { heard: false }), ["unknown", "writer", 2, false]);
  assert.deepEqual(says("live", "up", WriterState.dead, { heard: false }), ["dead", "writer", 3, false]);
});

test("what we did not ask about and did not hear of is not watched, whatever it was", () => {
  const more = { heard: false, watched: false };
  for (const state of [WriterState.live, WriterState.dead])
    assert.deepEqual(says("live", "up", state, more), ["not watched", "writer", 1, false]);
});

test("a live writer whose source is stale is not green", () => {
  assert.deepEqual(says("live", "up", WriterState.live, { sourceStale: true }), ["source stale", "writer", 2, false]);
  assert.deepEqual(says("live", "up", WriterState.dead, { sourceStale: true }), ["dead", "writer", 3, false]);
});
