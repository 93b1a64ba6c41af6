/**
 * YOLOv4 (Bochkovskiy, Wang, Liao, "YOLOv4: Optimal Speed and Accuracy of Object Detection", arXiv
 * 2004.10934) as YOLObile prunes it: CSPDarknet53, SPP and PANet, the configuration
 * `csdarknet53s-panet-spp` of the released code.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { NetworkBuilder } from "./network_builder.ts";
import { backbone } from "./yolov4/backbone.ts";
import { Darknet } from "./yolov4/darknet.ts";
import { decode } from "./yolov4/decode.ts";
import { ANCHORS, type HeadAnchors, headOutputs } from "./yolov4/heads.ts";
import { neck } from "./yolov4/neck.ts";

/** Options of {@linkcode buildYolov4}. */
export interface Yolov4Options {
  /** Height and width of the image in pixels, a multiple of 32. @default {320} */
  readonly size?: number;
  /**
   * Follows every convolution but the outputs: YOLObile's leaky ReLU with slope 0.1, or the Mish
   * that it replaces.
   *
   * @default {"leaky"}
   */
  readonly activation?: "leaky" | "mish";
  /**
   * The gate of spatial attention modules in the heads: YOLObile tried a hard sigmoid for the
   * sigmoid and then deleted the modules.
   *
   * @default {"none"}
   */
  readonly attention?: "none" | "sigmoid" | "hard-sigmoid";
  /** Kinds of objects. @default {80}, those of COCO */
  readonly classes?: number;
  /**
   * Width and height of the anchors of each head, in pixels, from the finest stride to the coarsest.
   *
   * @default three for each, made for COCO
   */
  readonly anchors?: HeadAnchors;
  /** Whether boxes are decoded in the graph. @default {true} */
  readonly decode?: boolean;
  /** Seed of the weights. @default {1} */
  readonly seed?: number;
  /** Multiplies the numbers of filters, the outputs apart: a narrow network for tests. @default {1} */
  readonly width?: number;
}

/**
 * Builds YOLOv4 as YOLObile has it. Input `image` is `[1, 3, size, size]`, RGB in 0..1. Outputs are
 * `boxes [1, rows, 4]` (x1, y1, x2, y2 in pixels) and `scores [1, rows, classes]`, for 6300 rows at
 * size 320; or without decode `conv132`, `conv143` and `conv154`, the raw heads at strides 8, 16 and
 * 32. Suppressing overlapping boxes is left to `suites/detection/nms.ts`.
 *
 * Layers are in the order of the configuration file, so that trained weights can be taken in order. By
 * default the network has 64,342,109 parameters (running means and variances apart) and 17.258 G
 * multiply-accumulates. The weights are random, the same for the same seed.
 *
 * @throws {RangeError} when the size is not a positive multiple of 32, anchors are not three lists of
 *   sides above 0, or the seed is not an integer.
 */
export function buildYolov4(options: Yolov4Options = {}): Model {
  const { size = 320, activation = "leaky", attention = "none", classes = 80 } = options;
  if (!(size > 0 && size % 32 === 0)) {
    throw new RangeError(
      `Cannot build YOLOv4 as "size" must be a positive multiple of 32: current value is ${size}`,
    );
  }
  const { anchors = ANCHORS } = options;
  const isSide = (side: number) => side > 0 && side < Infinity;
  if (!(anchors.length === 3 && anchors.every((a) => a.length > 0 && a.flat().every(isSide)))) {
    throw new RangeError(
      `Cannot build YOLOv4 as "anchors" must be three lists of sides above 0: ` +
        `current value is ${JSON.stringify(anchors)}`,
    );
  }
  const g = new NetworkBuilder("yolov4", { ...options, epsilon: 1e-4 });
  const net = new Darknet(g, { activation });
  const features = neck(net, backbone(net, g.input("image", [1, 3, size, size])));
  const raw = headOutputs(net, features, { classes, attention, anchors });
  if (options.decode === false) {
    for (const name of raw) g.output(name);
  } else {
    const { boxes, scores } = decode(g, raw, classes, anchors);
    g.output(boxes).output(scores);
  }
  return g.build();
}
