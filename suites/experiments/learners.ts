/**
 * Networks with data that several experiments share, at every scale. What two experiments have in
 * common is trained once.
 *
 * @module
 */

import { type LearningRecipe, type Part, type PartData, type Scale, SCAN } from "./experiment.ts";

/** A part without its cells. */
export type Learner = Omit<Part, "cells">;

/** How a network is made and taught at one scale. */
interface Lesson
  extends Pick<Learner, "extents" | "dense" | "tune" | "budget" | "seeds" | "align"> {
  readonly data: Omit<PartData, "source" | "path">;
}

/** Stochastic gradient descent, as all four papers train. */
function sgd(rate: number, batch: number): Learner["tune"] {
  return { batch, optimiser: "sgd", rate, schedule: "warmup:0.05,cosine", decay: 5e-4 };
}

/** A second of training, to see that everything runs; it teaches next to nothing. */
function quick(
  extents: Learner["extents"],
  { batch, optimiser, rate }: Pick<LearningRecipe, "batch" | "optimiser" | "rate">,
): Lesson {
  const tune = { ...sgd(0.01, batch), optimiser, rate };
  return {
    ...(extents && { extents }),
    align: NARROW,
    data: { train: 4 * batch, test: 2 * batch, validation: batch },
    dense: { ...tune, epochs: 2 },
    tune,
    budget: { prune: 2, retrain: 1 },
    seeds: [1],
  };
}

/**
 * Steps of filters and ranks in networks of an eighth of the width: with the vector registers' 8 they
 * would have hardly any choice.
 */
const NARROW = 2;

/** C3D has no normalisation: it learns, and recovers from a cut, by AdamW. */
const FROM_SCRATCH = { optimiser: "adamw", decay: 0.01, schedule: "warmup:0.05,cosine" } as const;

/** C3D on the generated clips whose classes differ in motion only. */
export function c3dShapes(scale: Scale): Learner {
  const small: Lesson = {
    extents: { size: 32, frames: 16, width: 0.125, dropout: 0 },
    align: NARROW,
    data: { validation: 128 },
    dense: { ...FROM_SCRATCH, epochs: 30, batch: 16, rate: 1e-3 },
    tune: { ...FROM_SCRATCH, batch: 16, rate: 5e-4 },
    budget: { prune: 3, retrain: 3 },
    seeds: [1, 2, 3],
  };
  return {
    id: "c3d-moving-shapes",
    title: "C3D on moving shapes (generated, hard)",
    network: { id: "c3d" },
    ...lesson(scale, "moving-shapes-hard", undefined, {
      quick: quick(
        { size: 32, frames: 16, width: 0.125, dropout: 0 },
        { batch: 8, optimiser: "adamw", rate: 1e-3 },
      ),
      small,
    }),
  };
}

/** R(2+1)D on the same clips. */
export function r2plus1dShapes(scale: Scale): Learner {
  const small: Lesson = {
    extents: { size: 32, frames: 16, width: 0.125, dropout: 0 },
    align: NARROW,
    data: { validation: 128 },
    dense: { ...sgd(0.05, 16), epochs: 8 },
    tune: sgd(0.01, 16),
    budget: { prune: 3, retrain: 3 },
    seeds: [1, 2],
  };
  return {
    id: "r2plus1d-moving-shapes",
    title: "R(2+1)D on moving shapes (generated, hard)",
    network: { id: "r2plus1d-18" },
    ...lesson(scale, "moving-shapes-hard", undefined, {
      quick: quick(
        { size: 32, frames: 16, width: 0.125, dropout: 0 },
        { batch: 8, optimiser: "sgd", rate: 1e-2 },
      ),
      small,
    }),
  };
}

/** Persons of the Weizmann set who are for tests. */
const WEIZMANN_TEST = ["p0*", "p1*", "p2*"].map((person) => `*/${person}`).join("\n");
/** Clips of the fights that are for training, by number, so that no video is on both sides. */
const FIGHTS_TRAIN = Array.from({ length: 110 }, (_, i) => String(i + 1).padStart(3, "0"))
  .map((number) => `*/*${number}.mp4`).join("\n");

/** C3D on four actions of nine persons: small, real and nearly saturated. */
export function c3dWeizmann(): Learner {
  return {
    id: "c3d-weizmann",
    title: "C3D on Weizmann, persons 0 to 2 for tests (real)",
    network: { id: "c3d" },
    extents: { size: 56, frames: 16, width: 0.125, dropout: 0 },
    align: NARROW,
    data: {
      source: "videos",
      path: "weizmann",
      splitTest: WEIZMANN_TEST,
      validation: 4,
    },
    dense: { ...FROM_SCRATCH, epochs: 150, batch: 8, rate: 1e-3 },
    tune: { ...FROM_SCRATCH, batch: 4, rate: 5e-4 },
    budget: { prune: 30, retrain: 30 },
    seeds: [1, 2, 3],
  };
}

/** R(2+1)D on fights in surveillance videos: real, few and hard. */
export function r2plus1dFights(): Learner {
  return {
    id: "r2plus1d-fights",
    title: "R(2+1)D on surveillance fights, clips 1 to 110 for training (real)",
    network: { id: "r2plus1d-18" },
    extents: { size: 56, frames: 16, width: 0.125, dropout: 0 },
    align: NARROW,
    data: { source: "videos", path: "fights", splitTrain: FIGHTS_TRAIN, validation: 20 },
    dense: { ...sgd(0.05, 8), epochs: 24 },
    tune: sgd(0.005, 8),
    budget: { prune: 4, retrain: 4 },
    seeds: [1, 2],
  };
}

/** YOLOv4 on blood cells. */
export function yolov4Cells(scale: Scale): Learner {
  const small: Lesson = {
    extents: { size: 192, width: 0.25 },
    align: 4,
    data: { validation: 20 },
    dense: { ...sgd(0.02, 8), epochs: 50 },
    tune: sgd(0.01, 8),
    budget: { prune: 4, retrain: 6 },
    seeds: [1, 2],
  };
  return {
    id: scale === "quick" ? "yolov4-shapes" : "yolov4-bccd",
    title: scale === "quick" ? "YOLOv4 on generated shapes" : "YOLOv4 on BCCD blood cells (real)",
    network: { id: "yolov4" },
    ...(scale === "quick"
      ? lesson(scale, "shapes-detection", undefined, {
        quick: quick({ size: 96, width: 0.25 }, { batch: 4, optimiser: "sgd", rate: 1e-2 }),
      })
      : lesson(scale, "coco", "bccd", { small })),
  };
}

/** Normalised classifiers on CIFAR-10. */
export function cifar(
  network: "vgg-16-cifar" | "resnet-18-cifar",
  scale: Scale,
): Learner {
  const small: Lesson = {
    extents: { width: 0.25 },
    align: 4,
    data: { train: 10_000, test: 5000, validation: 1000 },
    dense: { ...sgd(0.05, 64), epochs: 16 },
    tune: sgd(0.01, 64),
    budget: { prune: 3, retrain: 2 },
    seeds: [1],
  };
  return {
    id: scale === "quick" ? `${network}-textures` : `${network}-cifar10`.replace("-cifar-", "-"),
    title: `${network} on ${scale === "quick" ? "generated textures" : "CIFAR-10 (real)"}`,
    network: { id: network },
    ...(scale === "quick"
      ? lesson(scale, "textures", undefined, {
        quick: quick({ width: 0.25 }, { batch: 16, optimiser: "sgd", rate: 0.02 }),
      })
      : lesson(scale, "cifar10", "cifar10", {
        small,
        full: {
          ...small,
          extents: { width: 1 },
          align: 8,
          data: { validation: 5000 },
          dense: { ...sgd(0.05, 64), epochs: 200 },
          budget: { prune: 160, retrain: 200 },
          seeds: [1, 2, 3],
        },
      })),
  };
}

/** AlexNet, narrow, on CIFAR-10 enlarged to what its pools need. */
export function alexnetCifar(scale: Scale): Learner {
  const small: Lesson = {
    extents: { size: 67, width: 0.25, dropout: 0 },
    align: 4,
    data: { train: 10_000, test: 5000, validation: 0 },
    dense: { ...FROM_SCRATCH, epochs: 20, batch: 64, rate: 1e-3 },
    tune: { ...FROM_SCRATCH, batch: 64, rate: 2e-4 },
    budget: { prune: 0, retrain: 5 },
    seeds: [1],
  };
  return {
    id: scale === "quick" ? "alexnet-textures" : "alexnet-cifar10",
    title: `AlexNet on ${scale === "quick" ? "generated textures" : "CIFAR-10 enlarged (real)"}`,
    network: { id: "alexnet" },
    ...(scale === "quick"
      ? lesson(scale, "textures", undefined, {
        quick: quick(
          { size: 67, width: 0.125, dropout: 0 },
          { batch: 16, optimiser: "adamw", rate: 1e-3 },
        ),
      })
      : lesson(scale, "images", "cifar10-images", {
        small,
      })),
  };
}

/** A trained ResNet-20, as a user would bring it. */
export function resnet20File(): Learner {
  return {
    id: "resnet20-cifar10",
    title: "Trained ResNet-20 from a file, on CIFAR-10 (real)",
    network: { file: "resnet20" },
    data: {
      source: "cifar10",
      path: "cifar10",
      train: 10_000,
      test: 10_000,
      validation: 1000,
      normalise: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
    },
    align: 4,
    tune: sgd(0.01, 64),
    budget: { prune: 0, retrain: 4 },
    seeds: [1],
  };
}

/** A trained MeshNet on a scan of a head: what is left of its own output. */
export function meshnetScan(): Learner {
  const patch = 96;
  return {
    id: "meshnet-mri",
    title: "Trained MeshNet from a file on an MRI scan (real): agreement with its dense output",
    network: { file: "meshnet", shapes: { input: [1, 1, patch, patch, patch] } },
    align: 1,
    data: { source: SCAN, path: "mri", train: 8, test: 8, validation: 0 },
    tune: { batch: 1, optimiser: "adamw", rate: 1e-3, schedule: "cosine", decay: 0 },
    budget: { prune: 0, retrain: 3 },
    seeds: [1],
  };
}

/** The settings of a scale. @throws {RangeError} when the learner is not made for it */
function lesson(
  scale: Scale,
  source: string,
  path: string | undefined,
  lessons: { readonly [scale in Scale]?: Lesson },
): Lesson & { readonly data: PartData } {
  const found = lessons[scale];
  if (!found) throw new RangeError(`Cannot teach from "${source}" at scale "${scale}"`);
  return { ...found, data: { source, ...(path !== undefined && { path }), ...found.data } };
}
