/**
 * Reads operators that join values or take parts of them.
 *
 * @module
 */

import type { SliceAttributes } from "../../model.ts";
import { type Shape, sizeOf } from "../../tensor.ts";
import { newConstant } from "../constants.ts";
import type { NodeReader, OperatorReader } from "../node_reader.ts";

function readConcat(node: NodeReader): void {
  const axis = node.axis(node.attributes.int("axis", 1), node.shape(0).length);
  if (node.inputs.length === 1) node.pass();
  else node.end("Concat", node.allInputs(), { axis });
}

function readSplit(node: NodeReader): void {
  const shape = node.shape(0);
  const axis = node.axis(node.attributes.int("axis", 0), shape.length);
  const given = node.opset < 13
    ? node.attributes.ints("split")
    : node.values(1, "the extents of parts");
  const parts = node.attributes.int("num_outputs", node.outputs.length);
  const even = Math.ceil(shape[axis] / parts);
  const split = given?.length ? given : Array.from(
    { length: node.outputs.length },
    (_, i) => i < parts - 1 ? even : shape[axis] - even * (parts - 1),
  );
  node.end("Split", [node.input(0)], { axis, split });
}

interface Bounds {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly axes?: readonly number[];
  readonly steps?: readonly number[];
}

/** Bounds as attributes before opset 10, as inputs since. */
function readBounds(node: NodeReader): Bounds {
  const { attributes } = node;
  if (node.opset < 10) {
    const [starts, ends] = [attributes.ints("starts", []), attributes.ints("ends", [])];
    return { starts, ends, axes: attributes.ints("axes") };
  }
  return {
    starts: node.values(1, "starts") ?? [],
    ends: node.values(2, "ends") ?? [],
    axes: node.values(3, "axes"),
    steps: node.values(4, "steps"),
  };
}

/** Bounds that may be negative or beyond the end, as positions of every axis. */
function sliceAttributes(node: NodeReader, shape: Shape, bounds: Bounds): SliceAttributes {
  const axes = node.axes(bounds.axes ?? bounds.starts.map((_, i) => i), shape.length);
  const slice = {
    starts: shape.map(() => 0),
    counts: [...shape],
    steps: shape.map(() => 1),
  };
  for (const [i, axis] of axes.entries()) {
    const extent = shape[axis];
    const step = bounds.steps?.[i] ?? 1;
    if (step === 0) throw new RangeError("steps must not be 0");
    const [lowest, highest] = step > 0 ? [0, extent] : [-1, extent - 1];
    const within = (bound: number) =>
      Math.min(Math.max(bound < 0 ? bound + extent : bound, lowest), highest);
    const start = within(bounds.starts[i]);
    slice.starts[axis] = start;
    slice.counts[axis] = Math.max(0, Math.ceil((within(bounds.ends[i]) - start) / step));
    slice.steps[axis] = slice.counts[axis] === 1 ? 1 : step;
  }
  return slice;
}

function readSlice(node: NodeReader): void {
  const shape = node.shape(0);
  const slice = sliceAttributes(node, shape, readBounds(node));
  const whole = slice.starts.every((start, axis) =>
    start === 0 && slice.steps[axis] === 1 && slice.counts[axis] === shape[axis]
  );
  const constant = node.constant(0);
  if (whole) node.pass();
  else if (constant && slice.counts.includes(0)) {
    node.fold(newConstant(constant.kind, slice.counts));
  } else node.end("Slice", [node.input(0)], slice);
}

/** A gather of more runs of positions than this is not what slices are for. */
const MOST_RUNS = 256;

/** Positions along an axis, constant: slices of runs with the same step, joined. */
function readGather(node: NodeReader): void {
  const shape = node.shape(0);
  const axis = node.axis(node.attributes.int("axis", 0), shape.length);
  const { data, shape: found } = node.constantInput(1, "the indices");
  node.charge(data.length);
  const indices = Array.from(data, (index) => node.axis(index, shape[axis]));
  const joined = shape.with(axis, indices.length);
  const output = [...shape.slice(0, axis), ...found, ...shape.slice(axis + 1)];
  const constant = node.constant(0);
  if (constant) {
    node.charge(sizeOf(output));
    const result = newConstant(constant.kind, output);
    const run = sizeOf(shape.slice(axis + 1));
    const rows = sizeOf(shape.slice(0, axis));
    for (let row = 0, to = 0; row < rows; row++) {
      for (const index of indices) {
        const from = (row * shape[axis] + index) * run;
        result.data.set(constant.data.subarray(from, from + run), to);
        to += run;
      }
    }
    node.fold(result);
    return;
  }
  const runs = runsOf(indices);
  if (runs.length > MOST_RUNS) node.fail(`${runs.length} runs of indices (at most ${MOST_RUNS})`);
  const slices = runs.map(({ start, count, step }) => ({
    starts: shape.map((_, i) => i === axis ? start : 0),
    counts: shape.with(axis, count),
    steps: shape.map((_, i) => i === axis ? step : 1),
  }));
  const same = String(output) === String(joined);
  if (slices.length === 1 && same) return node.end("Slice", [node.input(0)], slices[0]);
  const parts = slices.map((slice, i) => node.step("Slice", [node.input(0)], slice, `${i}`));
  if (same) return node.end("Concat", parts, { axis });
  const all = parts.length === 1 ? parts[0] : node.step("Concat", parts, { axis }, "joined");
  node.end("Reshape", [all], { shape: output });
}

/** Cuts positions into runs of equal steps. */
function runsOf(indices: readonly number[]) {
  const runs: { start: number; count: number; step: number }[] = [];
  for (const index of indices) {
    const run = runs.at(-1);
    const step = run ? index - (run.start + (run.count - 1) * run.step) : 0;
    if (run && step !== 0 && (run.count === 1 || step === run.step)) {
      run.step = step;
      run.count++;
    } else runs.push({ start: index, count: 1, step: 1 });
  }
  return runs;
}

function readPad(node: NodeReader): void {
  const rank = node.shape(0).length;
  const modes = ["constant", "reflect", "edge", "wrap"] as const;
  const mode = node.attributes.choice("mode", modes, "constant");
  if (node.opset < 11) {
    const pads = node.attributes.ints("pads", []);
    const value = node.attributes.float("value", 0);
    node.end("Pad", [node.input(0)], { pads, mode, value });
    return;
  }
  const given = node.values(1, "pads") ?? [];
  const [value = 0] = node.values(2, "the value") ?? [];
  const axes = node.axes(node.values(3, "axes") ?? [...Array(rank).keys()], rank);
  if (given.length !== 2 * axes.length) {
    throw new RangeError(`pads must be ${2 * axes.length} numbers: current value is [${given}]`);
  }
  const pads = new Array<number>(2 * rank).fill(0);
  for (const [i, axis] of axes.entries()) {
    pads[axis] = given[i];
    pads[axis + rank] = given[i + axes.length];
  }
  node.end("Pad", [node.input(0)], { pads, mode, value });
}

/** By operator. */
export const PART_READERS: Readonly<Record<string, OperatorReader>> = {
  Concat: readConcat,
  Split: readSplit,
  Slice: readSlice,
  Gather: readGather,
  Pad: readPad,
};
