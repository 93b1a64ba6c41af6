import { assert, assertEquals, assertGreater, assertThrows } from "@std/assert";
import { GraphBuilder } from "../../graph/builder.ts";
import { openReference } from "../../graph/reference.ts";
import { inferShapes } from "../../graph/shapes.ts";
import { tensor, values } from "../../graph/tensor.ts";
import { randomTensor, randomWeights } from "../../graph/testing.ts";
import { contextOf, voxelClassesOf, withExtents } from "./volumes_network.ts";
import { voxelNet } from "./volumes_testing.ts";

Deno.test("outputs depend on inputs as far away as the context says, and no farther", async () => {
  const model = voxelNet([9, 9, 9]);
  assertEquals(contextOf(model), 3);
  const scan = randomTensor([1, 1, 9, 9, 9]);
  const changed = tensor(values(scan).slice(), scan.shape);
  const at = (x: number, y: number, z: number) => (x * 9 + y) * 9 + z;
  values(changed)[at(4, 4, 4)] += 10;
  await using session = await openReference(model);
  const [one, other] = [scan, changed].map(async (input) => {
    const [output] = (await session.run(new Map([["scan", input]]))).values();
    return values(output);
  });
  const [before, after] = [await one, await other];
  let farthest = 0;
  for (let x = 0; x < 9; x++) {
    for (let y = 0; y < 9; y++) {
      for (let z = 0; z < 9; z++) {
        const differs = [0, 1, 2].some((c) => {
          const i = c * 729 + at(x, y, z);
          return before[i] !== after[i];
        });
        const far = Math.max(Math.abs(x - 4), Math.abs(y - 4), Math.abs(z - 4));
        if (differs) farthest = Math.max(farthest, far);
      }
    }
  }
  assertEquals(farthest, 3);
});

Deno.test("branches are followed, operators whose reach is not known are refused", () => {
  const weights = randomWeights();
  const g = new GraphBuilder("branches");
  const x = g.input("scan", [1, 1, 8, 8, 8]);
  const wide = g.conv(x, { name: "wide", filters: 2, kernel: 5, pad: 2, weights });
  const narrow = g.conv(x, {
    name: "narrow",
    filters: 2,
    kernel: [1, 3, 1],
    pad: [0, 1, 0],
    weights,
  });
  const joined = g.concat([wide, narrow]);
  assertEquals(contextOf(g.output(g.softmax(joined, 1)).build()), 2);

  const pooled = new GraphBuilder("pooled");
  const y = pooled.input("scan", [1, 1, 8, 8, 8]);
  pooled.output(pooled.maxPool(y, { name: "pool", kernel: 2 }));
  assertThrows(() => contextOf(pooled.build()), RangeError, 'current value is MaxPool "pool"');
  const cut = new GraphBuilder("cut");
  const z = cut.input("scan", [1, 1, 8, 8, 8]);
  cut.output(cut.conv(z, { name: "conv", filters: 2, kernel: 3, weights }));
  assertThrows(() => contextOf(cut.build()), RangeError, 'current value is Conv "conv"');
});

Deno.test("a network takes other extents, with the same weights", () => {
  const model = voxelNet([8, 8, 8]);
  const other = withExtents(model, [10, 12, 9]);
  assertEquals(other.inputs[0].shape, [1, 1, 10, 12, 9]);
  assertEquals(other.outputs[0].shape, [1, 3, 10, 12, 9]);
  assert(other.weights === model.weights);
  // Which checks the declared outputs too.
  assertGreater(inferShapes(other).size, 0);
});

Deno.test("networks that do not divide volumes are refused", () => {
  assertEquals(voxelClassesOf(voxelNet([4, 4, 4])), 3);
  const refused = (build: (g: GraphBuilder) => void) => {
    const g = new GraphBuilder("other");
    build(g);
    assertThrows(
      () => voxelClassesOf(g.build()),
      RangeError,
      'Cannot use "other" for the classes of voxels as it must have one input [N, 1, D, H, W]',
    );
  };
  const weights = randomWeights();
  refused((g) => g.output(g.relu(g.input("x", [1, 1, 4, 4, 4]))));
  refused((g) => g.output(g.relu(g.input("x", [1, 3, 4, 4, 4]))));
  refused((g) => g.output(g.relu(g.input("x", [1, 4]))));
  refused((g) =>
    g.output(g.conv(g.input("x", [1, 1, 4, 4, 4]), { name: "c", filters: 2, kernel: 2, weights }))
  );
});
