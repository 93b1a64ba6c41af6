/**
 * Reads operators that only move values, all of them: reshapes, transpositions, repetitions.
 *
 * @module
 */

import { type Shape, sizeOf } from "../../tensor.ts";
import type { NodeReader, OperatorReader } from "../node_reader.ts";

/** Ends with a reshape, or with nothing when the shape is the same already. */
function reshape(node: NodeReader, shape: Shape): void {
  if (String(shape) === String(node.shape(0))) node.pass();
  else node.end("Reshape", [node.input(0)], { shape });
}

function readReshape(node: NodeReader): void {
  const allowZero = node.attributes.int("allowzero", 0);
  const from = node.shape(0);
  const given = node.values(1, "the shape") ?? [];
  const shape = given.map((extent, axis) => extent === 0 && !allowZero ? from[axis] : extent);
  const open = shape.indexOf(-1);
  if (open >= 0) shape[open] = sizeOf(from) / shape.reduce((a, b) => b === -1 ? a : a * b, 1);
  reshape(node, shape);
}

/** Axes as an attribute before opset 13, as an input since. */
function squeezeAxes(node: NodeReader): readonly number[] | undefined {
  return node.opset < 13 ? node.attributes.ints("axes") : node.values(1, "axes");
}

function readSqueeze(node: NodeReader): void {
  const shape = node.shape(0);
  const given = squeezeAxes(node);
  const axes = given ? node.axes(given, shape.length) : [...shape.keys()];
  const wide = given && axes.find((axis) => shape[axis] !== 1);
  if (wide !== undefined) {
    throw new RangeError(`axes must have extent 1: current value is axis ${wide} of [${shape}]`);
  }
  reshape(node, shape.filter((extent, axis) => extent !== 1 || !axes.includes(axis)));
}

function readUnsqueeze(node: NodeReader): void {
  const from = [...node.shape(0)];
  const given = squeezeAxes(node) ?? [];
  const rank = from.length + given.length;
  const axes = new Set(node.axes(given, rank));
  reshape(node, Array.from({ length: rank }, (_, axis) => axes.has(axis) ? 1 : from.shift()!));
}

function readFlatten(node: NodeReader): void {
  const rank = node.shape(0).length;
  const given = node.attributes.int("axis", 1);
  // The axis may also be the one behind the last.
  const axis = given === rank ? rank : node.axis(given, rank);
  node.end("Flatten", [node.input(0)], { axis });
}

function readTranspose(node: NodeReader): void {
  const rank = node.shape(0).length;
  const reverse = Array.from({ length: rank }, (_, i) => rank - 1 - i);
  node.end("Transpose", [node.input(0)], { perm: node.attributes.ints("perm", reverse) });
}

function readExpand(node: NodeReader): void {
  const from = node.shape(0);
  const given = node.values(1, "the shape") ?? [];
  const rank = Math.max(from.length, given.length);
  const shape = Array.from({ length: rank }, (_, i) => {
    const [a, b] = [from[i - rank + from.length] ?? 1, given[i - rank + given.length] ?? 1];
    return b === 1 ? a : b;
  });
  if (String(shape) === String(from)) node.pass();
  else node.end("Expand", [node.input(0)], { shape });
}

/** Repeats the whole along each axis: a new axis before it that is expanded and merged. */
function readTile(node: NodeReader): void {
  const from = node.shape(0);
  const repeats = node.values(1, "repeats") ?? [];
  if (repeats.length !== from.length) {
    throw new RangeError(`repeats must be ${from.length} numbers: current value is [${repeats}]`);
  }
  const apart = from.flatMap((extent, axis) => repeats[axis] === 1 ? [extent] : [1, extent]);
  const repeated = from.flatMap((extent, i) => repeats[i] === 1 ? [extent] : [repeats[i], extent]);
  if (apart.length === from.length) return node.pass();
  const split = node.step("Reshape", [node.input(0)], { shape: apart }, "apart");
  const whole = node.step("Expand", [split], { shape: repeated }, "repeated");
  node.end("Reshape", [whole], { shape: from.map((extent, axis) => extent * repeats[axis]) });
}

/** Batch, channels, height and width, and the block size, which must divide `divided`. */
function readBlocks(node: NodeReader, divided: (block: number, shape: Shape) => boolean) {
  const shape = node.shape(0);
  const block = node.attributes.int("blocksize", 0);
  if (shape.length !== 4 || block < 1 || !divided(block, shape)) {
    throw new RangeError(`blocksize must divide [${shape}]: current value is ${block}`);
  }
  const [batch, channels, height, width] = shape;
  return { batch, channels, height, width, block };
}

/** Ends with a transposition of blocks between two reshapes. */
function rearrange(node: NodeReader, apart: Shape, perm: readonly number[], shape: Shape): void {
  const split = node.step("Reshape", [node.input(0)], { shape: apart }, "apart");
  const moved = node.step("Transpose", [split], { perm }, "moved");
  node.end("Reshape", [moved], { shape });
}

function readDepthToSpace(node: NodeReader): void {
  const { batch, channels, height, width, block } = readBlocks(
    node,
    (block, [, channels]) => channels % block ** 2 === 0,
  );
  const mode = node.attributes.choice("mode", ["DCR", "CRD"], "DCR");
  const depth = channels / block ** 2;
  const shape = [batch, depth, height * block, width * block];
  if (mode === "DCR") {
    rearrange(node, [batch, block, block, depth, height, width], [0, 3, 4, 1, 5, 2], shape);
  } else rearrange(node, [batch, depth, block, block, height, width], [0, 1, 4, 2, 5, 3], shape);
}

function readSpaceToDepth(node: NodeReader): void {
  const { batch, channels, height, width, block } = readBlocks(
    node,
    (block, [, , height, width]) => height % block === 0 && width % block === 0,
  );
  const [rows, columns] = [height / block, width / block];
  const shape = [batch, channels * block ** 2, rows, columns];
  rearrange(node, [batch, channels, rows, block, columns, block], [0, 3, 5, 1, 2, 4], shape);
}

/** By operator. */
export const LAYOUT_READERS: Readonly<Record<string, OperatorReader>> = {
  Reshape: readReshape,
  Squeeze: readSqueeze,
  Unsqueeze: readUnsqueeze,
  Flatten: readFlatten,
  Transpose: readTranspose,
  Expand: readExpand,
  Tile: readTile,
  DepthToSpace: readDepthToSpace,
  SpaceToDepth: readSpaceToDepth,
};
