import { assertEquals, assertRejects } from "@std/assert";
import { openReference } from "../graph/reference.ts";
import { tensor, values } from "../graph/tensor.ts";
import { evaluate } from "./evaluate.ts";
import { accuracy } from "./metrics/accuracy.ts";
import type { Metric } from "./metrics/metric.ts";
import { stripes, stripesNet } from "./testing/stripes.ts";

const model = stripesNet();
const images = stripes(11);

Deno.test("every sample is judged once, whatever the batch", async () => {
  // One by one, without the code under test.
  await using session = await openReference(model);
  let right = 0;
  for (let i = 0; i < images.size; i++) {
    const sample = await images.load(i);
    const output = await session.run(new Map([["image", tensor(sample.values, [1, 1, 8, 8])]]));
    const [a, b] = values(output.get("fc")!);
    if ((b > a ? 1 : 0) === sample.label) right++;
  }
  for (const batch of [undefined, 3, 11, 16]) {
    const options = batch === undefined ? {} : { batch };
    const result = await evaluate(model, images, accuracy(2), options);
    assertEquals(result, { "top-1": right / 11 }, `batch ${batch}`);
  }
});

Deno.test("metrics get outputs of whole batches and labels of what is no padding", async () => {
  const got: (readonly [rows: number, labels: number])[] = [];
  const metric: Metric<number> = {
    names: ["count"],
    start: () => ({
      add: (outputs, labels) => got.push([outputs.get("fc")!.shape[0], labels.length]),
      result: () => ({ count: got.length }),
    }),
  };
  const progress: (readonly [done: number, total: number])[] = [];
  const onProgress = (done: number, total: number) => progress.push([done, total]);
  assertEquals(await evaluate(model, images, metric, { batch: 4, onProgress }), { count: 3 });
  assertEquals(got, [[4, 4], [4, 4], [4, 3]]);
  assertEquals(progress, [[4, 11], [8, 11], [11, 11]]);
});

Deno.test("an evaluation can be ended between batches", async () => {
  const controller = new AbortController();
  const onProgress = () => controller.abort(new Error("enough"));
  const { signal } = controller;
  const options = { batch: 2, signal, onProgress };
  await assertRejects(() => evaluate(model, images, accuracy(2), options), Error, "enough");
});

Deno.test("a network that reads other samples is refused", async () => {
  const odd = { ...images, sampleShape: [1, 4, 16] };
  await assertRejects(() => evaluate(model, odd, accuracy(2)), RangeError, "[batch,1,4,16]");
});
