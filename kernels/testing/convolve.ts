/**
 * One convolution alone, in a plan made by hand, and what plain loops in double precision make of
 * the same values. Tensors lie in the middle of larger ones, so that what is read or written outside
 * of them shows.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  type Activation,
  NO_ACTIVATION,
  type PlanOperator,
  type ResidualFunction,
  type Triple,
} from "../plan/plan.ts";
import { HandmadePlan, someFloats } from "./plans.ts";
import { assertClose, type PlanRunner } from "./run_plan.ts";

/** A convolution. */
export interface Layer {
  /** What is special about it. */
  readonly name: string;
  /** `[channels, depth, height, width]` */
  readonly input: readonly [number, number, number, number];
  /** Filters. */
  readonly rows: number;
  /** Kernel extents. */
  readonly kernel: Triple;
  /** Padding before each axis. */
  readonly pad: Triple;
  /** Padding behind each axis. @default as `pad` */
  readonly padEnd?: Triple;
  /** From one output to the next. @default 1 */
  readonly stride?: Triple;
  /** From one kernel position to the next. @default 1 */
  readonly dilation?: Triple;
  /** Whether each filter has one input channel: row `m` has channel `m / (rows / channels)`. */
  readonly depthwise?: boolean;
  /** Whether there is a bias. @default {true} */
  readonly bias?: boolean;
  /** Whether another tensor is added. @default {false} */
  readonly residual?: boolean;
  /** When it is added. @default "add_then_activate" */
  readonly order?: ResidualFunction;
  /** Applied to the sums. @default none */
  readonly activation?: Activation;
}

/** What an operator is made of. */
export interface Filters {
  /** `[rows, channels or 1, ...kernel]` */
  readonly weights: Float32Array;
  /** `[rows]` */
  readonly bias?: Float32Array;
}

/** Where the input lies: from one channel, plane and row to the next, floats. */
export type Strides = readonly number[];

/** Makes the operator of a layer. */
export type Make = (layer: Layer, filters: Filters, strides: Strides) => PlanOperator;

const ONES: Triple = [1, 1, 1];
/** Cells around a tensor on each axis but the first. */
const AROUND = 3;
/** Largest error of a sum of float32 products, relative to the largest output. */
const TOLERANCE = 1e-5;

/** A function with its parameters. */
export function activation(kind: Activation["kind"], alpha = 0, beta = 0): Activation {
  return { kind, alpha, beta };
}

/** Extents of a layer's output without its channels. */
export function outputExtents(
  { input, kernel, pad, padEnd = pad, stride = ONES, dilation = ONES }: Layer,
): Triple {
  const [d, h, w] = [0, 1, 2].map((i) => {
    const free = input[i + 1] + pad[i] + padEnd[i] - (kernel[i] - 1) * dilation[i] - 1;
    return 1 + Math.floor(free / stride[i]);
  });
  return [d, h, w];
}

/**
 * Runs a layer with what `make` makes of it in every way, and holds it to plain loops.
 *
 * @param outside What lies around the input: 0 for operators that read it as padding.
 */
export async function assertConvolves(
  runner: PlanRunner,
  layer: Layer,
  make: Make,
  outside: number,
): Promise<void> {
  const { input, rows, kernel, depthwise, residual } = layer;
  const seed = 1 + layer.name.length, extents = [rows, ...outputExtents(layer)];
  const columns = (depthwise ? 1 : input[0]) * size(kernel);
  const filters: Filters = {
    weights: someFloats(rows * columns, seed).map((w) => w / Math.sqrt(columns)),
    ...(layer.bias !== false && { bias: someFloats(rows, seed + 1) }),
  };
  const p = new HandmadePlan();
  const inner = (name: string, extents: readonly number[]) => {
    const whole = p.input(`around ${name}`, p.activation(surrounded(extents)));
    const { strides, base } = p.tensor(whole);
    const corner = strides.slice(1).reduce((sum, stride) => sum + AROUND * stride, base);
    return { whole, view: p.input(name, p.alias(whole, { extents, base: corner })) };
  };
  const x = inner("x", input), added = residual && inner("residual", extents);
  const y = inner("y", extents);
  const inputs = added ? [x.view, added.view] : [x.view];
  const operator = make(layer, filters, p.tensor(x.view).strides);
  p.add(inputs, y.view, operator, { activation: layer.activation ?? NO_ACTIVATION });
  p.output("y", y.view);
  p.output("around y", y.whole);

  const values = {
    x: Float32Array.from(someFloats(size(input), seed + 2)),
    residual: Float32Array.from(someFloats(size(extents), seed + 3)),
  };
  const filled = (extents: readonly number[], value: number) =>
    new Float32Array(size(surrounded(extents))).fill(value);
  const given = new Map([
    ["around x", filled(input, outside)],
    ["x", values.x],
    ...(residual
      ? [["around residual", filled(extents, NaN)], ["residual", values.residual]] as const
      : []),
    ["around y", filled(extents, 777)],
    ["y", new Float32Array(size(extents)).fill(777)],
  ]);
  const expected = convolve(layer, filters, values.x, residual ? values.residual : undefined);
  const scale = expected.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  await runner.run(p.build(), given, (outputs, way) => {
    const message = `${layer.name}, ${way}`;
    assertClose(outputs.get("y")!, expected, message, { tolerance: TOLERANCE, scale });
    const kept = outputs.get("around y")!.filter((v) => v === 777).length;
    assertEquals(kept, size(surrounded(extents)) - size(extents), `${message}: written outside`);
  });
}

function size(extents: readonly number[]): number {
  return extents.reduce((a, b) => a * b, 1);
}

function surrounded([channels, ...extents]: readonly number[]): number[] {
  return [channels, ...extents.map((n) => n + 2 * AROUND)];
}

/** The definition. */
function convolve(
  layer: Layer,
  { weights, bias }: Filters,
  x: Float32Array,
  residual?: Float32Array,
): Float64Array {
  const { input: [C, D, H, W], rows, kernel: [kd, kh, kw], pad, depthwise } = layer;
  const { stride: [sd, sh, sw] = ONES, dilation: [dd, dh, dw] = ONES } = layer;
  const [OD, OH, OW] = outputExtents(layer), channels = depthwise ? 1 : C;
  const act = layer.activation ?? NO_ACTIVATION;
  const y = new Float64Array(rows * OD * OH * OW);
  for (let at = 0; at < y.length; at++) {
    const w = at % OW, h = Math.floor(at / OW) % OH, d = Math.floor(at / (OW * OH)) % OD;
    const m = Math.floor(at / (OW * OH * OD));
    const first = depthwise ? Math.floor(m / (rows / C)) : 0;
    const added = residual?.[at] ?? 0, early = layer.order !== "activate_then_add";
    let sum = (bias?.[m] ?? 0) + (early ? added : 0);
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < kd; i++) {
        const z = d * sd + i * dd - pad[0];
        if (z < 0 || z >= D) continue;
        for (let j = 0; j < kh; j++) {
          const row = h * sh + j * dh - pad[1];
          if (row < 0 || row >= H) continue;
          for (let k = 0; k < kw; k++) {
            const column = w * sw + k * dw - pad[2];
            if (column < 0 || column >= W) continue;
            sum += weights[(((m * channels + c) * kd + i) * kh + j) * kw + k] *
              x[(((first + c) * D + z) * H + row) * W + column];
          }
        }
      }
    }
    y[at] = apply(act, sum) + (early ? 0 : added);
  }
  return y;
}

/** The functions that the tests use. */
function apply({ kind, alpha, beta }: Activation, x: number): number {
  switch (kind) {
    case "none":
      return x;
    case "relu":
      return Math.max(x, 0);
    case "leaky_relu":
      return x < 0 ? alpha * x : x;
    case "clip":
      return Math.min(Math.max(x, alpha), beta);
    case "sigmoid":
      return 1 / (1 + Math.exp(-x));
    default:
      throw new RangeError(`Cannot apply "${kind}" as the tests do not use it`);
  }
}
