import { assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { relativeError } from "../../../graph/compare.ts";
import type { Model } from "../../../graph/model.ts";
import { openReference } from "../../../graph/reference.ts";
import { type Tensor, tensor } from "../../../graph/tensor.ts";
import { allNets } from "../../../graph/testing/nets.ts";
import { GRADIENT_CASES } from "./cases.ts";
import { EQUIVALENCES, modelOf } from "./equivalences.ts";
import { EVALUATORS } from "./evaluate.ts";
import { differencesOf, networkOf, problemOf } from "./problem.ts";

/** Largest relative error of the outputs of ONNX Runtime beside those of the oracle. */
async function errorOf(network: Model, ranges?: Parameters<typeof problemOf>[1]): Promise<number> {
  const problem = problemOf(network, ranges);
  const { values } = differencesOf({ ...problem, masks: new Map(), batchStatistics: false });
  await using session = await openReference(problem.model);
  const outputs = await session.run(problem.inputs);
  return Math.max(...network.outputs.map(({ name, shape }) => {
    const expected: Tensor = tensor(Float32Array.from(values.get(name)!.data), shape);
    return relativeError(outputs.get(name)!, expected);
  }));
}

Deno.test("there is a case of every operator", () => {
  const used = new Set(GRADIENT_CASES.flatMap((one) => networkOf(one).nodes.map(({ op }) => op)));
  assertEquals([...used].toSorted(), Object.keys(EVALUATORS).toSorted());
});

for (const [op, cases] of Map.groupBy(GRADIENT_CASES, ({ name }) => name.split(/[ ,]/)[0])) {
  Deno.test(`the oracle computes ${op} as ONNX Runtime does`, async () => {
    for (const one of cases) assertLess(await errorOf(networkOf(one), one), 1e-5, one.name);
  });
}

for (const network of allNets(3)) {
  Deno.test(`the oracle computes the ${network.name} net as ONNX Runtime does`, async () => {
    assertLess(await errorOf(network), 1e-5);
  });
}

Deno.test("the oracle computes the same by operators and by what they are composed of", () => {
  for (const pair of EQUIVALENCES) {
    const [direct, composed] = [pair.direct, pair.composed].map((build) =>
      differencesOf(problemOf(modelOf(pair, build), pair)).value
    );
    assertAlmostEquals(direct, composed, 1e-6, pair.name);
  }
});
