import { packWinograd } from "./plan/pack_winograd.ts";
import type { WinogradOperator } from "./plan/plan.ts";
import { activation, assertConvolves, type Layer, type Make } from "./testing/convolve.ts";
import { PlanRunner } from "./testing/run_plan.ts";

const winograd: Make = ({ input: [channels], rows, kernel: [depthTaps], pad }, filters) =>
  ({
    kind: "winograd",
    function: "add_then_activate",
    rows,
    channels,
    depthTaps,
    pad,
    weights: packWinograd(filters.weights, rows, channels, depthTaps),
    ...(filters.bias && { bias: filters.bias }),
  }) as WinogradOperator;

function layer(
  name: string,
  input: Layer["input"],
  rows: number,
  change: Partial<Layer> = {},
): Layer {
  return { name, input, rows, kernel: [1, 3, 3], pad: [0, 1, 1], ...change };
}

const LAYERS: readonly Layer[] = [
  layer("one value", [1, 1, 1, 1], 1),
  layer("one whole tile", [16, 1, 4, 4], 16),
  layer("extents, channels and rows in no block", [19, 1, 13, 15], 37, { bias: false }),
  layer("several strips of a vector", [5, 1, 6, 90], 9),
  layer("more tiles in a row than one strip has", [2, 1, 3, 300], 3),
  layer("several units", [17, 1, 30, 61], 34, { activation: activation("relu") }),
  layer("few tiles, many rows", [40, 1, 6, 5], 130, { residual: true }),
  layer("no padding", [6, 1, 9, 12], 5, { pad: [0, 0, 0] }),
  layer("two cells of padding", [6, 1, 7, 10], 18, { pad: [0, 2, 2] }),
  layer("padding only before", [4, 1, 8, 9], 6, { pad: [0, 2, 1], padEnd: [0, 0, 0] }),
  layer("padding only behind", [4, 1, 8, 9], 6, { pad: [0, 0, 0], padEnd: [0, 1, 2] }),
  layer("planes of their own", [3, 4, 7, 9], 8),
  layer("3x3x3", [9, 3, 6, 7], 20, { kernel: [3, 3, 3], pad: [1, 1, 1], residual: true }),
  layer("two taps along the depth", [4, 4, 5, 6], 7, {
    kernel: [2, 3, 3],
    pad: [1, 1, 1],
    padEnd: [0, 1, 1],
    activation: activation("clip", -0.25, 0.5),
  }),
  layer("leaky ReLU behind a residual", [8, 1, 9, 9], 11, {
    residual: true,
    activation: activation("leaky_relu", 0.125),
  }),
  layer("an activation that is no clamp", [8, 1, 10, 6], 12, {
    residual: true,
    activation: activation("sigmoid"),
  }),
  layer("512 channels", [512, 1, 5, 5], 16),
];

for (const layer of LAYERS) {
  Deno.test(`Winograd's algorithm convolves: ${layer.name}`, async () => {
    await using runner = await PlanRunner.open();
    await assertConvolves(runner, layer, winograd, NaN);
  });
}
