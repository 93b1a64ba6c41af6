import { assertAlmostEquals, assertEquals, assertGreater } from "@std/assert";
import { values } from "../../graph/tensor.ts";
import { tensor } from "../../graph/tensor.ts";
import { channelPlan } from "../channels.ts";
import { selectionOf } from "../selection.ts";
import { taylorBundleScores, taylorScores } from "./taylor.ts";
import { stripesNetwork, stripesTrainer } from "./testing.ts";

const layout = { filters: 2, channels: 1, positions: "each" } as const;

Deno.test("Taylor scores are sums of weight by gradient in each group, without their sign", () => {
  // [3 filters, 2 channels, 2 positions]; the second block has one filter.
  const weight = tensor(new Float32Array([1, 2, 3, 4, -1, 1, -2, 2, 5, 0, 1, 1]), [3, 2, 2]);
  const gradient = new Float32Array([1, 1, 1, -1, 2, 3, 1, 2, -1, 7, 0, 2]);
  // Position 0 of channel 0: 1 * 1 - 1 * 2; position 1: 2 * 1 + 1 * 3; and so on.
  assertEquals([...taylorScores(weight, layout, gradient)], [1, 5, 1, 0, 5, 0, 0, 2]);
  assertEquals(
    [...taylorScores(weight, layout, gradient, { normalised: true })],
    [0.5, 2.5, 0.5, 0, 5, 0, 0, 2],
  );
});

Deno.test("bundles count all that makes their channels, normalizations too", () => {
  const model = stripesNetwork();
  const plan = channelPlan(model, selectionOf(model));
  const ones = new Map(
    [...model.weights].map(([name, w]) => [name, values(w).map(() => 1)] as const),
  );
  const scores = taylorBundleScores(model, plan, ones);
  const [group] = plan.groups.filter(({ layers }) => layers.join() === "conv1");
  const bn = model.nodes.find(({ op, inputs }) =>
    op === "BatchNormalization" &&
    inputs[0] === model.nodes.find(({ name }) => name === "conv1")!.outputs[0]
  )!;
  const at = (name: string) => values(model.weights.get(name)!);
  group.bundles.forEach((bundle, filter) => {
    const row = at("conv1.weight").subarray(filter * 144, (filter + 1) * 144);
    // With gradients of 1 for everything: scale and shift, but not the statistics.
    const expected = row.reduce((sum, w) => sum + w, 0) +
      bn.inputs.slice(1, 3).reduce((sum, name) => sum + at(name)[filter], 0);
    assertAlmostEquals(scores[bundle], Math.abs(expected), 1e-4);
  });
});

Deno.test("before a normalization, weights of a filter alone would score next to nothing", async () => {
  const model = stripesNetwork();
  const trainer = stripesTrainer();
  const trained = await trainer.train(model, { name: "learning", epochs: 1 });
  const gradients = await trainer.gradients(trained);
  const weights = new Map([["conv1.weight", gradients.get("conv1.weight")!]]);
  const plan = channelPlan(trained, selectionOf(trained));
  const { bundles } = plan.groups.find(({ layers }) => layers.join() === "conv1")!;
  const mean = (scores: Float32Array) =>
    bundles.reduce((sum, bundle) => sum + scores[bundle], 0) / bundles.length;
  const alone = mean(taylorBundleScores(trained, plan, weights));
  assertGreater(mean(taylorBundleScores(trained, plan, gradients)), 20 * alone);
});
