/**
 * Where activations lie: padding that the consumers read is part of the layout, so that every tap
 * of a convolution is one constant offset; and the offsets themselves.
 *
 * @module
 */

import type { ConvAttributes } from "../../graph/model.ts";
import { SLACK_FLOATS } from "./format.ts";
import type { PlanTensor, Triple } from "./plan.ts";

/** Channels and extents of an activation; 2-D ones have depth 1. */
export interface Volume {
  /** Number of channels. */
  readonly channels: number;
  /** Depth, height and width. */
  readonly extents: Triple;
}

/** Cells that consumers read before and after the volume on each axis. */
export interface Halo {
  /** Cells before the first of each axis. */
  readonly before: Triple;
  /** Cells behind the last of each axis. */
  readonly after: Triple;
}

/** No padding. */
export const NO_HALO: Halo = { before: [0, 0, 0], after: [0, 0, 0] };

/** The smallest halo that holds both. */
export function joinHalos(a: Halo, b: Halo): Halo {
  const most = (x: Triple, y: Triple): Triple => [
    Math.max(x[0], y[0]),
    Math.max(x[1], y[1]),
    Math.max(x[2], y[2]),
  ];
  return { before: most(a.before, b.before), after: most(a.after, b.after) };
}

/** Places activations one after the other in the arena. */
export class Arena {
  /** What was placed, in that order. */
  readonly tensors: PlanTensor[] = [];
  #next = 0;

  /** Adds a tensor; its index in the plan is returned. */
  add({ channels, extents: [depth, height, width] }: Volume, { before, after }: Halo): number {
    const gap = before.map((cells, axis) => Math.max(cells, after[axis]));
    const row = width + gap[2];
    const plane = row * (height + gap[1]);
    const channel = plane * (depth + gap[0]);
    const lead = before[0] * plane + before[1] * row + before[2];
    const trail = after[0] * plane + after[1] * row + after[2];
    const base = this.#next + Math.ceil(lead / 16) * 16;
    this.#next = Math.ceil((base + channels * channel + trail) / 16) * 16;
    this.tensors.push({ channels, depth, height, width, row, plane, channel, base });
    return this.tensors.length - 1;
  }

  /** Another view of the floats of a tensor without padding: `channels` vectors of one float. */
  alias(index: number, { channels }: Volume): number {
    const { base } = this.tensors[index];
    const one = { depth: 1, height: 1, width: 1, row: 1, plane: 1, channel: 1 };
    this.tensors.push({ channels, ...one, base });
    return this.tensors.length - 1;
  }

  /** Floats of all activations and the slack behind them. */
  get floats(): number {
    return this.#next + SLACK_FLOATS;
  }
}

/** A convolution's taps as (phase, shift) on each axis: output o reads phase element o + shift. */
export interface TapGeometry {
  /** Kernel extents. */
  readonly kernel: Triple;
  /** Step of the kernel on each axis. */
  readonly stride: Triple;
  /** Which phase of the input a kernel position reads: `[axis][kernel position]`. */
  readonly phase: readonly (readonly number[])[];
  /** How far from the output's position, in elements of the phase: `[axis][kernel position]`. */
  readonly shift: readonly (readonly number[])[];
}

/** Lifts a per-axis list of a 2-D or 3-D operator to three axes, depth first. */
export function triple(list: readonly number[], missing: number): Triple {
  return list.length === 3 ? [list[0], list[1], list[2]] : [missing, list[0], list[1]];
}

/** The taps of a convolution. A strided one reads its input as `stride` interleaved phases. */
export function tapGeometry(attributes: ConvAttributes): TapGeometry {
  const kernel = triple(attributes.kernel_shape, 1);
  const stride = triple(attributes.strides, 1);
  const dilation = triple(attributes.dilations, 1);
  const pad = triple(attributes.pads.slice(0, attributes.kernel_shape.length), 0);
  const position = kernel.map((extent, axis) =>
    Array.from({ length: extent }, (_, k) => k * dilation[axis] - pad[axis])
  );
  const phase = position.map((list, axis) =>
    list.map((x) => ((x % stride[axis]) + stride[axis]) % stride[axis])
  );
  const shift = position.map((list, axis) => list.map((x) => Math.floor(x / stride[axis])));
  return { kernel, stride, phase, shift };
}

/**
 * Padding that a convolution with these taps reads around (the phases of) its input. The padded
 * input is at least as large as the output, since the kernels cut output positions by input rows.
 */
export function haloOf(taps: TapGeometry, input: Triple, output: Triple): Halo {
  const before: number[] = [], after: number[] = [];
  for (let axis = 0; axis < 3; axis++) {
    const extent = Math.ceil(input[axis] / taps.stride[axis]);
    before.push(Math.max(0, -Math.min(...taps.shift[axis])));
    after.push(Math.max(0, output[axis] - extent + Math.max(0, ...taps.shift[axis])));
  }
  return { before: triple(before, 0), after: triple(after, 0) };
}

/** Offset of each tap (kernel positions row-major) from the output's position, floats. */
export function tapOffsets(taps: TapGeometry, from: PlanTensor): Int32Array {
  const [kd, kh, kw] = taps.kernel, [, sh, sw] = taps.stride;
  const offsets = new Int32Array(kd * kh * kw);
  let at = 0;
  for (let d = 0; d < kd; d++) {
    for (let h = 0; h < kh; h++) {
      for (let w = 0; w < kw; w++) {
        const phase = (taps.phase[0][d] * sh + taps.phase[1][h]) * sw + taps.phase[2][w];
        offsets[at++] = phase * from.channel + taps.shift[0][d] * from.plane +
          taps.shift[1][h] * from.row + taps.shift[2][w];
      }
    }
  }
  return offsets;
}
