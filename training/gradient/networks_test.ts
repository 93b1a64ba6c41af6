import { assert, assertGreater, assertLess } from "@std/assert";
import type { Model } from "../../graph/model.ts";
import { allNets } from "../../graph/testing/nets.ts";
import { smallNet } from "../../graph/testing.ts";
import { type Tensor, tensor, values } from "../../graph/tensor.ts";
import { problemOf } from "./testing/problem.ts";
import { randomTrainingNet } from "./testing/random_net.ts";
import { gradientError, stepGradients } from "./testing/step_gradients.ts";

/** Of float32 gradients through many operators, relative to the largest slope. */
const TOLERANCE = 1e-4;
/** Elements that are checked of each weight and input. */
const SAMPLE = 2;

async function errorOf(network: Model, batchStatistics: boolean): Promise<number> {
  const problem = problemOf(network, { batchStatistics });
  const { gradients } = await stepGradients(problem);
  assert(problem.wanted.every((name) => gradients.has(name)));
  return gradientError(problem, gradients, SAMPLE);
}

for (const network of [...allNets(), smallNet(2), smallNet(3)]) {
  const normalizes = network.nodes.some(({ op }) => op === "BatchNormalization");
  for (const batchStatistics of normalizes ? [true, false] : [false]) {
    const statistics = normalizes
      ? `, statistics of the ${batchStatistics ? "batch" : "past"}`
      : "";
    Deno.test(`gradients of the ${network.name} net agree with differences${statistics}`, async () => {
      assertLess(await errorOf(network, batchStatistics), TOLERANCE);
    });
  }
}

for (const [spatial, count] of [[2, 10], [3, 4]] as const) {
  Deno.test(`gradients of ${count} random ${spatial}-D nets agree with differences`, async () => {
    for (let seed = 1; seed <= count; seed++) {
      const network = randomTrainingNet(spatial, seed);
      assertLess(await errorOf(network, seed % 2 === 1), TOLERANCE, network.name);
    }
  });
}

Deno.test("one wrong element of one gradient is found", async () => {
  const problem = problemOf(randomTrainingNet(2, 1));
  const { gradients } = await stepGradients(problem);
  for (const name of problem.model.weights.keys()) {
    const gradient = gradients.get(name);
    if (!gradient) continue;
    const data = values(gradient).slice();
    data[data.length - 1] += 0.1 * Math.max(...data.map(Math.abs), 1);
    const wrong: Tensor = tensor(data, gradient.shape);
    assertGreater(gradientError(problem, new Map([[name, wrong]]), SAMPLE), 10 * TOLERANCE, name);
  }
});
