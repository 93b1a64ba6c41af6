import { assertLess } from "@std/assert";
import { PYTORCH } from "../devices/peers/pytorch.ts";
import { isInstalled, PeerRunner } from "../devices/peers/testing.ts";
import { outputsError } from "../graph/compare.ts";
import type { Model } from "../graph/model.ts";
import { openReference } from "../graph/reference.ts";
import { randomInputs } from "../graph/testing.ts";
import { NETWORKS } from "./networks.ts";

/** Every network at small extents; those that differ in their extents only are one. */
function networks(): ReadonlyMap<string, Model> {
  const known = new Set<string>();
  return new Map(NETWORKS.flatMap(({ id, small, build }) => {
    const model = build({ ...small, classes: 5, seed: 1 });
    const nodes = JSON.stringify(model.nodes);
    if (known.has(nodes)) return [];
    known.add(nodes);
    return [[id, model]];
  }));
}

Deno.test({
  name: "PyTorch gives the outputs that ONNX Runtime gives, on every network (needs python3-torch)",
  ignore: !await isInstalled(PYTORCH),
  async fn() {
    await using torch = await PeerRunner.open(PYTORCH);
    for (const [id, model] of networks()) {
      const inputs = randomInputs(model);
      await using reference = await openReference(model);
      const { outputs } = await torch.run(model, inputs);
      assertLess(outputsError(outputs, await reference.run(inputs)), 1e-4, id);
    }
  },
});
