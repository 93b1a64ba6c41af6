/**
 * Small networks of every family, whole: on every instruction set and by OpenCL, with and without Winograd's
 * algorithm, pruned, and in memory that their own values share.
 *
 * @module
 */

import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { randomNet } from "../graph/rewrites/random_net.ts";
import { inferShapes } from "../graph/shapes.ts";
import { sizeOf, type Tensor, values } from "../graph/tensor.ts";
import { randomInputs } from "../graph/testing.ts";
import { allNets } from "../graph/testing/nets.ts";
import { type Network, openKernels } from "./ffi.ts";
import { lower } from "./plan/lower.ts";
import { writePlan } from "./plan/write.ts";
import { prune, PRUNINGS } from "./testing/prunings.ts";
import { assertAgrees, reference } from "./testing/reference.ts";
import { testPlans } from "./testing/run_plan.ts";

const SEED = 7;
const SOME = PRUNINGS.filter(({ name }) =>
  /^(dense|filter|kgs 8x4|block-punched|unstructured 0.28|nothing)/.test(name)
);

for (const dense of allNets(SEED)) {
  testPlans(
    `network "${dense.name}" agrees with ONNX Runtime, dense and pruned`,
    async (runner) => {
      for (const pruning of SOME) {
        const model = prune(dense, pruning, SEED);
        const { inputs, expected } = await reference(model, SEED);
        const { target } = runner;
        for (const winograd of target === "cpu" ? [true, false] : [false]) {
          await runner.run(lower(model, { target, winograd }), inputs, (outputs, way) => {
            assertAgrees(outputs, expected, `${pruning.name} on ${way}, Winograd ${winograd}`);
          });
        }
      }
    },
  );

  Deno.test(`network "${dense.name}" computes the same after any other input`, async () => {
    const path = await Deno.makeTempFile();
    try {
      await writePlan(lower(dense), path);
      using kernels = await openKernels();
      using fresh = await kernels.open(path);
      using used = await kernels.open(path);
      const inputs = randomInputs(dense, SEED);
      set(fresh, inputs, (x) => x);
      const wanted = await fresh.run();
      for (const change of [(x: number) => 5 - 2 * x, () => NaN, () => Infinity]) {
        set(used, inputs, change);
        await used.run();
        set(used, inputs, (x) => x);
        assertEquals(await used.run(), wanted);
      }
    } finally {
      await Deno.remove(path);
    }
  });
}

function set(
  network: Network,
  inputs: ReadonlyMap<string, Tensor>,
  change: (x: number) => number,
): void {
  for (const [name, t] of inputs) {
    network.setInput(name, Float32Array.from(values(t), change));
  }
}

testPlans("random networks agree with ONNX Runtime, dense and pruned", async (runner) => {
  for (let seed = 0; seed < 60; seed++) {
    const dense = randomNet(seed, 10 + seed % 30);
    const model = prune(dense, PRUNINGS[seed % PRUNINGS.length], seed);
    const { inputs, expected } = await reference(model, seed);
    const options = { target: runner.target, winograd: seed % 2 === 0 };
    await runner.run(lower(model, options), inputs, (outputs, way) => {
      assertAgrees(outputs, expected, `seed ${seed} on ${way}`);
    });
  }
});

Deno.test("networks need less memory than all of their values together", () => {
  let cleared = 0;
  for (const model of allNets(SEED)) {
    if (!/residual|depthwise|detector|inception/.test(model.name)) continue;
    const shapes = inferShapes(model);
    const made = model.nodes.flatMap(({ outputs }) => outputs);
    const sum = made.reduce((floats, name) => floats + sizeOf(shapes.get(name)!), 0);
    const plan = lower(model);
    assertLess(plan.arenaFloats, sum, model.name);
    cleared += plan.operators.filter(({ kind }) => kind === "clear").length;
  }
  assertGreater(cleared, 0);
});
