/**
 * What packing leaves out changes how weights are stored, not what is computed: whole networks, on every
 * instruction set and by OpenCL.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { GraphBuilder } from "../graph/builder.ts";
import type { Model } from "../graph/model.ts";
import type { Random } from "../graph/random.ts";
import { sizeOf } from "../graph/tensor.ts";
import { randomWeights } from "../graph/testing.ts";
import { PACKINGS } from "./plan/blocks.ts";
import { checkPlan } from "./plan/check.ts";
import { lower } from "./plan/lower.ts";
import type { Plan } from "./plan/plan.ts";
import { planCsrBytes } from "./plan/stored_bytes.ts";
import { prune, type Pruning, PRUNINGS } from "./testing/prunings.ts";
import { assertAgrees, reference } from "./testing/reference.ts";
import { testPlans } from "./testing/run_plan.ts";

const SEED = 11;
const LEFT_OUT = PACKINGS.filter((packing) => packing !== "full");

/** Each kernel keeps one of three patterns, or is gone. */
const PATTERN: Pruning = {
  name: "pattern",
  structure(shape, random: Random) {
    const [M, N, ...kernel] = shape, taps = sizeOf(kernel);
    const patterns = [[0, 1, 3, 4], [1, 2, 4, 5], [4, 5, 7, 8], []];
    const kept = new Uint8Array(M * N * taps);
    for (let at = 0; at < kept.length; at += taps) {
      for (const k of patterns[random.integer(patterns.length)]) kept[at + k % taps] = 1;
    }
    const layout = { filters: 1, channels: 1, positions: "each" } as const;
    return { scheme: "pattern", layout, kept };
  },
};

/** Every form that has lists: plain, grouped and strided convolutions, fully connected, batches. */
function network(): Model {
  const g = new GraphBuilder("all that has lists");
  const weights = randomWeights(SEED);
  let x = g.relu(g.conv(g.input("x", [2, 8, 9, 10]), {
    ...{ name: "plain", filters: 24, kernel: 3, pad: 1, weights, bias: weights },
  }));
  x = g.relu(g.conv(x, { name: "grouped", filters: 20, kernel: 3, group: 2, pad: 1, weights }));
  x = g.relu(g.conv(x, { name: "strided", filters: 17, kernel: 3, stride: 2, pad: 1, weights }));
  x = g.relu(g.conv(x, { name: "point", filters: 16, kernel: 1, weights, bias: weights }));
  x = g.convTranspose(x, { name: "up", filters: 6, kernel: 2, stride: 2, weights });
  return g.output(g.gemm(g.flatten(x), { name: "fc", outputs: 21, weights, bias: weights }))
    .build();
}

function kinds({ operators }: Plan): string[] {
  return operators.map(({ kind, name }) => `${kind} ${name}`);
}

for (const pruning of [...PRUNINGS, PATTERN]) {
  testPlans(`outputs are the same in every packing: ${pruning.name}`, async (runner) => {
    const model = prune(network(), pruning, SEED);
    const { inputs, expected } = await reference(model, SEED);
    const { target } = runner;
    const full = lower(model, { target, winograd: false });
    assertEquals(planCsrBytes(full) > 0, pruning.structure !== undefined);
    for (const packing of LEFT_OUT) {
      assertEquals(kinds(lower(model, { target, packing })), kinds(lower(model, { target })));
      const plan = lower(model, { target, winograd: false, packing });
      checkPlan(plan);
      assertEquals(kinds(plan), kinds(full));
      assertEquals(planCsrBytes(plan), planCsrBytes(full));
      await runner.run(plan, inputs, (outputs, way) => {
        assertAgrees(outputs, expected, `${packing} on ${way}`);
      });
    }
  });
}

Deno.test("forms are those of the full packing: what csr would be too slow for stays sparse", () => {
  const g = new GraphBuilder("wide");
  const x = g.conv(g.input("x", [1, 64, 28, 28]), {
    ...{ name: "c", filters: 64, kernel: 3, pad: 1, weights: randomWeights(SEED) },
  });
  const kgs = PRUNINGS.find(({ name }) => name === "kgs 8x4 0.28")!;
  const model = prune(g.output(x).build(), kgs, SEED);
  const notes: string[] = [];
  for (const packing of PACKINGS) {
    const { operators } = lower(model, { packing, onNote: (note) => notes.push(note) });
    const [op] = operators;
    assert(op.kind === "convolution", packing);
    assertEquals(Math.max(...op.matrix.blockRows), packing === "csr" ? 1 : 8);
  }
  assertEquals(notes, []);
});
