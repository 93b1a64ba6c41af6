/**
 * Networks that find objects: what they are fed with, and how boxes are read from their outputs.
 *
 * @module
 */

import type { Model, ValueInfo } from "../../graph/model.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { DataOptions } from "../datasets/source.ts";
import { decodeYolox, yoloxRows } from "./yolox.ts";

/** What a network found, before overlapping boxes are suppressed. */
export interface FoundBoxes {
  /** `[N, rows, 4]`: left, top, right, bottom in pixels of the input. */
  readonly boxes: Tensor;
  /** `[N, rows, classes]` */
  readonly scores: Tensor;
}

/** How a network is used as a detector. */
export interface Detector {
  /** What messages call its kind. */
  readonly name: string;
  /** Number of classes. */
  readonly classes: number;
  /** What a source of images with boxes is opened with. */
  readonly input: Pick<DataOptions, "sampleShape" | "normalise" | "letterbox">;
  /** Reads its outputs, by name. */
  decode(outputs: ReadonlyMap<string, Tensor>): FoundBoxes;
}

/**
 * Tells by its outputs how a network is used as a detector:
 *
 * - `boxes [N, rows, 4]` in pixels and `scores [N, rows, classes]`, as the YOLO networks here and most
 *   exporters have them after decoding. Input: RGB in 0..1, the image in the centre of its letterbox.
 * - one output `[N, rows, 5 + classes]` with a row for each cell at strides 8, 16 and 32: YOLOX from
 *   release 0.1.1 on, undecoded. Input: BGR in 0..255, the image in the top left corner.
 *
 * @throws {RangeError} when the network is neither.
 */
export function detectorOf(model: Model): Detector {
  const detector = decodedDetector(model) ?? yoloxDetector(model);
  if (detector) return detector;
  const list = (values: readonly ValueInfo[]) =>
    values.map(({ name, shape }) => `${name} [${shape}]`).join(", ");
  throw new RangeError(
    `Cannot use model "${model.name}" as a detector as its input must be [N,3,H,W] and its outputs ` +
      `"boxes" [N,rows,4] and "scores" [N,rows,classes], or one [N,rows,5 + classes] of YOLOX with ` +
      `a row for each cell at strides 8, 16 and 32: current value is ${list(model.inputs)} to ` +
      `${list(model.outputs)}`,
  );
}

/** Shape of one sample of the only input, when it is of images in colour. */
function sampleShapeOf({ inputs }: Model): readonly number[] | undefined {
  const [input] = inputs;
  if (inputs.length !== 1 || input.shape.length !== 4 || input.shape[1] !== 3) return undefined;
  return input.shape.slice(1);
}

function decodedDetector(model: Model): Detector | undefined {
  const sampleShape = sampleShapeOf(model);
  const [boxes, scores] = ["boxes", "scores"].map((name) =>
    model.outputs.find((output) => output.name === name)?.shape
  );
  if (!sampleShape || !boxes || scores?.length !== 3) return undefined;
  if (`${boxes}` !== `${[scores[0], scores[1], 4]}`) return undefined;
  return {
    name: "boxes and scores",
    classes: scores[2],
    input: { sampleShape, normalise: { mean: [0, 0, 0], std: [1, 1, 1] } },
    decode: readBoxes,
  };
}

/**
 * Reads outputs that are called `boxes` and `scores`.
 *
 * @throws {RangeError} when one of them is missing.
 */
export function readBoxes(outputs: ReadonlyMap<string, Tensor>): FoundBoxes {
  const boxes = outputs.get("boxes"), scores = outputs.get("scores");
  if (!boxes || !scores) {
    throw new RangeError(
      `Cannot read boxes as outputs must be "boxes" and "scores": current value is ` +
        `${[...outputs.keys()].join(", ") || "no output"}`,
    );
  }
  return { boxes, scores };
}

function yoloxDetector(model: Model): Detector | undefined {
  const sampleShape = sampleShapeOf(model);
  const [output] = model.outputs;
  if (!sampleShape || model.outputs.length !== 1 || output.shape.length !== 3) return undefined;
  const [, height, width] = sampleShape;
  const [, rows, columns] = output.shape;
  if (columns < 6 || rows !== yoloxRows({ height, width })) return undefined;
  return {
    name: "YOLOX",
    classes: columns - 5,
    input: {
      sampleShape,
      // A source divides levels by 255; YOLOX wants them as they are.
      normalise: { mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] },
      letterbox: { align: "top-left", order: "bgr" },
    },
    decode: (outputs) => decodeYolox(outputs.get(output.name)!, { height, width }),
  };
}
