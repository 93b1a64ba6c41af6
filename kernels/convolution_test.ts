import { packMatrix } from "./plan/pack.ts";
import type { ConvolutionOperator, DepthwiseOperator, Triple } from "./plan/plan.ts";
import {
  activation,
  assertConvolves,
  type Layer,
  type Make,
  outputExtents,
  type Strides,
} from "./testing/convolve.ts";
import { testPlans } from "./testing/run_plan.ts";

function offsets({ kernel: [kd, kh, kw], pad }: Layer, [, plane, row]: Strides): Int32Array {
  return Int32Array.from({ length: kd * kh * kw }, (_, k) => {
    const w = k % kw, h = Math.floor(k / kw) % kh, d = Math.floor(k / (kw * kh));
    return (d - pad[0]) * plane + (h - pad[1]) * row + w - pad[2];
  });
}

const direct: Make = (layer, { weights, bias }, strides) => {
  const { rows, input: [channels], kernel: [kd, kh, kw] } = layer;
  const source = { rows, channels, taps: kd * kh * kw, values: weights };
  return {
    kind: "convolution",
    function: "add_then_activate",
    matrix: packMatrix({ ...source, ...(bias && { bias }) }, 8),
    tapOffsets: offsets(layer, strides),
    channelStep: strides[0],
    extents: outputExtents(layer),
  } as ConvolutionOperator;
};

const depthwise: Make = (layer, { weights, bias }, strides) =>
  ({
    kind: "depthwise",
    function: "add_then_activate",
    multiplier: layer.rows / layer.input[0],
    tapOffsets: offsets(layer, strides),
    channelStep: strides[0],
    weights,
    ...(bias && { bias }),
  }) as DepthwiseOperator;

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

const DIRECT: readonly Layer[] = [
  layer("one value", [1, 1, 1, 1], 1, [1, 1, 1]),
  layer("1x1 with residual and ReLU", [20, 1, 7, 7], 13, [1, 1, 1], {
    residual: true,
    activation: activation("relu"),
  }),
  layer("a row longer than a unit", [3, 1, 1, 500], 9, [1, 1, 3]),
  layer("small planes, joined", [9, 4, 3, 5], 17, [1, 1, 1], { residual: true }),
  layer("3x3x3 with leaky ReLU", [5, 3, 6, 7], 10, [3, 3, 3], {
    activation: activation("leaky_relu", 0.2),
  }),
  layer("5x5 with clip, no bias", [4, 1, 12, 33], 7, [1, 5, 5], {
    bias: false,
    residual: true,
    activation: activation("clip", -0.1, 0.4),
  }),
  layer("an activation that is no clamp", [6, 2, 5, 9], 8, [1, 3, 3], {
    residual: true,
    activation: activation("sigmoid"),
  }),
  layer("padding only behind", [4, 1, 8, 9], 6, [1, 3, 3], { pad: [0, 0, 0], padEnd: [0, 2, 2] }),
];

const DEPTHWISE: readonly Layer[] = [
  layer("one value", [1, 1, 1, 1], 1, [1, 1, 1]),
  layer("3x3, odd channels", [37, 1, 13, 15], 37, [1, 3, 3], {
    activation: activation("clip", 0, 0.5),
  }),
  layer("three filters of each channel", [5, 1, 9, 21], 15, [1, 3, 3], {
    residual: true,
    activation: activation("sigmoid"),
  }),
  layer("3x3x3, no bias", [6, 4, 7, 7], 6, [3, 3, 3], { bias: false, residual: true }),
  layer("several runs of a plane", [2, 1, 30, 130], 2, [1, 5, 5], {
    pad: [0, 2, 2],
    activation: activation("leaky_relu", 0.1),
  }),
  layer("a row longer than a run", [2, 1, 2, 1700], 2, [1, 1, 3]),
  layer("no padding", [8, 1, 6, 8], 16, [1, 3, 3], { pad: [0, 0, 0] }),
];

for (const layer of DIRECT) {
  testPlans(`the direct kernels convolve: ${layer.name}`, async (runner) => {
    await assertConvolves(runner, layer, direct, 0);
  });
}

for (const layer of DEPTHWISE) {
  testPlans(`the depthwise kernels convolve: ${layer.name}`, async (runner) => {
    await assertConvolves(runner, { ...layer, depthwise: true }, depthwise, 0);
  });
}
