import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { findCompressor } from "../compressors/registry.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { modelCosts } from "../graph/costs.ts";
import { randomWeights } from "../graph/testing.ts";
import { allNets, residualNet } from "../graph/testing/nets.ts";
import { VIDEO_ROWS } from "../suites/rows.ts";
import { inspect } from "./inspection.ts";

Deno.test("every small network can be inspected, and its layers add up", async () => {
  for (const model of allNets()) {
    const { layers, totals, operators, inputs } = await inspect(model);
    const sum = layers.reduce((all, { denseMacs }) => all + denseMacs, 0);
    // Products of two activations have no weight and are no layer.
    assert(sum <= totals.denseMacs, model.name);
    assertEquals(operators.reduce((all, { count }) => all + count, 0), model.nodes.length);
    assertEquals(inputs, model.inputs);
  }
});

Deno.test("a scheme reaches the rate that it is said to, on the given model", async () => {
  const model = residualNet();
  const { schemes } = await inspect(model);
  const dense = modelCosts(model);
  for (
    const [name, method, options] of [
      ["yolobile block-punched 8x4", "yolobile", { block: "8x4" }],
      ["rt3d filter", "rt3d", { scheme: "filter" }],
    ] as const
  ) {
    const { macs = 0, params = 0 } = schemes.find((scheme) => scheme.name === name) ?? {};
    assertGreater(Math.min(macs, params), 1, name);
    const compressor = findCompressor(method);
    const small = await compressor.compress(model, { macs }, compressor.parseOptions(options), {
      seed: 1,
    });
    const reached = dense.macs / modelCosts(small).macs;
    assert(reached >= macs && reached < 1.01 * macs, `${name}: ${reached}, ${macs}`);
  }
  assertEquals(schemes.length, VIDEO_ROWS.filter(({ role }) => role === "subject").length + 1);
});

Deno.test("what the native runtime lacks is told", async () => {
  const g = new GraphBuilder("rank");
  const x = g.input("x", [1, 2, 1, 1, 1, 1, 1, 3]);
  const y = g.gemm(g.flatten(g.relu(x)), { name: "fc", outputs: 2, weights: randomWeights() });
  const { native } = await inspect(g.output(y).build());
  assert(!native.ok);
  assert(native.reason.includes("Cannot lower"), native.reason);
  const found = (await inspect(residualNet())).native;
  assert(found.ok);
  assertGreater(found.activationBytes, 0);
  assertLess(found.activationBytes, 1e6);
});
