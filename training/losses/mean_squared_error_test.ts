import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { tensor, values } from "../../graph/tensor.ts";
import { meanSquaredError } from "./mean_squared_error.ts";
import { lossGradients, lossModel, lossValue } from "./testing.ts";

const output = new Map([["y", tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 1, 3])]]);

Deno.test("mean squared error is the mean over all values of the batch", async () => {
  const labels = [Float32Array.of(1, 2, 5), Float32Array.of(1, 5, 6)];
  assertAlmostEquals(await lossValue(meanSquaredError(), output, labels), (4 + 9) / 6, 1e-6);
});

Deno.test("gradients of mean squared error are twice the errors over their number", async () => {
  const labels = [Float32Array.of(1, 2, 5), Float32Array.of(1, 5, 6)];
  const gradients = await lossGradients(meanSquaredError(), output, labels);
  assertEquals(values(gradients.get("y")!), Float32Array.of(0, 0, -2 / 3, 1, 0, 0));
});

Deno.test("mean squared error refuses labels of another size than the output's", () => {
  const loss = meanSquaredError();
  lossModel(loss, output);
  assertThrows(
    () => loss.encode([Float32Array.of(1, 2, 3), Float32Array.of(1, 2)], new Map()),
    RangeError,
    "label 1 of a batch as it must have the 3 values of an output [1,3]: current value is 2 values",
  );
  assertThrows(() => loss.encode([], new Map()), RangeError, "must have 2: current value is 0");
});
