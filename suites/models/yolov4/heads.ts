/**
 * The three heads of YOLOv4 and what their values mean.
 *
 * @module
 */

import type { Anchor } from "../../../training/losses/yolo.ts";
import type { Pyramid } from "./backbone.ts";
import type { Darknet, Gate } from "./darknet.ts";
import { down } from "./neck.ts";

/** A head: boxes at one stride. */
export interface Head {
  /** Pixels from one cell to the next. */
  readonly stride: number;
  /** Its anchors, unless a network has others. */
  readonly anchors: readonly Anchor[];
  /** Index of the first of its two convolutions. */
  readonly index: number;
  /** Filters of that convolution. */
  readonly filters: number;
}

/** The heads in the order in which their boxes are put out. */
export const HEADS: readonly [Head, Head, Head] = [
  { stride: 8, anchors: [[10, 13], [16, 30], [33, 23]], index: 131, filters: 256 },
  { stride: 16, anchors: [[30, 61], [62, 45], [59, 119]], index: 142, filters: 512 },
  { stride: 32, anchors: [[116, 90], [156, 198], [373, 326]], index: 153, filters: 1024 },
];

/** Anchors of each head, in pixels. */
export type HeadAnchors = readonly (readonly Anchor[])[];

/** Anchors of the configuration, which were made for COCO. */
export const ANCHORS: HeadAnchors = HEADS.map(({ anchors }) => anchors);

/** Names of the raw outputs. */
export const RAW_OUTPUTS: readonly string[] = HEADS.map(({ index }) => `conv${index + 1}`);

/** Options of {@linkcode headOutputs}. */
export interface HeadOptions {
  /** Kinds of objects. */
  readonly classes: number;
  /** Of each head. */
  readonly anchors: HeadAnchors;
  /** What weighs the values of the attention module in front of an output, if there is one. */
  readonly attention: "none" | Gate;
}

/**
 * Layers 131 to 154, the heads and the way down between them. The raw output of each head is
 * `[1, anchors * (5 + classes), size / stride, size / stride]`, anchor by anchor: x, y, w, h,
 * objectness, classes.
 */
export function headOutputs(net: Darknet, features: Pyramid, options: HeadOptions): string[] {
  const outputs = [head(net, 0, features.fine, options)];
  const middle = down(net, 135, features.fine, features.middle, 256);
  outputs.push(head(net, 1, middle, options));
  const coarse = down(net, 146, middle, features.coarse, 512);
  outputs.push(head(net, 2, coarse, options));
  return outputs;
}

/**
 * One head. Its attention module stands between its two convolutions, where Darknet's configurations
 * with SAM have it.
 */
function head(
  net: Darknet,
  place: 0 | 1 | 2,
  features: string,
  { classes, attention, anchors }: HeadOptions,
): string {
  const { index, filters } = HEADS[place];
  const x = net.conv(index, features, { filters, kernel: 3 });
  const y = attention === "none" ? x : net.attention(index, x, attention);
  return net.output(index + 1, y, anchors[place].length * (5 + classes));
}
