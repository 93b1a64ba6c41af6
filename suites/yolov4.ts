/**
 * YOLOv4 on one image, at three sizes, and with the operators that YOLObile replaced.
 *
 * @module
 */

import { loadPicture, type PictureProtocol } from "./datasets/picture.ts";
import { buildYolov4, type Yolov4Options } from "./models/yolov4.ts";
import { IMAGE_ROWS } from "./rows.ts";
import type { Suite } from "./suite.ts";

/** The letterbox of YOLObile's released code: gray 114, RGB scaled to 0..1. */
export function yoloProtocol(size: number): PictureProtocol {
  return {
    name: `YOLO ${size}`,
    height: size,
    width: size,
    fit: "letterbox",
    mean: [0, 0, 0],
    std: [255, 255, 255],
    fill: 114,
  };
}

/**
 * What the rates of weights in YOLObile's configuration for 14x come to in multiply-accumulates:
 * 17.258 G dense at 320 pixels, 1.866 G kept.
 */
const RATE = 9.25;

function yolov4(id: string, about: string, options: Yolov4Options): Suite {
  const { size = 320 } = options;
  const protocol = yoloProtocol(size);
  return {
    id,
    description: `YOLOv4${about}, ${size}x${size} images, 80 classes`,
    rate: RATE,
    rateSource: "YOLObile's 14x of the weights, whose layer rates (released configuration " +
      `prune_config v14) leave 1/${RATE} of the MACs at 320x320`,
    rows: IMAGE_ROWS,
    buildModel: (seed) => buildYolov4({ ...options, seed }),
    async loadInput(model, { path, ...rest }) {
      const { tensor, description } = await loadPicture(path, protocol, rest);
      return { tensors: new Map([[model.inputs[0].name, tensor]]), description };
    },
  };
}

/** YOLObile's network, and variants that each take back one operator; to add one, add its line. */
export const YOLOV4_SUITES: readonly Suite[] = [
  yolov4("yolov4", " as YOLObile has it: 64.3 M parameters, 17.3 GMACs", {}),
  yolov4("yolov4-416", ": 64.3 M parameters, 29.2 GMACs", { size: 416 }),
  yolov4("yolov4-608", ": 64.3 M parameters, 62.3 GMACs", { size: 608 }),
  yolov4("yolov4-mish", " with Mish for leaky ReLU", { activation: "mish" }),
  yolov4("yolov4-sam", " with spatial attention by sigmoid", { attention: "sigmoid" }),
  yolov4("yolov4-hard-sam", " with spatial attention by hard sigmoid", {
    attention: "hard-sigmoid",
  }),
];
