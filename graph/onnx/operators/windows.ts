/**
 * Reads the operators that slide a window: convolutions and pools.
 *
 * @module
 */

import type { PoolAttributes } from "../../model.ts";
import type { Shape } from "../../tensor.ts";
import type { NodeReader, OperatorReader } from "../node_reader.ts";

const fill = (rank: number, value: number) => new Array<number>(rank).fill(value);

interface Window {
  readonly kernel_shape: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
}

type AutoPad = "NOTSET" | "VALID" | "SAME_UPPER" | "SAME_LOWER";
const AUTO_PADS: readonly AutoPad[] = ["NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"];

/** The attributes of a window that all of these operators share; the kernel of a weight. */
function readWindow(node: NodeReader, kernel?: Shape): Window {
  const kernel_shape = node.attributes.ints("kernel_shape", kernel ?? []);
  const spatial = node.shape(0).length - 2;
  if (spatial < 1 || kernel_shape.length !== spatial) {
    throw new RangeError(
      `kernel_shape must have an extent for each of ${spatial} spatial axes: ` +
        `current value is [${kernel_shape}]`,
    );
  }
  return {
    kernel_shape,
    strides: perAxis(node, "strides", spatial),
    dilations: perAxis(node, "dilations", spatial),
  };
}

function perAxis(node: NodeReader, name: string, spatial: number): readonly number[] {
  const values = node.attributes.ints(name, fill(spatial, 1));
  if (values.length === spatial && values.every((value) => value >= 1)) return values;
  throw new RangeError(
    `${name} must be ${spatial} numbers from 1 on: current value is [${values}]`,
  );
}

function readAutoPad(node: NodeReader): AutoPad {
  return node.attributes.choice("auto_pad", AUTO_PADS, "NOTSET");
}

/** Pads of a window; `auto_pad` is resolved with the extents of the input. */
function readPads(node: NodeReader, autoPad: AutoPad, window: Window): readonly number[] {
  const { kernel_shape, strides, dilations } = window;
  const spatial = kernel_shape.length;
  const given = node.attributes.ints("pads", fill(2 * spatial, 0));
  if (autoPad === "NOTSET") return given;
  if (autoPad === "VALID") return fill(2 * spatial, 0);
  const totals = node.shape(0).slice(2).map((extent, axis) => {
    const outputs = Math.ceil(extent / strides[axis]);
    const width = (kernel_shape[axis] - 1) * dilations[axis] + 1;
    return Math.max(0, (outputs - 1) * strides[axis] + width - extent);
  });
  return split(totals, autoPad === "SAME_LOWER");
}

/** Pads of begins, then ends; an odd one goes to the begin or the end. */
function split(totals: readonly number[], moreAtBegin: boolean): number[] {
  const less = totals.map((total) => Math.floor(total / 2));
  const more = totals.map((total, axis) => total - less[axis]);
  return moreAtBegin ? [...more, ...less] : [...less, ...more];
}

/** Data, weight, and the bias when there is one. */
function weighted(node: NodeReader): string[] {
  const inputs = [node.input(0), node.weight(1, "the weight")];
  if (node.has(2)) inputs.push(node.weight(2, "the bias"));
  return inputs;
}

function readConv(node: NodeReader): void {
  const window = readWindow(node, node.shape(1).slice(2));
  const pads = readPads(node, readAutoPad(node), window);
  const group = node.attributes.int("group", 1);
  node.end("Conv", weighted(node), { ...window, pads, group });
}

function readConvTranspose(node: NodeReader): void {
  const window = readWindow(node, node.shape(1).slice(2));
  const { kernel_shape, strides, dilations } = window;
  const spatial = kernel_shape.length;
  const autoPad = readAutoPad(node);
  let pads = node.attributes.ints("pads", fill(2 * spatial, 0));
  let output_padding = node.attributes.ints("output_padding", fill(spatial, 0));
  // Some files give the batch and the channels, too.
  let wanted = node.attributes.ints("output_shape")?.slice(-spatial);
  const extents = node.shape(0).slice(2);
  if (!wanted && autoPad.startsWith("SAME")) {
    wanted = extents.map((extent, axis) => extent * strides[axis]);
  }
  if (wanted && wanted.length > 0) {
    const totals = extents.map((extent, axis) =>
      strides[axis] * (extent - 1) + output_padding[axis] +
      (kernel_shape[axis] - 1) * dilations[axis] + 1 - wanted[axis]
    );
    pads = split(totals.map((total) => Math.max(0, total)), autoPad !== "SAME_UPPER");
    output_padding = output_padding.map((rows, axis) => rows + Math.max(0, -totals[axis]));
  } else if (autoPad === "VALID") pads = fill(2 * spatial, 0);
  const group = node.attributes.int("group", 1);
  node.end("ConvTranspose", weighted(node), { ...window, pads, output_padding, group });
}

function readPool(node: NodeReader): PoolAttributes {
  const window = readWindow(node);
  const autoPad = readAutoPad(node);
  const ceil = readFlag(node, "ceil_mode");
  // With `auto_pad` the standard says how many outputs there are.
  return {
    ...window,
    pads: readPads(node, autoPad, window),
    ceil_mode: autoPad === "NOTSET" ? ceil : 0,
  };
}

function readFlag(node: NodeReader, name: string): 0 | 1 {
  return node.attributes.int(name, 0) === 0 ? 0 : 1;
}

function readMaxPool(node: NodeReader): void {
  const attributes = readPool(node);
  const columnMajor = readFlag(node, "storage_order");
  if (node.isRead(1)) {
    node.problem(`indices "${node.outputs[1]}"${columnMajor ? " in column-major order" : ""}`);
  }
  node.end("MaxPool", [node.input(0)], attributes);
}

/** By operator. */
export const WINDOW_READERS: Readonly<Record<string, OperatorReader>> = {
  Conv: readConv,
  ConvTranspose: readConvTranspose,
  MaxPool: readMaxPool,
  AveragePool(node) {
    const count_include_pad = readFlag(node, "count_include_pad");
    node.end("AveragePool", [node.input(0)], { ...readPool(node), count_include_pad });
  },
  LpPool(node) {
    const p = node.attributes.int("p", 2);
    node.end("LpPool", [node.input(0)], { ...readPool(node), p });
  },
  GlobalAveragePool: (node) => node.end("GlobalAveragePool", [node.input(0)], {}),
  GlobalMaxPool: (node) => node.end("GlobalMaxPool", [node.input(0)], {}),
};
