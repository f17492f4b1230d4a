// A region's bytes under updates: PC-UPD-01 .. -05.
import assert from "node:assert/strict";
import { test } from "node:test";
import { patch, Region, UpdateFlag } from "../src/region.ts";
import { ProtocolError, type AnnRow, type Update } from "../src/wire.ts";

const row: AnnRow = {
  rid: 7,
  name: "r",
  gen: 2,
  size: 8,
  sid: "",
  flags: 0,
  state: 2,
  staleMs: 500,
  hintMs: 0,
  kind: 0,
  doc: "",
};
function region(): Region {
  const r = new Region("r");
  r.announce(row, 0);
  return r;
}
function update(base: number, seq: number, data: number[], more: Partial<Update> = {}): Update {
  const flags = base === 0 ? UpdateFlag.key : 0;
  const head = { op: "update", rid: 7, gen: 2, base, seq, wseq: seq, tUs: 1, ageMs: 0, flags } as const;
  return { ...head, data: Uint8Array.from(data), ...more };
}
const KEY = [1, 2, 3, 4, 5, 6, 7, 8];

test("what may be set is what was opened, and all below it", () => {
  const ours = { ...row, flags: 256 };
  const open = new Region("r");
  open.announce({ ...ours, set: ["wheel[1]", "mode"] }, 0);
  for (const path of ["wheel[1]", "wheel[1].slip", "mode", "mode[0]"]) assert.ok(open.maySet(path), path);
  for (const path of ["wheel", "wheel[10]", "wheel[1]x", "modes", "mod", ""]) assert.ok(!open.maySet(path), path);
  open.announce(ours, 0);
  assert.ok(open.maySet("anything"), "all of it");
  open.announce({ ...row, flags: 0, set: ["mode"] }, 0);
  assert.ok(!open.maySet("mode"), "not by us");
});

test("the reason of a state goes with the state", () => {
  const dead = { rid: 1, state: 4, hbAgeMs: 1, writeAgeMs: 1, epoch: 1, pid: 1, writeHz: 0, writer: "" };
  const told = new Region("r");
  told.live({ ...dead, why: "it ended" }, 0);
  assert.equal(told.why, "it ended");
  told.live({ ...dead, state: 2 }, 0);
  assert.equal(told.why, "");
});

test("a KEY is the whole payload", () => {
  const r = region();
  assert.equal(r.apply(update(0, 5, KEY), 1), "applied");
  assert.deepEqual([...r.bytes!], KEY);
  assert.equal(r.seq, 5);
});

test("a patch is runs of skip, length, bytes", () => {
  const r = region();
  r.apply(update(0, 5, KEY), 1);
  assert.equal(r.apply(update(5, 6, [1, 2, 0xaa, 0xbb, 2, 1, 0xcc]), 2), "applied");
  assert.deepEqual([...r.bytes!], [1, 0xaa, 0xbb, 4, 5, 0xcc, 7, 8]);
});

test("LEB128 numbers beyond 127 are read", () => {
  const bytes = new Uint8Array(400);
  patch(bytes, Uint8Array.from([0xac, 0x02, 2, 9, 8]));
  assert.deepEqual([bytes[299], bytes[300], bytes[301], bytes[302]], [0, 9, 8, 0]);
});

test("an update applies if base <= held <= seq, and is dropped otherwise", () => {
  const cases: [number, number, string][] = [
    [5, 6, "applied"],
    [3, 9, "applied"],
    [5, 5, "applied"],
    [6, 7, "dropped"],
    [2, 4, "dropped"],
  ];
  for (const [base, seq, expected] of cases) {
    const r = region();
    r.apply(update(0, 5, KEY), 1);
    assert.equal(r.apply(update(base, seq, [0, 1, 0xff]), 2), expected, `${base}..${seq}`);
    assert.equal(r.bytes![0], expected === "applied" ? 0xff : 1);
    assert.equal(r.seq, expected === "applied" ? seq : 5);
  }
});

test("an update of another generation is dropped, a KEY too", () => {
  const r = region();
  assert.equal(r.apply(update(0, 5, KEY, { gen: 1 }), 1), "dropped");
  assert.equal(r.bytes, undefined);
});

test("a patch without a KEY before it is dropped", () => {
  assert.equal(region().apply(update(3, 5, [0, 1, 1]), 1), "dropped");
});

test("a KEY may go back in seq: the bridge knows best", () => {
  const r = region();
  r.apply(update(0, 5, KEY), 1);
  assert.equal(r.apply(update(0, 2, KEY), 1), "applied");
  assert.equal(r.seq, 2);
});

test("malformed updates throw and change nothing", () => {
  const bad = [
    [0, 9, ...KEY, 1], // beyond the payload
    [8, 1, 1],
    [0, 0], // an empty run
    [0, 4, 1], // cut short
    [0], // no length
    [0x80], // a number cut short
    [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 1, 1],
  ];
  for (const data of bad) {
    const r = region();
    r.apply(update(0, 5, KEY), 1);
    assert.throws(() => r.apply(update(5, 6, data), 2), ProtocolError, String(data));
    assert.deepEqual([...r.bytes!], KEY);
    assert.equal(r.seq, 5);
  }
  assert.throws(() => region().apply(update(0, 5, KEY.slice(1)), 1), ProtocolError);
});

test("a new generation voids the bytes, the same one keeps them", () => {
  const r = region();
  r.apply(update(0, 5, KEY), 1);
  assert.equal(r.announce({ ...row, doc: "new words" }, 2), false);
  assert.equal(r.seq, 5);
  assert.equal(r.announce({ ...row, gen: 3 }, 3), true);
  assert.equal(r.bytes, undefined);
  assert.equal(r.seq, 0);
});

test("VAL merges fields, its KEY replaces them", () => {
  const r = region();
  const val = (base: number, seq: number, values: { [k: string]: number }): Update => {
    const { data: _, ...head } = update(base, seq, []);
    return { ...head, values };
  };
  assert.equal(r.apply(val(2, 3, { a: 1 }), 1), "dropped");
  r.apply(val(0, 3, { a: 1, b: 2 }), 1);
  r.apply(val(3, 4, { b: 3 }), 1);
  assert.deepEqual({ ...r.values }, { a: 1, b: 3 });
  assert.equal(r.get("b"), 3);
  r.apply(val(0, 5, { a: 9 }), 1);
  assert.deepEqual({ ...r.values }, { a: 9 });
});

test("skipped commits are counted from the writer's ticks", () => {
  const r = region();
  r.apply(update(0, 5, KEY, { wseq: 100 }), 1);
  r.apply(update(5, 6, [0, 1, 1], { wseq: 104, flags: UpdateFlag.conflated }), 1);
  r.apply(update(6, 7, [0, 1, 1], { wseq: 109 }), 1); // commits without change: nothing was kept from us
  assert.equal(r.skipped, 3);
});

test("ages go on after the last message", () => {
  const r = region();
  const live = { rid: 7, state: 2, hbAgeMs: 10, writeAgeMs: 40, epoch: 1, pid: 1, writeHz: 20, writer: "w" };
  assert.equal(r.writeAgeNow(0), undefined);
  r.live(live, 1000);
  assert.equal(r.writeAgeNow(1500), 540);
  assert.equal(r.heartbeatAgeNow(1500), 510);
  r.apply(update(0, 5, KEY, { ageMs: 3 }), 1600);
  assert.equal(r.writeAgeNow(1700), 103);
  r.live({ ...live, writeAgeMs: 900 }, 2500);
  assert.equal(r.writeAgeNow(2500), 900);
});

test("random updates, drops and resumes leave exactly the bridge's bytes", () => {
  let seed = 7;
  const random = (n: number): number => (seed = (seed * 48271) % 2147483647) % n;
  const size = 300;
  const truth = new Uint8Array(size);
  const changed = new Uint32Array(size);
  const history: Uint8Array[] = [truth.slice()];
  const r = new Region("r");
  r.announce({ ...row, size }, 0);
  const leb = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, n >> 7]);
  for (let seq = 1; seq < 600; seq++) {
    for (let i = random(6); i >= 0; i--) {
      const at = random(size);
      truth[at] = random(256);
      changed[at] = seq;
    }
    history[seq] = truth.slice();
    if (random(3) === 0) continue; // conflated
    const held = r.seq;
    const base = random(12) === 0 ? 0 : Math.max(1, held - random(3)); // an older base is fine too
    const runs: number[] = [];
    let end = 0;
    for (let i = 0; i < size; i++) {
      if (changed[i]! <= base) continue;
      let to = i;
      while (to < size && changed[to]! > base) to++;
      runs.push(...leb(i - end), ...leb(to - i), ...truth.subarray(i, to));
      i = end = to;
    }
    const applied = r.apply(base === 0 || held === 0 ? update(0, seq, [...truth]) : update(base, seq, runs), seq);
    assert.equal(applied, "applied");
    assert.deepEqual(r.bytes, history[seq]);
  }
});
