import { assertLess } from "@std/assert";
import { outputsError } from "../../graph/compare.ts";
import { tensor } from "../../graph/tensor.ts";
import { EQUIVALENCES, modelOf } from "./testing/equivalences.ts";
import { problemOf } from "./testing/problem.ts";
import { stepGradients } from "./testing/step_gradients.ts";

for (const pair of EQUIVALENCES) {
  Deno.test(`the gradients of ${pair.name} are the same`, async () => {
    const [direct, composed] = await Promise.all(
      [pair.direct, pair.composed].map(async (build) => {
        const { loss, gradients } = await stepGradients(problemOf(modelOf(pair, build), pair));
        return new Map([...gradients, ["loss", tensor(Float32Array.of(loss), [])]]);
      }),
    );
    assertLess(outputsError(direct, composed), 1e-5);
  });
}
