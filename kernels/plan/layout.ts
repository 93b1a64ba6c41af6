/**
 * How activations are laid out: padding that the consumers read is part of the layout, so that
 * every tap of a convolution is one constant offset; and the offsets themselves.
 *
 * @module
 */

import { type Shape, sizeOf } from "../../graph/tensor.ts";
import type { Triple } from "./plan.ts";

/** Cells that consumers read before and after a volume on each axis. */
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

/** Whether `a` has all the cells of `b`. */
export function coversHalo(a: Halo, b: Halo): boolean {
  return [0, 1, 2].every((axis) =>
    a.before[axis] >= b.before[axis] && a.after[axis] >= b.after[axis]
  );
}

/** Lifts a list for one to three spatial axes to three, the missing ones first. */
export function triple(list: readonly number[], missing: number): Triple {
  const [d, h, w] = [...new Array<number>(3 - list.length).fill(missing), ...list];
  return [d, h, w];
}

/** Where the elements of a value lie in its buffer. */
export interface Layout {
  /** Of the first element. */
  readonly offset: number;
  /** Of each axis. */
  readonly strides: readonly number[];
  /** Floats of the buffer. */
  readonly floats: number;
  /** Floats before and behind each image that count as its padding. */
  readonly lead: number;
  /** As `lead`, behind the last element. */
  readonly trail: number;
}

/** A cache line, floats. */
const LINE = 16;
/** Channels this many floats apart, or a multiple, fall on the same few sets of an L1. */
const ALIASING = 256;

/**
 * Lays out a value: row-major, and around each volume of an `[N, C, spatial...]` value the cells of
 * `halo`, shared between neighbouring rows, planes and channels.
 */
export function layOutValue(shape: Shape, { before, after }: Halo): Layout {
  const plain = shape.length < 3 || shape.length > 5;
  const [depth, height, width] = plain ? [1, 1, 1] : triple(shape.slice(2), 1);
  const gap = before.map((cells, axis) => Math.max(cells, after[axis]));
  const row = width + gap[2];
  const plane = row * (height + gap[1]);
  let channel = plane * (depth + gap[0]);
  if (plain) {
    return { offset: 0, strides: rowMajor(shape), floats: sizeOf(shape), lead: 0, trail: 0 };
  }
  if (channel % ALIASING === 0 && shape[1] > 1) channel += LINE;
  const lead = before[0] * plane + before[1] * row + before[2];
  const trail = after[0] * plane + after[1] * row + after[2];
  const offset = lineUp(lead);
  const last = (depth - 1) * plane + (height - 1) * row + width;
  const padded = lead + trail > 0 || channel !== depth * height * width;
  const end = (shape[1] - 1) * channel + last + trail;
  const image = padded ? lineUp(offset + end) : shape[1] * channel;
  const strides = [image, channel, plane, row, 1];
  return {
    offset,
    strides: [...strides.slice(0, 2), ...strides.slice(2).slice(5 - shape.length)],
    floats: shape[0] * image,
    lead,
    trail,
  };
}

/** Strides of a value whose elements follow each other, outermost axis first. */
export function rowMajor(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  for (let axis = shape.length - 1, stride = 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

function lineUp(floats: number): number {
  return Math.ceil(floats / LINE) * LINE;
}

/** One kernel position: which phase of the input it reads, and how far from the output's position. */
export interface Tap {
  /** Of the strided input, on each axis. */
  readonly phase: Triple;
  /** In elements of the phase, on each axis. */
  readonly shift: Triple;
}

/** Window of a convolution on three axes. */
export interface WindowGeometry {
  /** Extents of the kernel. */
  readonly kernel: Triple;
  /** Step of the kernel. */
  readonly stride: Triple;
  /** Distance between kernel positions. */
  readonly dilation: Triple;
  /** Padding before each axis. */
  readonly pad: Triple;
}

/**
 * The taps of a convolution, kernel positions row-major. A strided one reads its input as `stride`
 * interleaved phases: output o reads element o + shift of a phase.
 */
export function tapsOf({ kernel, stride, dilation, pad }: WindowGeometry): Tap[] {
  const taps: Tap[] = [];
  for (let d = 0; d < kernel[0]; d++) {
    for (let h = 0; h < kernel[1]; h++) {
      for (let w = 0; w < kernel[2]; w++) {
        const at = [d, h, w].map((k, axis) => k * dilation[axis] - pad[axis]);
        const phase = at.map((x, axis) => ((x % stride[axis]) + stride[axis]) % stride[axis]);
        const shift = at.map((x, axis) => Math.floor(x / stride[axis]));
        taps.push({ phase: triple(phase, 0), shift: triple(shift, 0) });
      }
    }
  }
  return taps;
}

/**
 * Padding that a convolution with these taps reads around an input (or phases) of `input` extents.
 * The padded input is at least as large as the output, since the kernels cut output positions by
 * input rows.
 */
export function haloOf(taps: readonly Tap[], input: Triple, output: Triple): Halo {
  const before: number[] = [], after: number[] = [];
  for (let axis = 0; axis < 3; axis++) {
    const shifts = taps.map(({ shift }) => shift[axis]);
    before.push(Math.max(0, -Math.min(...shifts)));
    after.push(Math.max(0, output[axis] - input[axis] + Math.max(0, ...shifts)));
  }
  return { before: triple(before, 0), after: triple(after, 0) };
}
