/**
 * YOLOv4 as it is trained: raw heads for the loss, decoded boxes for the metric.
 *
 * @module
 */

import { GraphBuilder } from "../../graph/builder.ts";
import type { Model, ValueInfo } from "../../graph/model.ts";
import { inferShapes } from "../../graph/shapes.ts";
import { type Tensor, tensor, values } from "../../graph/tensor.ts";
import type { DetectionLabel } from "../../training/data/dataset.ts";
import type { Loss } from "../../training/losses/loss.ts";
import { yoloLoss, type YoloLossOptions } from "../../training/losses/yolo.ts";
import { decode, decodedAnchors } from "../models/yolov4/decode.ts";
import { ANCHORS, type HeadAnchors, HEADS, RAW_OUTPUTS } from "../models/yolov4/heads.ts";

/** Options of {@linkcode yoloTask}. */
export interface YoloTaskOptions extends Omit<YoloLossOptions, "anchors" | "strides" | "classes"> {
  /** Anchors of each head. @default those of the network's decode, or without one those for COCO */
  readonly anchors?: HeadAnchors;
  /**
   * Probability of an object that every anchor starts from, `(0, 1)`: what keeps the many anchors
   * without objects from drowning the few others in the first steps (Lin et al. 2017, section 3.3,
   * who take 0.01). Classes start from equal probabilities. For a network that has learnt nothing yet.
   *
   * @default biases stay as they are
   */
  readonly prior?: number;
}

/** What training YOLOv4 needs, as `TrainingTask` has it, but for data and metric. */
export interface YoloTask {
  /** The network as it is trained: its outputs are the raw heads. */
  readonly model: Model;
  /** The loss on these outputs. */
  readonly loss: Loss<DetectionLabel>;
  /**
   * The network as it is judged and used: decodes the raw heads of any batch into `boxes` and
   * `scores`, as `buildYolov4` does.
   */
  readonly judged: (model: Model) => Model;
  /** Number of classes, as the heads have them. */
  readonly classes: number;
}

/**
 * Prepares a network that `buildYolov4` made, of any width, size, classes and anchors, with its
 * decode or without it, from memory or from a file.
 *
 * @throws {RangeError} when the network is another one, anchors do not fit its heads, or an option is
 *   out of its range.
 */
export function yoloTask(model: Model, options: YoloTaskOptions = {}): YoloTask {
  const { prior, ...lossOptions } = options;
  const raw = rawHeads(model);
  const anchors = options.anchors ?? decodedAnchors(model) ?? ANCHORS;
  const classes = classesOf(raw.outputs, anchors);
  if (prior !== undefined && !(prior > 0 && prior < 1)) {
    throw new RangeError(
      `Cannot train model "${model.name}" as "prior" must be in (0, 1): current value is ${prior}`,
    );
  }
  const strides = HEADS.map(({ stride }) => stride);
  return {
    model: prior === undefined ? raw : withPrior(raw, classes, prior),
    loss: yoloLoss({ ...lossOptions, anchors, strides, classes }),
    judged: (trained) => {
      const g = new GraphBuilder(trained.name, trained);
      const { boxes, scores } = decode(
        g,
        trained.outputs.map(({ name }) => name),
        classes,
        anchors,
      );
      const { structures, metadata } = trained;
      return { ...g.output(boxes).output(scores).build(), structures, metadata };
    },
    classes,
  };
}

/** The part of a network that ends with its raw heads. */
function rawHeads(model: Model): Model {
  const shapes = inferShapes(model);
  const missing = RAW_OUTPUTS.filter((name) => shapes.get(name)?.length !== 4);
  if (missing.length > 0) {
    throw new RangeError(
      `Cannot train model "${model.name}" as YOLOv4 as it must have the heads ` +
        `${RAW_OUTPUTS.join(", ")}: current value is a network without ${missing.join(", ")}`,
    );
  }
  const read = new Set(RAW_OUTPUTS);
  const nodes = model.nodes.toReversed().filter(({ inputs, outputs }) => {
    const leads = outputs.some((name) => read.has(name));
    if (leads) inputs.forEach((name) => read.add(name));
    return leads;
  }).reverse();
  const isRead = ([name]: readonly [string, unknown]) => read.has(name);
  return {
    ...model,
    outputs: RAW_OUTPUTS.map((name) => ({ name, shape: shapes.get(name)! })),
    nodes,
    weights: new Map([...model.weights].filter(isRead)),
    structures: new Map([...model.structures].filter(isRead)),
  };
}

/** What the channels of heads leave for classes. */
function classesOf(outputs: readonly ValueInfo[], anchors: HeadAnchors): number {
  const [classes, ...others] = outputs.map(({ shape }, i) => shape[1] / anchors[i]?.length - 5);
  if (Number.isInteger(classes) && classes >= 1 && others.every((n) => n === classes)) {
    return classes;
  }
  throw new RangeError(
    `Cannot train YOLOv4 as heads must have 5 channels and one for each class, for each anchor: ` +
      `current value is ${outputs.map(({ shape }) => shape[1])} channels for anchors ` +
      JSON.stringify(anchors),
  );
}

/** The network with biases of its heads under which scores start from a prior. */
function withPrior(model: Model, classes: number, prior: number): Model {
  const objectness = Math.log(prior / (1 - prior));
  // Of one class less than certain, which no logit is; as in YOLObile's code.
  const kind = Math.log(0.6 / (classes - 0.99));
  const weights = new Map(model.weights);
  for (const { name, inputs: [, , bias] } of model.nodes) {
    if (RAW_OUTPUTS.includes(name)) {
      weights.set(bias, biased(weights.get(bias)!, 5 + classes, objectness, kind));
    }
  }
  return { ...model, weights };
}

function biased(bias: Tensor, depth: number, objectness: number, kind: number): Tensor {
  const start = (x: number, i: number) => {
    const value = i % depth;
    return value < 4 ? x : value === 4 ? objectness : kind;
  };
  return tensor(values(bias).map(start), bias.shape);
}
