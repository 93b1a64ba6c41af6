/**
 * Where a value lies: a strided view of a buffer. Slices, transpositions, broadcasts and most
 * reshapes are views, so that nothing moves.
 *
 * @module
 */

import type { Shape } from "../../../graph/tensor.ts";
import { type Halo, NO_HALO } from "../layout.ts";

/** Floats that are alive from their first write to their last read. */
export interface Buffer {
  /** How many. */
  readonly floats: number;
  /** Volumes whose padding must be zero when the buffer is first written. */
  readonly padded: PaddedVolume[];
}

/** A `[C, D, H, W]` view with the floats around it that count as its padding. */
export interface PaddedVolume {
  /** The view. */
  readonly view: View;
  /** Floats before its first element. */
  readonly lead: number;
  /** Floats behind its last element. */
  readonly trail: number;
}

/** A strided view of a buffer, or of the constants of the plan. */
export interface View {
  /** What it is a view of. */
  readonly memory: Buffer | "constants";
  /** Of the element at position 0 of all axes, floats from the start of the memory. */
  readonly offset: number;
  /** Outermost axis first. */
  readonly extents: readonly number[];
  /** From one position to the next, floats. */
  readonly strides: readonly number[];
  /** Zeros that surround each volume of the last (up to three) axes. */
  readonly halo: Halo;
}

/** `count` positions of `axis`, `step` apart, from `start` on. */
export function slice(view: View, axis: number, start: number, count: number, step = 1): View {
  const whole = step === 1 && count === view.extents[axis];
  return {
    ...view,
    offset: view.offset + start * view.strides[axis],
    extents: view.extents.with(axis, count),
    strides: view.strides.with(axis, view.strides[axis] * step),
    // Channels and images can be left out; a cut through a volume has neighbours, not zeros.
    halo: whole || axis < Math.min(2, view.extents.length - 1) ? view.halo : NO_HALO,
  };
}

/** `count` channels of an image `[C, D, H, W]`. */
export function sliceImage(view: View, start: number, count: number): View {
  return {
    ...view,
    offset: view.offset + start * view.strides[0],
    extents: view.extents.with(0, count),
  };
}

/** Axis `i` of the result is axis `perm[i]` of `view`. */
export function permute(view: View, perm: readonly number[]): View {
  return {
    ...view,
    extents: perm.map((axis) => view.extents[axis]),
    strides: perm.map((axis) => view.strides[axis]),
    halo: NO_HALO,
  };
}

/** `view` repeated to `extents`, as ONNX broadcasts. */
export function broadcast(view: View, extents: Shape): View {
  const missing = extents.length - view.extents.length;
  const from = (axis: number) => axis - missing;
  const strides = extents.map((extent, axis) =>
    axis < missing || (view.extents[from(axis)] === 1 && extent !== 1)
      ? 0
      : view.strides[from(axis)]
  );
  return { ...view, extents: [...extents], strides, halo: NO_HALO };
}

/** The same values in row-major order under another shape, where strides can say that. */
export function reshape(view: View, shape: Shape): View | undefined {
  const groups = merge([view]);
  const strides = new Array<number>(shape.length).fill(0);
  let group = groups.extents.length - 1, axis = shape.length - 1;
  for (; group >= 0; group--) {
    let left = groups.extents[group], stride = groups.strides[0][group];
    while (left > 1) {
      while (axis >= 0 && shape[axis] === 1) axis--;
      if (axis < 0 || left % shape[axis]) return undefined;
      strides[axis] = stride;
      stride *= shape[axis];
      left /= shape[axis--];
    }
  }
  return { ...view, extents: [...shape], strides, halo: NO_HALO };
}

/** Views of one shape with as few axes as their strides allow. */
export interface Merged {
  /** Of all of them. */
  readonly extents: readonly number[];
  /** Of each of them. */
  readonly strides: readonly (readonly number[])[];
}

/** Joins neighbouring axes of views of one shape wherever the strides of all of them allow. */
export function merge(views: readonly View[]): Merged {
  const extents: number[] = [];
  const strides: number[][] = views.map(() => []);
  views[0].extents.forEach((extent, axis) => {
    if (extent === 1) return;
    const last = extents.length - 1;
    const joins = last >= 0 &&
      views.every((view, i) => strides[i][last] === view.strides[axis] * extent);
    if (joins) extents[last] *= extent;
    else extents.push(extent);
    views.forEach((view, i) => strides[i][extents.length - 1] = view.strides[axis]);
  });
  return { extents, strides };
}

/** Longest axis of a plan's tensor (`MAX_EXTENT` of the checks). */
const LONGEST = 2 ** 20;

/** As {@linkcode merge}, but for axes that would be longer than a plan's tensor can have. */
export function mergeForPlan(views: readonly View[]): Merged {
  const { extents, strides } = merge(views);
  const parts = extents.map((extent) => {
    let inner = Math.min(extent, LONGEST);
    while (extent % inner) inner--;
    return inner === extent ? [extent] : [extent / inner, inner];
  });
  return {
    extents: parts.flat(),
    strides: strides.map((own) =>
      parts.flatMap(([, inner], axis) => inner ? [own[axis] * inner, own[axis]] : [own[axis]])
    ),
  };
}

/** Views of one shape for an operator that works position by position: axes are joined. */
export function mergedViews(views: readonly View[]): View[] {
  const { extents, strides } = mergeForPlan(views);
  return views.map((view, i) => ({ ...view, extents, strides: strides[i], halo: NO_HALO }));
}

/** Whether the elements follow each other in row-major order. */
export function isCompact(view: View): boolean {
  const { extents, strides } = merge([view]);
  return extents.length === 0 || (extents.length === 1 && strides[0][0] === 1);
}
