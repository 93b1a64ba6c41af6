import {
  assert,
  assertEquals,
  assertLess,
  assertNotEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { Random } from "../../graph/random.ts";
import { evaluationBatches, trainingBatches } from "./batches.ts";
import type { Dataset } from "./dataset.ts";
import { division, subset } from "./subset.ts";

/** Sample i is `[i, noise]`; noise is 0 unless augmented. `labels` are its classes, if known. */
function numbers(size: number, labels?: readonly number[]): Dataset<number> {
  return {
    name: "numbers",
    description: `${size} numbers`,
    size,
    sampleShape: [2],
    classes: ["a", "b", "c"],
    ...(labels && { classOf: (index: number) => labels[index] }),
    load: (index, { random } = {}) => ({
      values: Float32Array.of(index, random?.uniform() ?? 0),
      label: index,
    }),
  };
}

/** Labels, which are indices in the whole. */
async function indicesOf(dataset: Dataset<number>): Promise<number[]> {
  const indices = Array.from({ length: dataset.size }, async (_, i) => await dataset.load(i));
  return (await Promise.all(indices)).map(({ label }) => label);
}

/** Whether so many were found, by class, as proportion has it, to within a sample. */
function assertProportional(dataset: Dataset<number>, labels: readonly number[]): void {
  assert(dataset.classOf);
  const found = Array.from({ length: dataset.size }, (_, i) => dataset.classOf?.(i));
  for (const label of new Set(labels)) {
    const all = labels.filter((one) => one === label).length;
    const share = dataset.size * all / labels.length;
    assertLess(Math.abs(found.filter((one) => one === label).length - share), 1.01);
  }
}

Deno.test("a subset is a choice without repetition that its seed makes", async () => {
  const whole = numbers(100);
  const indices = await indicesOf(subset(whole, 30, 1));
  assertEquals(new Set(indices).size, 30);
  assertEquals(indices, indices.toSorted((a, b) => a - b));
  assert(indices.every((i) => i >= 0 && i < 100));
  assertEquals(await indicesOf(subset(whole, 30, 1)), indices);
  assertNotEquals(await indicesOf(subset(whole, 30, 2)), indices);
  // Not simply the first ones.
  assert(indices.some((i) => i >= 50));
});

Deno.test("subsets have each class's share, and smaller ones lie in larger ones", async () => {
  for (let seed = 0; seed < 20; seed++) {
    const random = new Random(seed, "labels");
    // Classes of very different sizes.
    const labels = Array.from({ length: 120 }, () => [0, 0, 0, 0, 1, 1, 2][random.integer(7)]);
    const whole = numbers(120, labels);
    let before: number[] = [];
    for (const count of [1, 7, 30, 90, 119]) {
      const some = subset(whole, count, seed);
      assertProportional(some, labels);
      const indices = await indicesOf(some);
      assertEquals(before.filter((i) => !indices.includes(i)), []);
      assertEquals(indices.map((i) => labels[i]), indices.map((_, i) => some.classOf?.(i)));
      before = indices;
    }
  }
  // Equal classes: exactly as many of each.
  const equal = Array.from({ length: 60 }, (_, i) => i % 3);
  const some = subset(numbers(60, equal), 12, 1);
  const found = Array.from({ length: 12 }, (_, i) => some.classOf?.(i));
  assertEquals([0, 1, 2].map((k) => found.filter((one) => one === k).length), [4, 4, 4]);
});

Deno.test("a division has every sample once, on one side or the other", async () => {
  const labels = Array.from({ length: 90 }, (_, i) => i % 10 === 0 ? 1 : 0);
  for (const whole of [numbers(90), numbers(90, labels)]) {
    const { train, held } = division(whole, 20, 4);
    assertEquals([train.size, held.size], [70, 20]);
    const both = [...await indicesOf(train), ...await indicesOf(held)];
    assertEquals(both.toSorted((a, b) => a - b), Array.from({ length: 90 }, (_, i) => i));
    if (whole.classOf) { for (const part of [train, held]) assertProportional(part, labels); }
  }
});

Deno.test("what is held out is not augmented, the rest is as before", async () => {
  const { train, held } = division(subset(numbers(40), 20, 1), 5, 1);
  const noise = async (dataset: Dataset<number>, index: number) =>
    (await dataset.load(index, { random: new Random(index) })).values[1];
  for (let i = 0; i < held.size; i++) assertEquals(await noise(held, i), 0);
  for (let i = 0; i < train.size; i++) {
    assertEquals(await noise(train, i), Math.fround(new Random(i).uniform()));
  }
  // And both can be learnt from and judged by.
  for await (
    const { labels } of trainingBatches(train, { batch: 5, seed: 1, epoch: 0 })
  ) assertEquals(labels.length, 5);
  for await (const { input } of evaluationBatches(held, { batch: 5 })) {
    assertEquals(input.shape, [5, 2]);
  }
});

Deno.test("names and descriptions tell parts from each other", () => {
  const whole = numbers(50);
  const parts = [1, 2].flatMap((seed) => {
    const { train, held } = division(whole, 10, seed);
    return [whole, subset(whole, 40, seed), train, held, subset(train, 10, seed)];
  });
  const texts = new Set(parts.map(({ name, description }) => `${name} ${description}`));
  assertEquals(texts.size, 9);
  for (const text of texts) assertStringIncludes(text, "50 numbers");
  assertEquals(subset(whole, 50, 1), whole);
});

Deno.test("parts that would be empty or larger than the whole are refused", () => {
  const whole = numbers(10);
  for (const count of [0, 11, 2.5, NaN]) {
    assertThrows(
      () => subset(whole, count, 1),
      RangeError,
      `Cannot divide dataset "numbers" as a subset must have 1 to 10 samples: current value is ${count}`,
    );
  }
  for (const held of [0, 10, -1]) assertThrows(() => division(whole, held, 1), RangeError);
});
