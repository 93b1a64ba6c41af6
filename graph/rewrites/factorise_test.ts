import { assertEquals, assertLess, assertThrows } from "@std/assert";
import { GraphBuilder } from "../builder.ts";
import { relativeError } from "../compare.ts";
import { modelCosts } from "../costs.ts";
import type { Model } from "../model.ts";
import { openReference } from "../reference.ts";
import { sizeOf, type Tensor, tensor, zeros } from "../tensor.ts";
import { randomInputs, randomTensor, randomWeights, smallNet } from "../testing.ts";
import {
  replaceConvByCp,
  replaceConvByTucker1,
  replaceConvByTucker2,
  replaceGemmBySvd,
} from "./factorise.ts";

async function outputOf(model: Model): Promise<Tensor> {
  await using session = await openReference(model);
  return (await session.run(randomInputs(model))).get("fc2")!;
}

/** The model with the weight of a layer replaced. */
function withWeight(model: Model, name: string, weight: Tensor): Model {
  return { ...model, weights: new Map(model.weights).set(name, weight) };
}

/** `A [m, k] * B [k, n...]`, straight from the definition. */
function multiply(a: Tensor, b: Tensor): Tensor {
  const [m, k] = a.shape;
  const n = sizeOf(b.shape.slice(1));
  const out = new Float32Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let l = 0; l < k; l++) {
      for (let j = 0; j < n; j++) out[i * n + j] += a.data[i * k + l] * b.data[l * n + j];
    }
  }
  return tensor(out, [m, ...b.shape.slice(1)]);
}

/** Contracts axis 1 of `core [R4, R3, K...]` with axis 0 of `factor [R3, S]`. */
function multiplyChannels(core: Tensor, factor: Tensor): Tensor {
  const [R4, R3, ...kernel] = core.shape;
  const S = factor.shape[1];
  const positions = sizeOf(kernel);
  const out = zeros([R4, S, ...kernel]);
  for (let i = 0; i < R4; i++) {
    for (let s = 0; s < S; s++) {
      for (let k = 0; k < positions; k++) {
        let sum = 0;
        for (let r = 0; r < R3; r++) {
          sum += core.data[(i * R3 + r) * positions + k] * factor.data[r * S + s];
        }
        out.data[(i * S + s) * positions + k] = sum;
      }
    }
  }
  return out;
}

for (const spatial of [2, 3] as const) {
  // conv1 has padding and a bias, conv2 stride and no bias, conv3 dilation.
  for (const layer of ["conv1", "conv2", "conv3"]) {
    const model = smallNet(spatial);
    const [T, S, ...kernel] = model.weights.get(`${layer}.weight`)!.shape;
    const ones = kernel.map(() => 1);

    Deno.test(`${spatial}-D ${layer} as three convolutions computes the recomposed weight`, async () => {
      const [R3, R4] = [2, 4];
      const factors = {
        in: randomTensor([R3, S, ...ones], 1, "in"),
        core: randomTensor([R4, R3, ...kernel], 1, "core"),
        out: randomTensor([T, R4, ...ones], 1, "out"),
      };
      const mixed = multiplyChannels(factors.core, tensor(factors.in.data, [R3, S]));
      const recomposed = multiply(tensor(factors.out.data, [T, R4]), mixed);
      const factorised = replaceConvByTucker2(model, layer, factors);

      const expected = await outputOf(withWeight(model, `${layer}.weight`, recomposed));
      assertLess(relativeError(await outputOf(factorised), expected), 1e-5);
      const names = factorised.nodes.map(({ name }) => name).filter((n) => n.startsWith(layer));
      assertEquals(names.slice(0, 3), [`${layer}/in`, `${layer}/core`, `${layer}/out`]);
      assertEquals(factorised.weights.has(`${layer}.weight`), false);
      const before = modelCosts(model).denseParams;
      const change = R3 * S + R4 * R3 * sizeOf(kernel) + T * R4 - T * S * sizeOf(kernel);
      assertEquals(modelCosts(factorised).denseParams, before + change);
    });

    Deno.test(`${spatial}-D ${layer} as separable convolutions computes the recomposed weight`, async () => {
      const R = 4;
      const axes = kernel.map((extent, axis) =>
        randomTensor([R, 1, ...ones.with(axis, extent)], 1, `axis ${axis}`)
      );
      const factors = {
        in: randomTensor([R, S, ...ones], 1, "in"),
        axes,
        out: randomTensor([T, R, ...ones], 1, "out"),
      };
      // The kernels of all axes together, `[R, 1, K...]`, with the channels' mix and the filters'.
      const positions = sizeOf(kernel);
      const core = zeros([R, R, ...kernel]);
      for (let r = 0; r < R; r++) {
        for (let k = 0; k < positions; k++) {
          let product = 1;
          for (let axis = kernel.length - 1, left = k; axis >= 0; axis--) {
            product *= axes[axis].data[r * kernel[axis] + left % kernel[axis]];
            left = Math.floor(left / kernel[axis]);
          }
          core.data[(r * R + r) * positions + k] = product;
        }
      }
      const mixed = multiplyChannels(core, tensor(factors.in.data, [R, S]));
      const recomposed = multiply(tensor(factors.out.data, [T, R]), mixed);
      const factorised = replaceConvByCp(model, layer, factors);
      const expected = await outputOf(withWeight(model, `${layer}.weight`, recomposed));
      assertLess(relativeError(await outputOf(factorised), expected), 1e-5);
      const names = factorised.nodes.map(({ name }) => name).filter((n) =>
        n.startsWith(`${layer}/`)
      );
      const along = ["depth", "height", "width"].slice(3 - spatial);
      assertEquals(
        names.slice(0, spatial + 2),
        ["in", ...along, "out"].map((n) => `${layer}/${n}`),
      );
    });

    Deno.test(`${spatial}-D ${layer} as two convolutions computes the recomposed weight`, async () => {
      const R4 = 3;
      const factors = {
        core: randomTensor([R4, S, ...kernel], 1, "core"),
        out: randomTensor([T, R4, ...ones], 1, "out"),
      };
      const recomposed = multiply(tensor(factors.out.data, [T, R4]), factors.core);
      const expected = await outputOf(withWeight(model, `${layer}.weight`, recomposed));
      const actual = await outputOf(replaceConvByTucker1(model, layer, factors));
      assertLess(relativeError(actual, expected), 1e-5);
    });
  }
}

Deno.test("a grouped convolution as grouped ones computes the weight recomposed by groups", async () => {
  const G = 3, [T, S, R3, R4] = [12, 4, 2, 3];
  const g = new GraphBuilder("grouped");
  const x = g.input("image", [1, G * S, 9, 8]);
  const model = g.output(
    g.conv(x, {
      name: "conv",
      filters: T,
      kernel: 3,
      stride: 2,
      pad: 1,
      group: G,
      weights: randomWeights(),
      bias: randomWeights(),
    }),
  ).build();
  const run = async (model: Model) => {
    await using session = await openReference(model);
    return (await session.run(randomInputs(model))).get("conv")!;
  };
  const factors = {
    in: randomTensor([G * R3, S, 1, 1], 1, "in"),
    core: randomTensor([G * R4, R3, 3, 3], 1, "core"),
    out: randomTensor([T, R4, 1, 1], 1, "out"),
  };
  const part = ({ data, shape: [rows, ...rest] }: Tensor, group: number, shape = rest) => {
    const size = data.length / G;
    return tensor(Float32Array.from(data).slice(group * size, (group + 1) * size), [
      rows / G,
      ...shape,
    ]);
  };
  const recomposed = zeros([T, S, 3, 3]);
  for (let group = 0; group < G; group++) {
    const mixed = multiplyChannels(part(factors.core, group), part(factors.in, group, [S]));
    const own = multiply(part(factors.out, group, [R4]), mixed);
    own.data.forEach((w: number, i: number) => recomposed.data[group * own.data.length + i] = w);
  }
  const expected = await run(withWeight(model, "conv.weight", recomposed));
  assertLess(
    relativeError(await run(replaceConvByTucker2(model, "conv", factors)), expected),
    1e-5,
  );
});

for (const layer of ["fc1", "fc2"]) {
  Deno.test(`${layer} as two layers computes the product of its factors`, async () => {
    const model = smallNet(2);
    const [T, S] = model.weights.get(`${layer}.weight`)!.shape;
    const factors = { in: randomTensor([3, S], 1, "in"), out: randomTensor([T, 3], 1, "out") };
    const product = multiply(factors.out, factors.in);
    const factorised = replaceGemmBySvd(model, layer, factors);
    const expected = await outputOf(withWeight(model, `${layer}.weight`, product));
    assertLess(relativeError(await outputOf(factorised), expected), 1e-5);
    assertEquals(factorised.outputs, model.outputs);
  });
}

Deno.test("the structure of a replaced weight goes with it", () => {
  const model = smallNet(2);
  const layout = { filters: 11, channels: 1, positions: "all" } as const;
  const [T, S] = model.weights.get("fc1.weight")!.shape;
  const structure = { scheme: "column", layout, kept: new Uint8Array(S).fill(1) };
  const pruned = { ...model, structures: new Map([["fc1.weight", structure]]) };
  const factorised = replaceGemmBySvd(pruned, "fc1", { in: zeros([2, S]), out: zeros([T, 2]) });
  assertEquals(factorised.structures.size, 0);
  assertEquals(pruned.structures.size, 1);
});

Deno.test("a layer that is not there, of another kind, or with misfit factors is refused", () => {
  const model = smallNet(2);
  const factors = { core: zeros([2, 3, 3, 3]), out: zeros([10, 2, 1, 1]) };
  assertThrows(
    () => replaceConvByTucker1(model, "conv9", factors),
    RangeError,
    'layer "conv9" as it must be a Conv: current value is no node of that name',
  );
  assertThrows(
    () => replaceConvByTucker1(model, "fc1", factors),
    RangeError,
    "must be a Conv: current value is Gemm",
  );
  assertThrows(
    () => replaceConvByTucker1(model, "conv1", { ...factors, out: zeros([10, 3, 1, 1]) }),
    RangeError,
    'Conv "conv1/out" as input "conv1/out.weight" must be [10,2,1,1]',
  );
});
