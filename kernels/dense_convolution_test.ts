import { packDense } from "./plan/pack_dense.ts";
import type { DenseConvolutionOperator, Triple } from "./plan/plan.ts";
import { activation, assertConvolves, type Layer, type Make } from "./testing/convolve.ts";
import { PlanRunner } from "./testing/run_plan.ts";

const dense: Make = (layer, { weights, bias }) => {
  const { input: [channels], rows, kernel, pad, stride = [1, 1, 1], dilation = [1, 1, 1] } = layer;
  return {
    kind: "dense_convolution",
    function: layer.order ?? "add_then_activate",
    ...{ rows, channels, kernel, stride, dilation, pad },
    weights: packDense(weights, rows, channels, kernel[0] * kernel[1] * kernel[2]),
    ...(bias && { bias }),
  } as DenseConvolutionOperator;
};

function layer(
  name: string,
  input: Layer["input"],
  rows: number,
  kernel: Triple,
  change: Partial<Layer> = {},
): Layer {
  const [d, h, w] = kernel.map((extent) => extent >> 1);
  return { name, input, rows, kernel, pad: [d, h, w], ...change };
}

const LAYERS: readonly Layer[] = [
  layer("one value", [1, 1, 1, 1], 1, [1, 1, 1]),
  layer("one block of everything", [16, 1, 4, 4], 16, [1, 1, 1]),
  layer("extents, channels and filters in no block", [19, 1, 13, 15], 37, [1, 3, 3], {
    bias: false,
  }),
  layer("1x1 on a plane of several units", [70, 1, 40, 41], 35, [1, 1, 1], {
    residual: true,
    activation: activation("relu"),
  }),
  layer("1x1 on planes", [20, 3, 5, 6], 18, [1, 1, 1], { residual: true }),
  layer("1x1 of stride 2", [33, 1, 15, 14], 20, [1, 1, 1], { stride: [1, 2, 2] }),
  layer("stem: 7x7 of stride 2", [3, 1, 45, 62], 24, [1, 7, 7], {
    stride: [1, 2, 2],
    activation: activation("relu"),
  }),
  layer("stem: 11x11 of stride 4", [3, 1, 51, 67], 17, [1, 11, 11], {
    stride: [1, 4, 4],
    pad: [0, 2, 2],
  }),
  layer("3x3 of stride 2 on odd extents", [18, 1, 19, 31], 33, [1, 3, 3], { stride: [1, 2, 2] }),
  layer("3x3 of stride 2 on a short row", [40, 1, 13, 14], 50, [1, 3, 3], { stride: [1, 2, 2] }),
  layer("short rows", [37, 1, 7, 7], 45, [1, 3, 3], { residual: true }),
  layer("one output", [130, 1, 3, 3], 70, [1, 3, 3], { pad: [0, 0, 0] }),
  layer("two short rows, 530 channels", [530, 1, 2, 2], 33, [1, 3, 3]),
  layer("rows of several strips", [6, 1, 5, 300], 9, [1, 3, 5]),
  layer("unequal stride and dilation", [11, 1, 24, 37], 21, [1, 3, 5], {
    stride: [1, 3, 2],
    dilation: [1, 2, 3],
    pad: [0, 1, 4],
  }),
  layer("dilation that is a multiple of the stride", [9, 1, 14, 30], 16, [1, 3, 3], {
    stride: [1, 2, 2],
    dilation: [1, 2, 4],
    pad: [0, 2, 4],
  }),
  layer("more padding than the kernel reads", [6, 1, 7, 10], 18, [1, 2, 3], { pad: [0, 3, 3] }),
  layer("padding only behind", [4, 1, 8, 9], 6, [1, 3, 3], { pad: [0, 0, 0], padEnd: [0, 2, 3] }),
  layer("temporal kernels", [36, 6, 7, 9], 20, [3, 1, 1], { stride: [2, 1, 1], residual: true }),
  layer("3x3x3, several units of planes", [40, 8, 14, 15], 20, [3, 3, 3]),
  layer("3x3x3 of stride 2 on short rows", [9, 5, 9, 8], 20, [3, 3, 3], { stride: [2, 2, 2] }),
  layer("added behind the activation", [20, 1, 9, 9], 11, [1, 3, 3], {
    residual: true,
    order: "activate_then_add",
    activation: activation("leaky_relu", 0.125),
  }),
  layer("an activation that is no clamp", [8, 1, 10, 6], 12, [1, 5, 3], {
    residual: true,
    activation: activation("sigmoid"),
  }),
];

for (const layer of LAYERS) {
  Deno.test(`the dense kernels convolve: ${layer.name}`, async () => {
    await using runner = await PlanRunner.open();
    await assertConvolves(runner, layer, dense, NaN);
  });
}
