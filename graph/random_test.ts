import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertLess,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { Random } from "./random.ts";

Deno.test("a stream is the same for the same seed and label, forever", () => {
  const random = new Random(1, "weights/conv1");
  assertEquals(Array.from({ length: 4 }, () => random.bits()), [
    -1448091029,
    1740854603,
    -1997209376,
    -783500274,
  ]);
  const a = new Random(7, "x").fillUniform(new Float32Array(100));
  const b = new Random(7, "x").fillUniform(new Float32Array(100));
  assertEquals(a, b);
});

Deno.test("streams of other seeds and labels differ", () => {
  const first = (seed: number, label: string) => new Random(seed, label).bits();
  const streams = [first(1, "a"), first(1, "b"), first(2, "a"), first(-1, "a"), first(11, "")];
  assertEquals(new Set(streams).size, streams.length);
  assertNotEquals(first(1, "weights/1"), first(1, "weights/2"));
});

Deno.test("uniform values have the mean, variance and range of [0, 1)", () => {
  const random = new Random(3);
  const n = 200_000;
  const singles = random.fillUniform(new Float32Array(n));
  for (const values of [singles, Float64Array.from({ length: n }, () => random.uniform())]) {
    let sum = 0, squares = 0, correlation = 0;
    for (let i = 0; i < n; i++) {
      assert(values[i] >= 0 && values[i] < 1);
      sum += values[i];
      squares += values[i] ** 2;
      correlation += (values[i] - 0.5) * (values[(i + 1) % n] - 0.5);
    }
    assertAlmostEquals(sum / n, 1 / 2, 0.003);
    assertAlmostEquals(squares / n, 1 / 3, 0.003);
    assertAlmostEquals(correlation / n, 0, 0.001);
  }
});

Deno.test("filling goes on where single draws stopped", () => {
  const whole = new Random(5).fillUniform(new Float32Array(10));
  const random = new Random(5);
  const parts = [...random.fillUniform(new Float32Array(4))];
  parts.push((random.bits() >>> 8) * 2 ** -24, ...random.fillUniform(new Float32Array(5)));
  assertEquals(parts, [...whole]);
});

Deno.test("normal values have mean 0, variance 1 and the tails of a normal", () => {
  const n = 200_000;
  const values = new Random(4).fillNormal(new Float32Array(n), 0, 1);
  let sum = 0, squares = 0, beyond2 = 0;
  for (const v of values) {
    sum += v;
    squares += v * v;
    if (Math.abs(v) > 2) beyond2++;
  }
  assertAlmostEquals(sum / n, 0, 0.01);
  assertAlmostEquals(squares / n, 1, 0.02);
  assertAlmostEquals(beyond2 / n, 0.0455, 0.002);
});

Deno.test("integers are even over their range", () => {
  const random = new Random(5);
  const counts = new Uint32Array(7);
  for (let i = 0; i < 70_000; i++) counts[random.integer(7)]++;
  const chi2 = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
  assertLess(chi2, 22.5, "chi-square with 6 degrees of freedom, p = 0.001");
  assertEquals(random.integer(1), 0);
});

Deno.test("shuffling permutes arrays and typed arrays", () => {
  const order = new Random(6).shuffle(Uint32Array.from({ length: 50 }, (_, i) => i));
  assertNotEquals([...order], [...order].sort((a, b) => a - b));
  assertEquals([...order].sort((a, b) => a - b), Array.from({ length: 50 }, (_, i) => i));
  const words: string[] = new Random(6).shuffle(["a", "b", "c"]);
  assertEquals(words.sort(), ["a", "b", "c"]);
});

Deno.test("a seed or bound that is no integer is refused", () => {
  assertThrows(() => new Random(0.5, "x"), RangeError, 'stream "x" as the seed must be an integer');
  assertThrows(() => new Random(NaN), RangeError);
  for (const n of [0, -1, 1.5, 2 ** 33, NaN]) {
    assertThrows(() => new Random(1).integer(n), RangeError, `current value is ${n}`);
  }
});
