/**
 * Plans made by hand, for tests of the format and of the runtime that shall not depend on how
 * models are lowered.
 *
 * @module
 */

import { Random } from "../../graph/random.ts";
import { SLACK_FLOATS } from "../plan/format.ts";
import {
  NO_ACTIVATION,
  type OperatorBase,
  type PackedMatrix,
  type Plan,
  type PlanOperator,
  type PlanTensor,
  type PlanValue,
  type ResampleTable,
  type Triple,
} from "../plan/plan.ts";

/** What an operator says besides what all have in common. */
type Special<Operator> = Operator extends PlanOperator ? Omit<Operator, keyof OperatorBase> : never;

/** Tap offsets and channel step of a kernel on a padded volume. */
export interface Taps {
  /** Offset of each tap, row-major. */
  readonly tapOffsets: Int32Array;
  /** From one channel to the next. */
  readonly channelStep: number;
}

/** Collects tensors and operators; nothing is laid over anything else. */
export class HandmadePlan {
  readonly #tensors: PlanTensor[] = [];
  readonly #operators: PlanOperator[] = [];
  readonly #inputs: PlanValue[] = [];
  readonly #outputs: PlanValue[] = [];
  readonly #constants: number[] = [];
  #floats = 0;

  /** A packed activation. */
  activation(extents: readonly number[]): number {
    const t: PlanTensor = { extents, strides: packed(extents), base: this.#floats, space: "arena" };
    this.#floats += extents.reduce((a, b) => a * b, 1);
    return this.view(t);
  }

  /** A volume `[C, D, H, W]` with `halo` zeros between its rows, planes and channels. */
  volume([channels, depth, height, width]: readonly number[], halo: number): number {
    const row = width + halo, plane = row * (height + halo), channel = plane * (depth + halo);
    const lead = halo * (plane + row + 1);
    const base = this.#floats + lead;
    this.#floats = base + channels * channel + lead;
    const extents = [channels, depth, height, width], strides = [channel, plane, row, 1];
    return this.view({ extents, strides, base, space: "arena" });
  }

  /** Values that are the same in every run. */
  constant(extents: readonly number[], values: readonly number[]): number {
    const base = this.#constants.push(...values) - values.length;
    return this.view({ extents, strides: packed(extents), base, space: "constants" });
  }

  /** Any tensor. */
  view(tensor: PlanTensor): number {
    return this.#tensors.push(tensor) - 1;
  }

  /** Another view of a tensor's floats. */
  alias(index: number, change: Partial<PlanTensor>): number {
    return this.view({ ...this.tensor(index), ...change });
  }

  /** A tensor by its index. */
  tensor(index: number): PlanTensor {
    return this.#tensors[index];
  }

  /** Adds an operator without activation, or with that of `change`; its output is returned. */
  add(
    inputs: readonly number[],
    output: number,
    special: Special<PlanOperator>,
    change: Partial<OperatorBase> = {},
  ): number {
    const name = `${special.kind} ${this.#operators.length}`;
    const base: OperatorBase = { name, inputs, output, activation: NO_ACTIVATION, ...change };
    this.#operators.push({ ...base, ...special } as PlanOperator);
    return output;
  }

  /** Says that a tensor is an input. */
  input(name: string, tensor: number): number {
    this.#inputs.push({ name, tensor });
    return tensor;
  }

  /** Says that a tensor is an output. */
  output(name: string, tensor: number): number {
    this.#outputs.push({ name, tensor });
    return tensor;
  }

  /** The taps of a kernel on a volume with a halo of half of it. */
  taps(index: number, kernel: Triple): Taps {
    const [channelStep, plane, row] = this.tensor(index).strides;
    const [kd, kh, kw] = kernel, offsets: number[] = [];
    for (let d = 0; d < kd; d++) {
      for (let h = 0; h < kh; h++) {
        for (let w = 0; w < kw; w++) {
          offsets.push((d - (kd >> 1)) * plane + (h - (kh >> 1)) * row + w - (kw >> 1));
        }
      }
    }
    return { tapOffsets: Int32Array.from(offsets), channelStep };
  }

  /** The plan as it is now. */
  build(): Plan {
    return {
      tensors: this.#tensors,
      operators: this.#operators,
      inputs: this.#inputs,
      outputs: this.#outputs,
      constants: Float32Array.from(this.#constants),
      arenaFloats: this.#floats + SLACK_FLOATS,
    };
  }
}

function packed(extents: readonly number[]): number[] {
  return extents.map((_, axis) => extents.slice(axis + 1).reduce((a, b) => a * b, 1));
}

/** Values from -1 to 1. */
export function someFloats(count: number, seed: number): Float32Array {
  const random = new Random(seed, "floats");
  return Float32Array.from({ length: count }, () => 2 * random.uniform() - 1);
}

/** A matrix of which every column is kept, in two blocks of channels where there are that many. */
export function denseMatrix(
  rows: number,
  channels: number,
  taps: number,
  seed: number,
): PackedMatrix {
  const blockRows: number[] = [];
  for (let left = rows; left > 0; left -= blockRows.at(-1)!) {
    blockRows.push([8, 4, 2, 1].find((size) => size <= left)!);
  }
  const channelBlock = Math.ceil(channels / 2), last = channels - channelBlock;
  const entries = [channelBlock * taps, ...(last ? [last * taps] : [])];
  const blocks = blockRows.length;
  return {
    rows,
    channels,
    taps,
    span: 1,
    channelBlock,
    blockRows: Uint32Array.from(blockRows),
    rowOrder: Uint32Array.from({ length: rows }, (_, i) => rows - 1 - i),
    listOf: Uint32Array.from({ length: entries.length * blocks }, (_, i) => Math.floor(i / blocks)),
    listStart: Uint32Array.of(0, ...entries.map((_, i) => entries[0] + i * (entries[1] ?? 0))),
    listEntries: Uint32Array.from(entries),
    index: new Uint8Array(channels * taps),
    weights: someFloats(rows * channels * taps, seed),
    bias: someFloats(rows, seed + 1),
  };
}

/** Nearest neighbours: every position `factor` times. */
function repeat(extent: number, factor: number): ResampleTable {
  const positions = Uint32Array.from({ length: extent * factor }, (_, i) => Math.floor(i / factor));
  return { taps: 1, positions, weights: new Float32Array(extent * factor).fill(1) };
}

/** A plan with every kind of operator, on two inputs `[2, 3, 6, 8]` and `[4]`, with two outputs. */
export function everyKind(seed: number): Plan {
  const p = new HandmadePlan(), extents = [2, 3, 6, 8];
  const x = p.input("x", p.volume(extents, 1)), scale = p.input("scale", p.activation([4]));
  p.add([], x, { kind: "clear", lead: 7, trail: 7 });
  const a = p.volume([4, 3, 6, 8], 1);
  const convolution = (rows: number, from: number, kernel: Triple) => ({
    kind: "convolution" as const,
    function: "add_then_activate" as const,
    matrix: denseMatrix(rows, p.tensor(from).extents[0], kernel[0] * kernel[1] * kernel[2], seed),
    ...p.taps(from, kernel),
    extents: [3, 6, 8] as const,
  });
  const relu = { activation: { kind: "relu", alpha: 0, beta: 0 } } as const;
  p.add([x], a, convolution(4, x, [3, 3, 3]), relu);
  const b = p.add([a, a], p.volume([4, 3, 6, 8], 1), convolution(4, a, [1, 1, 1]), {
    activation: { kind: "hard_swish", alpha: 0, beta: 0 },
  });
  const pool: Triple = [1, 2, 2];
  const pooled = p.add([b], p.activation([5, 3, 3, 4]), {
    ...convolution(5, b, [1, 3, 3]),
    pool: { kernel: pool, stride: pool, pad: [0, 0, 0] },
  });
  const deep = p.add([x], p.activation([4, 3, 6, 8]), {
    kind: "depthwise",
    function: "add_then_activate",
    multiplier: 2,
    ...p.taps(x, [3, 3, 3]),
    weights: someFloats(4 * 27, seed),
    bias: someFloats(4, seed),
  });
  const wino = p.add([x, deep], p.activation([4, 3, 6, 8]), {
    kind: "winograd",
    function: "add_then_activate",
    rows: 4,
    channels: 2,
    depthTaps: 3,
    pad: [1, 1, 1],
    weights: someFloats(3 * 36 * 16 * 2, seed),
    bias: someFloats(4, seed),
  }, { activation: { kind: "leaky_relu", alpha: 0.125, beta: 0 } });
  const dense = p.add([wino, deep], p.activation([4, 3, 6, 8]), {
    kind: "dense_convolution",
    function: "activate_then_add",
    rows: 4,
    channels: 4,
    kernel: [1, 3, 2],
    stride: [1, 1, 1],
    dilation: [1, 1, 2],
    pad: [0, 1, 1],
    weights: someFloats(16 * 4 * 6, seed),
    bias: someFloats(4, seed),
  }, { activation: { kind: "tanh", alpha: 0, beta: 0 } });
  const window = {
    kind: "pool" as const,
    kernel: [2, 3, 3] as const,
    stride: [1, 2, 2] as const,
    dilation: [1, 1, 1] as const,
    pad: [0, 1, 1] as const,
    padEnd: [0, 1, 1] as const,
  };
  const pools = (["max", "average", "norm"] as const).map((name) =>
    p.add([dense], p.activation([4, 2, 3, 4]), {
      ...window,
      function: name,
      countPadding: name === "average",
      p: name === "norm" ? 2 : 0,
    })
  );
  const added = p.add(pools.slice(0, 2), p.activation([4, 2, 3, 4]), {
    kind: "elementwise",
    function: "add",
  });
  const broadcast = { extents: [4, 2, 3, 4], strides: [1, 0, 0, 0] };
  const shift = p.constant([4], [1, -1, 0.5, 2]);
  const scaled = p.add(
    [added, p.alias(scale, broadcast), p.alias(shift, broadcast)],
    p.activation([4, 2, 3, 4]),
    { kind: "elementwise", function: "multiply_add" },
    { activation: { kind: "sigmoid", alpha: 0, beta: 0 } },
  );
  const { base } = p.tensor(scaled);
  const backwards = p.alias(scaled, { strides: [24, 12, 4, -1], base: base + 3 });
  const turned = p.add([backwards], p.activation([4, 2, 3, 4]), {
    kind: "elementwise",
    function: "copy",
  });
  const normalized = p.add([turned], p.activation([4, 2, 3, 4]), {
    kind: "lrn",
    size: 3,
    alpha: 0.5,
    beta: 0.75,
    bias: 1,
  });
  const large = p.add([normalized], p.activation([4, 2, 6, 8]), {
    kind: "resample",
    tables: [repeat(2, 1), repeat(3, 2), repeat(4, 2)],
  });
  const means = p.activation([4]);
  p.add([large], p.alias(means, { extents: [4, 2, 6, 8], strides: [1, 0, 0, 0] }), {
    kind: "reduce",
    function: "mean",
  });
  const matrices = { extents: [1, 4, 60], strides: [0, 0, 1] };
  const row = p.alias(means, { extents: [1, 4, 4], strides: [0, 1, 0] });
  const product = p.add([row, p.alias(large, matrices)], p.activation([1, 4, 60]), {
    kind: "matrix_product",
  });
  p.output("probabilities", p.activation([4, 60]));
  const probabilities = p.build().outputs[0].tensor;
  p.add([p.alias(product, { extents: [4, 60], strides: [60, 1] })], probabilities, {
    kind: "softmax",
    axis: 1,
    log: false,
  });
  const flat = p.alias(pooled, { extents: [5 * 36], strides: [1] });
  p.output(
    "scores",
    p.add([flat], p.activation([7]), {
      kind: "fully_connected",
      matrix: denseMatrix(7, 5 * 36, 1, seed),
    }),
  );
  return p.build();
}
