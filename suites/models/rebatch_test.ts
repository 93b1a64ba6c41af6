import { withBatch } from "../../graph/rewrites/rebatch.ts";
import { assertSameAlone } from "../../graph/testing/batches.ts";
import { assertEquals } from "@std/assert";
import { buildYolov4 } from "./yolov4.ts";

for (const decode of [true, false]) {
  Deno.test(`a batch through yolov4 is what its images are alone, decode: ${decode}`, async () => {
    await assertSameAlone(buildYolov4({ width: 0.125, size: 64, decode }), 3);
  });
}

Deno.test("yolov4 puts out boxes and scores of each image of a batch", () => {
  const { outputs } = withBatch(buildYolov4({ width: 0.125, size: 64, classes: 3 }), 5);
  assertEquals(outputs, [
    { name: "boxes", shape: [5, 3 * (64 + 16 + 4), 4] },
    { name: "scores", shape: [5, 3 * (64 + 16 + 4), 3] },
  ]);
});
