import { assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { values } from "../../graph/tensor.ts";
import { type Batch, batchesPerEpoch, evaluationBatches, trainingBatches } from "./batches.ts";
import type { Dataset } from "./dataset.ts";

/** Sample i is `[i, noise]` with label i; noise is 0 unless augmented. */
function numbers(size: number): Dataset<number> {
  return {
    name: "numbers",
    description: `${size} numbers`,
    size,
    sampleShape: [2],
    classes: [],
    load: (index, { random, signal } = {}) => {
      signal?.throwIfAborted();
      return { values: Float32Array.of(index, random?.uniform() ?? 0), label: index };
    },
  };
}

/** Everything that batches have, copied. */
async function collect(batches: AsyncIterable<Batch<number>>) {
  const all = [];
  for await (const { input, labels } of batches) {
    all.push({ shape: [...input.shape], values: [...values(input)], labels: [...labels] });
  }
  return all;
}

const options = { batch: 4, seed: 5, epoch: 0 };

Deno.test("an epoch has every sample once, in an order that seed and epoch make", async () => {
  const epoch = (changes: Partial<typeof options>, size = 12) =>
    collect(trainingBatches(numbers(size), { ...options, ...changes }));
  const first = await epoch({});
  const labels = first.flatMap(({ labels }) => labels);
  assertEquals(labels.toSorted((a, b) => a - b), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  assertNotEquals(labels, labels.toSorted((a, b) => a - b));
  assertEquals(first.map(({ shape }) => shape), [[4, 2], [4, 2], [4, 2]]);
  assertEquals(
    first.map(({ values }) => values.filter((_, i) => i % 2 === 0)),
    first.map((b) => b.labels),
  );
  assertEquals(await epoch({}), first);
  assertNotEquals(await epoch({ epoch: 1 }), first);
  assertNotEquals(await epoch({ seed: 6 }), first);
});

Deno.test("samples that do not fill a batch are left out of training", async () => {
  const batches = await collect(trainingBatches(numbers(11), options));
  assertEquals(batches.map(({ labels }) => labels.length), [4, 4]);
  assertEquals(batchesPerEpoch(numbers(11), 4), 2);
});

Deno.test("a batch is the same whichever were loaded before it", async () => {
  const all = await collect(trainingBatches(numbers(20), options));
  for (const skip of [1, 3, 5]) {
    assertEquals(
      await collect(trainingBatches(numbers(20), { ...options, skip })),
      all.slice(skip),
    );
  }
});

Deno.test("augmentation of a sample depends on its index, not on its place", async () => {
  const noise = async (batch: number) => {
    const batches = await collect(trainingBatches(numbers(12), { ...options, batch }));
    return Object.fromEntries(
      batches.flatMap(({ labels, values }) => labels.map((label, i) => [label, values[2 * i + 1]])),
    );
  };
  const by4 = await noise(4);
  assertEquals(await noise(3), by4);
  assertEquals(new Set(Object.values(by4)).size, 12);
});

Deno.test("an evaluation has all samples in order, without augmentation, the last one repeated", async () => {
  const batches = await collect(evaluationBatches(numbers(5), { batch: 3 }));
  assertEquals(batches, [
    { shape: [3, 2], values: [0, 0, 1, 0, 2, 0], labels: [0, 1, 2] },
    { shape: [3, 2], values: [3, 0, 4, 0, 4, 0], labels: [3, 4] },
  ]);
  assertEquals((await collect(evaluationBatches(numbers(2), { batch: 4 })))[0].values, [
    0,
    0,
    1,
    0,
    1,
    0,
    1,
    0,
  ]);
});

Deno.test("batches that a dataset cannot fill are refused", () => {
  assertThrows(
    () => batchesPerEpoch(numbers(3), 4),
    RangeError,
    'Cannot train with dataset "numbers" as a batch must have 1 to 3 samples, all that there are: current value is 4',
  );
  for (const batch of [0, 1.5, NaN]) {
    assertThrows(() => batchesPerEpoch(numbers(3), batch), RangeError);
  }
});

Deno.test("a sample of another size is refused, and loading can be ended", async () => {
  const odd: Dataset<number> = { ...numbers(3), sampleShape: [3] };
  await assertRejects(
    () => collect(evaluationBatches(odd, { batch: 2 })),
    RangeError,
    'Cannot load sample 0 of dataset "numbers" as it must have 3 values, shape [3]: current value is 2',
  );
  const signal = AbortSignal.abort(new Error("enough"));
  await assertRejects(
    () => collect(evaluationBatches(numbers(3), { batch: 2, signal })),
    Error,
    "enough",
  );
});
