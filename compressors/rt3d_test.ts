import { assert, assertEquals, assertLess, assertLessOrEqual, assertThrows } from "@std/assert";
import { relativeError } from "../graph/compare.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { modelCosts } from "../graph/costs.ts";
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
  const defaults = {
    scheme: "kgs",
    block: { filters: 8, channels: 4 },
    algorithm: "one-shot",
    allocation: "uniform",
    norm: "l2",
    rounds: 4,
    shrunk: 0.5,
    updates: 4,
    weighByMacs: false,
    relative: false,
    balanced: false,
    distill: false,
  };
  assertEquals<unknown>(rt3d.parseOptions(undefined), defaults);
  const learnt = rt3d.parseOptions({ algorithm: "reweighted", strength: 5e-4 });
  assertEquals([learnt.allocation, learnt.strength], ["global", 5e-4]);
  assertEquals(rt3d.parseOptions({ algorithm: "fixed", balanced: true }).allocation, "uniform");
  assertThrows(() => rt3d.parseOptions({ scheme: "kgz" }), RangeError, 'current value is "kgz"');
  assertThrows(() => rt3d.parseOptions({ block: "8by4" }), SyntaxError, "8by4");
  assertThrows(() => rt3d.parseOptions({ blok: "8x4" }), RangeError, 'did you mean "block"');
  assertThrows(() => rt3d.parseOptions("kgs"), TypeError, "must be an object");
  assertThrows(() => rt3d.parseOptions({ strength: -1 }), RangeError, '"strength"');
  assertThrows(() => rt3d.parseOptions({ algorithm: "admm" }), RangeError, '"reweighted"');
  const other = { scheme: "filter", norm: "l1", algorithm: "fixed" };
  assertThrows(() => rt3d.parseOptions(other), RangeError, '"norm" must be l2');
  for (const others of [{ allocation: "global" }, { scheme: "vanilla" }]) {
    const make = () => rt3d.parseOptions({ balanced: true, ...others });
    assertThrows(make, RangeError, "Cannot read options");
  }
});

Deno.test("filters go by one threshold on all, as close to the target as one step permits", async () => {
  for (const macs of [1.3, 2, 2.6]) {
    const pruned = await compress({ scheme: "filter", allocation: "global" }, macs);
    const cost = modelCosts(pruned).macs, dense = modelCosts(model).macs;
    assertLessOrEqual(cost, dense / macs);
    const shapes = ["conv2", "conv3", "conv4"].map((name) =>
      pruned.weights.get(`${name}.weight`)!.shape
    );
    // Eight more filters of any layer that has them would cost too much.
    const outputs = [144, 18, 18], [M, N] = [0, 1], full = [32, 48, 20];
    shapes.forEach((shape, i) => {
      if (shape[M] === full[i]) return;
      const own = 8 * shape[N] * 27 * outputs[i];
      const next = i < 2 ? 8 * shapes[i + 1][M] * 27 * outputs[i + 1] : 0;
      assertLess(dense / macs, cost + own + next + 8 * 20 * 40);
    });
  }
});

Deno.test("a filter of a large layer is as good as one of a small layer with weights as large", async () => {
  // Weights of one size everywhere, but for a few filters of half the size.
  const halved = new Map([["conv2.weight", 8], ["conv3.weight", 24], ["conv4.weight", 0]]);
  const even = smallC3d((shape, name) => {
    const inner = sizeOf(shape.slice(1));
    const small = halved.get(name) ?? 0;
    return tensor(
      Float32Array.from(
        { length: sizeOf(shape) },
        (_, i) => (i % 2 ? 1 : -1) * (Math.floor(i / inner) < small ? 0.5 : 1),
      ),
      shape,
    );
  });
  const options = rt3d.parseOptions({ scheme: "filter", allocation: "global" });
  const widths = ({ weights }: Model) =>
    ["conv2", "conv3", "conv4"].map((name) => weights.get(`${name}.weight`)!.shape[0]);
  const cost = modelCosts(smallC3d()).macs;
  // By hand: 24 filters of conv2 and of conv3, 20 of conv4.
  const kept = 27 * (576 * 3 * 16 + 144 * 16 * 24 + 18 * 24 * 24 + 18 * 24 * 20) +
    20 * 18 * 40 + 400;
  const pruned = await rt3d.compress(even, { macs: cost / kept }, options, { seed: 1 });
  assertEquals(modelCosts(pruned).macs, kept);
  assertEquals(widths(pruned), [24, 24, 20]);
});

Deno.test("balanced KGS keeps as many positions in every block of kernels, but for one", async () => {
  for (const macs of [1.5, 2.6]) {
    const { structures, weights } = await compress({ balanced: true, block: "4x4" }, macs);
    assertLessOrEqual(
      modelCosts(model).macs / modelCosts({ ...model, structures }).macs,
      macs * 1.01,
    );
    for (const [name, { layout, kept }] of structures) {
      const { P, Q, positions } = groupGrid(weights.get(name)!.shape, layout);
      const counts = Array.from(
        { length: P * Q },
        (_, block) =>
          kept.subarray(block * positions, (block + 1) * positions).reduce((a, b) => a + b, 0),
      );
      assertLessOrEqual(Math.max(...counts) - Math.min(...counts), 1);
    }
  }
});
