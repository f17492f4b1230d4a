// Numbers, ages, sizes and foreign text.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ageText, axisTexts, groupDigits, hzText, percentText, RealFormat, sizeText, visible } from "../src/format.ts";

test("text from the wire cannot hide or turn around", () => {
  assert.equal(visible("a\u202eb"), "a\\u{202e}b");
  assert.equal(visible("a\u0000\n\u200b\ufeff"), "a\\u{0}\\u{a}\\u{200b}\\u{feff}");
  assert.equal(visible("ünïcode 温度 🙂"), "ünïcode 温度 🙂");
  assert.equal(visible("x".repeat(300)).length, 257);
});

test("ages have one decimal below ten seconds, then whole units", () => {
  const cases: [number | undefined, string][] = [
    [undefined, "never"],
    [0, "0.0 s"],
    [999, "0.9 s"],
    [9999, "9.9 s"],
    [10_000, "10 s"],
    [60_000, "1 min"],
    [3_720_000, "1 h 2 min"],
    [90_000_000, "1 d 1 h"],
  ];
  for (const [ms, text] of cases) assert.equal(ageText(ms), text);
});

test("sizes are in powers of 1024", () => {
  assert.deepEqual([0, 1023, 1024, 10240, 1 << 20, 2 ** 50].map(sizeText), ["0 B", "1023 B", "1.0 KiB", "10 KiB", "1.0 MiB", "1024 TiB"]);
});

test("rates and shares never round something to nothing", () => {
  assert.deepEqual([0, 0.2, 9.96, 59.7].map(hzText), ["0", "0.2", "10.0", "60"]);
  assert.deepEqual([0, 0.001, 0.5, 1].map(percentText), ["0 %", "< 1 %", "50 %", "100 %"]);
});

test("labels of an axis tell neighbours apart", () => {
  const cases: [number[], string[]][] = [
    [[0, 20, 40], ["0", "20", "40"]],
    [[0, 2.5, 5], ["0.0", "2.5", "5.0"]],
    [[-0.05, 0, 0.05], ["−0.05", "0.00", "0.05"]],
    [[-0.02, -0.00000000001, 0.02], ["−0.02", "0.00", "0.02"]],
    [[-0.0002, -0.0001, 0], ["−2e-4", "−1e-4", "0"]],
    [[0.00025, 0.0005, 0.00075], ["2.5e-4", "5.0e-4", "7.5e-4"]],
    [[99.9998, 99.9999, 100], ["99.9998", "99.9999", "100.0000"]],
    [[900_000, 950_000, 1_000_000], ["900\u202f000", "950\u202f000", "1\u202f000\u202f000"]],
    [[1e12, 1.2e12, 1.4e12], ["1.0e+12", "1.2e+12", "1.4e+12"]],
    [[1e15, 1e15 + 500, 1e15 + 1000], ["1.0000000000000e+15", "1.0000000000005e+15", "1.0000000000010e+15"]],
    [[5], ["5"]],
    [[], []],
  ];
  for (const [ticks, texts] of cases) assert.deepEqual(axisTexts(ticks), texts);
});

test("long integers are grouped, short ones are not", () => {
  assert.deepEqual(["1234", "12345", "-1234567", "18446744073709551615"].map(groupDigits), [
    "1234",
    "12\u202f345",
    "-1\u202f234\u202f567",
    "18\u202f446\u202f744\u202f073\u202f709\u202f551\u202f615",
  ]);
});

test("a moving number keeps its decimals once it has been large", () => {
  const format = new RealFormat(7, undefined, undefined);
  assert.equal(format.text(9.5), "9.50000");
  assert.equal(format.text(123.25), "123.250");
  assert.equal(format.text(9.5), "9.500");
  assert.equal(format.text(-0.0001), "0.000"); // no minus before nothing
  assert.equal(format.text(-2.5), "−2.500");
});

test("what is no number, or beyond all digits, is still readable", () => {
  const format = new RealFormat(6, 0, 1);
  assert.equal(format.text(NaN), "NaN");
  assert.equal(format.text(Infinity), "+∞");
  assert.equal(format.text(-Infinity), "−∞");
  assert.match(format.text(1e20), /e\+20$/);
  assert.match(new RealFormat(6, undefined, undefined).text(1e-9), /e-9$/);
});
