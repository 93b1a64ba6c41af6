import { assert, assertEquals, assertLess, assertLessOrEqual, assertThrows } from "@std/assert";
import { relativeError } from "../graph/compare.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Model } from "../graph/model.ts";
import { openReference } from "../graph/reference.ts";
import { groupGrid } from "../graph/structure.ts";
import { sizeOf, tensor, values } from "../graph/tensor.ts";
import { rt3d } from "./rt3d.ts";
import { referenceOutput, smallC3d } from "./testing.ts";

const model = smallC3d();
const compress = (options: Record<string, unknown>, macs = 2.6) =>
  rt3d.compress(model, { macs }, rt3d.parseOptions(options), { seed: 1 });

Deno.test("RT3D leaves the first convolution and the fully connected layers dense", async () => {
  for (const scheme of ["kgs", "vanilla"]) {
    const { structures } = await compress({ scheme });
    assertEquals([...structures.keys()], ["conv2.weight", "conv3.weight", "conv4.weight"]);
  }
});

Deno.test("KGS keeps at least one group in every block of filters", async () => {
  const { structures, weights } = await compress({ block: "4x4" }, 5);
  for (const [name, { layout, kept }] of structures) {
    const { P, Q, positions } = groupGrid(weights.get(name)!.shape, layout);
    for (let p = 0; p < P; p++) {
      assert(kept.subarray(p * Q * positions, (p + 1) * Q * positions).includes(1));
    }
  }
});

Deno.test("at the same rate KGS keeps more weight energy than Vanilla", async () => {
  const energy = ({ weights }: Model) =>
    ["conv2", "conv3", "conv4"].reduce(
      (sum, name) => sum + values(weights.get(`${name}.weight`)!).reduce((e, w) => e + w * w, 0),
      0,
    );
  assertLess(energy(await compress({ scheme: "vanilla" })), energy(await compress({})));
});

Deno.test("the filter scheme computes what the dense model computes without those filters", async () => {
  const compressed = await compress({ scheme: "filter" });
  assertEquals(compressed.structures.size, 0);
  const weights = new Map(model.weights);
  for (const layer of ["conv2", "conv3", "conv4"]) {
    // The filters that stay are those with the largest L2 norms.
    const weight = model.weights.get(`${layer}.weight`)!;
    const [filters] = weight.shape;
    const [kept] = compressed.weights.get(`${layer}.weight`)!.shape;
    assertLessOrEqual(kept, filters);
    const size = sizeOf(weight.shape) / filters;
    const rows = Array.from({ length: filters }, (_, m) => m);
    const norm = (m: number) =>
      values(weight).subarray(m * size, (m + 1) * size).reduce((sum, w) => sum + w * w, 0);
    const removed = rows.sort((a, b) => norm(b) - norm(a)).slice(kept);
    const zeroed = values(weight).slice();
    const bias = values(model.weights.get(`${layer}.bias`)!).slice();
    for (const m of removed) {
      zeroed.fill(0, m * size, (m + 1) * size);
      bias[m] = 0;
    }
    weights.set(`${layer}.weight`, tensor(zeroed, weight.shape));
    weights.set(`${layer}.bias`, tensor(bias, [filters]));
  }
  const expected = await referenceOutput({ ...model, weights });
  assertLess(relativeError(await referenceOutput(compressed), expected), 1e-5);
});

Deno.test("the worked example of KGS: half of the groups, and the outputs that go with them", async () => {
  // Filters, channels and inputs by formula; kernel 1x2x2, groups 2x2 (worked example of KGS).
  const weights = Float32Array.from({ length: 64 }, (_, i) => {
    const [m, n, k] = [i >> 4, (i >> 2) & 3, i & 3];
    return ((5 * m * m + 3 * n * n + 7 * k * k + m * n + 2 * n * k + 3 * m * k) % 13) - 6;
  });
  const input = Float32Array.from({ length: 36 }, (_, i) => {
    const [n, h, w] = [Math.floor(i / 9), Math.floor(i / 3) % 3, i % 3];
    return ((4 * n + 3 * h + 2 * w + n * h * w) % 7) - 3;
  });
  const g = new GraphBuilder("worked");
  const one = tensor(Float32Array.from({ length: 16 }, (_, i) => i % 5 === 0 ? 1 : 0), [
    4,
    4,
    1,
    1,
    1,
  ]);
  // Convolutions that change nothing stand where the first layer and the head stay dense.
  const x = g.conv(g.input("x", [1, 4, 1, 3, 3]), {
    name: "first",
    filters: 4,
    kernel: 1,
    weights: one,
  });
  const y = g.conv(x, {
    name: "example",
    filters: 4,
    kernel: [1, 2, 2],
    weights: tensor(weights, [4, 4, 1, 2, 2]),
  });
  const worked = g.output(g.conv(y, { name: "head", filters: 4, kernel: 1, weights: one })).build();
  // 16 * 9 and 16 * 4 MACs of the two neutral layers, 256 of the example, 128 of them to be kept.
  const rate = (144 + 64 + 256) / (144 + 64 + 128);
  const pruned = await rt3d.compress(worked, { macs: rate }, rt3d.parseOptions({ block: "2x2" }), {
    seed: 1,
  });
  assertEquals([...pruned.structures.get("example.weight")!.kept], [
    ...[0, 0, 1, 1, 1, 1, 0, 0],
    ...[1, 0, 0, 0, 1, 1, 1, 0],
  ]);
  await using session = await openReference(pruned);
  const outputs = await session.run(new Map([["x", tensor(input, [1, 4, 1, 3, 3])]]));
  assertEquals([...values(outputs.get("head")!)], [
    ...[-6, 8, -32, -24],
    ...[-6, -34, -29, 26],
    ...[-8, 6, 4, -40],
    ...[-40, 40, 34, -27],
  ]);
});

Deno.test("options of RT3D have defaults and are checked", () => {
  assertEquals(rt3d.parseOptions(undefined), {
    scheme: "kgs",
    block: { filters: 8, channels: 4 },
    allocation: "uniform",
    norm: "l2",
  });
  assertThrows(() => rt3d.parseOptions({ scheme: "kgz" }), RangeError, 'current value is "kgz"');
  assertThrows(() => rt3d.parseOptions({ block: "8by4" }), SyntaxError, "8by4");
  assertThrows(() => rt3d.parseOptions({ blok: "8x4" }), RangeError, 'did you mean "block"');
  assertThrows(() => rt3d.parseOptions("kgs"), TypeError, "must be an object");
  assertThrows(
    () => rt3d.parseOptions({ scheme: "filter", allocation: "global" }),
    RangeError,
    '"allocation" must be one of "uniform"',
  );
});
