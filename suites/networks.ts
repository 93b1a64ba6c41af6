/**
 * The networks of the suites as they are trained: by name, with classes, extents and width to choose.
 *
 * @module
 */

import { nearest } from "../compressors/nearest.ts";
import type { Model } from "../graph/model.ts";
import type { Shape } from "../graph/tensor.ts";
import type { DataSource } from "./datasets/source.ts";
import { buildAlexnet } from "./models/alexnet.ts";
import { buildC3d } from "./models/c3d.ts";
import { buildGooglenet } from "./models/googlenet.ts";
import type { VideoNetworkOptions } from "./models/options.ts";
import { buildR2plus1d18 } from "./models/r2plus1d.ts";
import { buildResnet } from "./models/resnet.ts";
import { buildS3d } from "./models/s3d.ts";
import { buildVgg16, buildVgg16Cifar } from "./models/vgg16.ts";
import { buildVggS } from "./models/vgg_s.ts";
import { buildYolov4, type Yolov4Options } from "./models/yolov4.ts";

/** What of a network is chosen before its data is known. */
export interface NetworkExtents {
  /** Height and width of the input in pixels. */
  readonly size: number;
  /** Frames of a clip; networks that read images have none. */
  readonly frames?: number;
  /** Multiplies the numbers of filters. */
  readonly width: number;
  /** Share of the outputs of hidden fully connected layers that training drops. */
  readonly dropout: number;
}

/** What a network is built with. */
export interface NetworkChoice extends NetworkExtents {
  /** Classes that it tells apart. */
  readonly classes: number;
  /** Seed of the weights. */
  readonly seed: number;
}

/** A network that can be trained. */
export interface Network {
  /** Id of its suite. */
  readonly id: string;
  /** What it learns from. */
  readonly kind: DataSource["kind"];
  /** As in the paper. */
  readonly paper: NetworkExtents;
  /** A form that learns the generated sets in minutes on a processor. */
  readonly small: NetworkExtents;
  /**
   * Builds it. A detector's boxes are decoded in the graph.
   *
   * @throws {RangeError} when an option is out of range, or the input too small for the pools.
   */
  build(choice: NetworkChoice): Model;
}

/** What sets the forms of a network apart. */
interface Forms {
  /** Height and width in the paper. */
  readonly size: number;
  /** Height and width of the small form: the least that all pools and strides can halve. */
  readonly small: number;
  /** Whether it has no normalisation but dropout: such a one learns better when it is narrower. */
  readonly plain?: boolean;
}

function formsOf({ size, small, plain = false }: Forms, frames?: number) {
  const extents = frames === undefined ? {} : { frames };
  return {
    paper: { size, ...extents, width: 1, dropout: plain ? 0.5 : 0 },
    small: { size: small, ...extents, width: plain ? 0.125 : 0.25, dropout: 0 },
  };
}

function images(id: string, build: Network["build"], forms: Forms): Network {
  return { id, kind: "images", ...formsOf(forms), build };
}

function clips(
  id: string,
  build: (options: VideoNetworkOptions) => Model,
  forms: Forms,
): Network {
  return { id, kind: "clips", ...formsOf(forms, 16), build };
}

function yolov4(id: string, size: number, options: Yolov4Options = {}): Network {
  return {
    id,
    kind: "detection",
    ...formsOf({ size, small: 96 }),
    build: ({ classes, seed, size, width }) =>
      buildYolov4({ ...options, classes, seed, size, width }),
  };
}

function resnet(depth: 18 | 50, stem?: "cifar"): Network["build"] {
  return (choice) => buildResnet({ ...choice, depth, ...(stem && { stem }) });
}

/** In the order of the suites; a suite's network can be trained once it has a line here. */
export const NETWORKS: readonly Network[] = [
  clips("c3d", buildC3d, { size: 112, small: 32, plain: true }),
  clips("r2plus1d-18", buildR2plus1d18, { size: 112, small: 32 }),
  clips("s3d", buildS3d, { size: 112, small: 64 }),
  clips("s3d-224", buildS3d, { size: 224, small: 64 }),
  yolov4("yolov4", 320),
  yolov4("yolov4-416", 416),
  yolov4("yolov4-608", 608),
  yolov4("yolov4-mish", 320, { activation: "mish" }),
  yolov4("yolov4-sam", 320, { attention: "sigmoid" }),
  yolov4("yolov4-hard-sam", 320, { attention: "hard-sigmoid" }),
  images("alexnet", buildAlexnet, { size: 227, small: 67, plain: true }),
  images("vgg-s", buildVggS, { size: 224, small: 80, plain: true }),
  images("googlenet", buildGooglenet, { size: 224, small: 64 }),
  images("vgg-16", buildVgg16, { size: 224, small: 64, plain: true }),
  images("vgg-16-cifar", buildVgg16Cifar, { size: 32, small: 32 }),
  images("resnet-18-cifar", resnet(18, "cifar"), { size: 32, small: 32 }),
  images("resnet-50-cifar", resnet(50, "cifar"), { size: 32, small: 32 }),
  images("resnet-18", resnet(18), { size: 224, small: 64 }),
  images("resnet-50", resnet(50), { size: 224, small: 64 }),
];

/**
 * The network called `id`.
 *
 * @throws {RangeError} when there is none; the message gives the nearest names.
 */
export function findNetwork(id: string): Network {
  const found = NETWORKS.find((network) => network.id === id);
  if (found) return found;
  const names = nearest(id, NETWORKS.map((network) => network.id)).join(" or ");
  throw new RangeError(`Cannot find network "${id}": did you mean ${names}?`);
}

/** Shape of one sample that a network reads: `[3, size, size]`, of clips `[3, frames, size, size]`. */
export function sampleShapeOf({ size, frames }: NetworkExtents): Shape {
  return [3, ...(frames === undefined ? [] : [frames]), size, size];
}
