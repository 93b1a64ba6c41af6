/**
 * What a training is asked to be, and what it is where nothing was asked.
 *
 * @module
 */

import type { DataOptions, DataSource } from "../../suites/datasets/source.ts";
import type { NetworkExtents } from "../../suites/networks.ts";
import type { Optimiser } from "../../training/optimisers/optimiser.ts";
import { parseOptimiser } from "../../training/optimisers/parse.ts";
import { parseSchedule, type Schedule } from "../../training/schedules.ts";

/** Where samples come from. */
export interface DataSettings extends Pick<DataOptions, "path" | "split" | "normalise" | "clips"> {
  /** The source. */
  readonly source: DataSource;
}

/** A network that teaches the one that is trained. */
export interface TeacherSettings {
  /** Its ONNX file. */
  readonly path: string;
  /** What the logits of both are divided by. @default {4} */
  readonly temperature?: number;
  /** Share of what the teacher says in the loss. @default {0.9} */
  readonly alpha?: number;
}

/** What is asked of a training; what is absent depends on network and data. */
export interface TrainSettings {
  /** Id of a network that is trained from scratch, or path of an ONNX file that is fine-tuned. */
  readonly name: string;
  /** ONNX file whose weights a network from scratch begins with. */
  readonly weights?: string;
  /** What it learns from. */
  readonly data: DataSettings;
  /** Form of a network from scratch. */
  readonly extents: Partial<NetworkExtents>;
  /** Classes of a network from scratch. @default those of the data */
  readonly classes?: number;
  /** Passes over the training samples. */
  readonly epochs?: number;
  /** Samples of a step. */
  readonly batch?: number;
  /** Learning rate that the schedule scales. */
  readonly rate?: number;
  /** Id of the optimiser. */
  readonly optimiser?: string;
  /** Options of the optimiser. */
  readonly optimiserOptions: Readonly<Record<string, number | boolean>>;
  /** As `parseSchedule` reads it. */
  readonly schedule?: string;
  /** Weight decay. */
  readonly decay?: number;
  /** Longest gradient; 0 for any. */
  readonly clip?: number;
  /** Share of the target that is spread over all classes. */
  readonly labelSmoothing?: number;
  /** Whom it learns from besides the labels. */
  readonly teacher?: TeacherSettings;
  /** Weights that stay as they are; patterns with `*`. */
  readonly freeze?: readonly string[];
  /** As in `TrainingOptions`. */
  readonly normalization?: "batch" | "running";
  /** As in `TrainingOptions`. */
  readonly reestimate?: number;
  /** As in `TrainingOptions`. */
  readonly patience?: number;
  /** As in `TrainingOptions`. */
  readonly keep?: "best" | "last";
  /** Epochs from one evaluation to the next. */
  readonly evaluateEvery?: number;
  /** Seed of everything random. */
  readonly seed: number;
  /** Threads of ONNX Runtime. */
  readonly threads: number;
  /** Execution provider of ONNX Runtime. @default {"cpu"} */
  readonly provider?: string;
  /** Where training is kept, to go on from it; must be given without a folder of results. */
  readonly checkpoint?: string;
  /** Where the network is written; must be given without a folder of results. */
  readonly out?: string;
  /** Folder of all results; absent: nothing is recorded. */
  readonly results?: string;
  /** Name of the machine's folder. @default made from the processor's name */
  readonly machine?: string;
  /** Words of the command line, by which the training can be gone on with. */
  readonly arguments: readonly string[];
  /** The command that makes this training again. */
  readonly command: string;
}

/** What decides about everything that was not asked for. */
export interface Circumstances {
  /** What is learnt. */
  readonly kind: DataSource["kind"];
  /** Whether the data is a small generated set. */
  readonly generated: boolean;
  /** Whether the weights are trained ones already. */
  readonly tuned: boolean;
  /** Whether layers are normalised, so that they stand large steps. */
  readonly normalised: boolean;
}

/** How a network learns, all of it decided. */
export interface Recipe {
  /** Passes over the training samples. */
  readonly epochs: number;
  /** Samples of a step. */
  readonly batch: number;
  /** How weights follow their gradients. */
  readonly optimiser: Optimiser;
  /** Learning rate that the schedule scales. */
  readonly rate: number;
  /** Learning rate over time. */
  readonly schedule: Schedule;
  /** Weight decay. */
  readonly decay: number;
  /** Longest gradient; 0 for any. */
  readonly clip: number;
}

/** Epochs and samples of a step: generated sets are small and easy. */
const LENGTHS: Readonly<
  Record<DataSource["kind"], Record<"generated" | "real", readonly [epochs: number, batch: number]>>
> = {
  images: { generated: [6, 32], real: [30, 64] },
  clips: { generated: [24, 16], real: [30, 16] },
  detection: { generated: [30, 16], real: [100, 16] },
};

/** Learning rates from scratch. Normalised layers stand larger steps. */
const RATES: Readonly<Record<string, readonly [normalised: number, plain: number]>> = {
  sgd: [0.05, 0.01],
  adam: [2e-3, 1e-3],
  adamw: [2e-3, 1e-3],
};

/** Trained weights are only moved a little, and soon enough. */
const TUNED_EPOCHS = 5, TUNED_SLOWER = 10;

/**
 * Decides what was not asked for.
 *
 * @throws {RangeError|SyntaxError} when optimiser or schedule are not known.
 */
export function recipeOf(settings: TrainSettings, circumstances: Circumstances): Recipe {
  const { kind, generated, tuned, normalised } = circumstances;
  const [length, size] = LENGTHS[kind][generated ? "generated" : "real"];
  const { epochs = tuned ? Math.min(TUNED_EPOCHS, length) : length, batch = size } = settings;
  const { optimiser: id = normalised ? "sgd" : "adamw", optimiserOptions } = settings;
  const nesterov = id === "sgd" && optimiserOptions.momentum !== 0 ? { nesterov: true } : {};
  const optimiser = parseOptimiser(id, { ...nesterov, ...optimiserOptions });
  const { clip = 5 } = settings;
  if (!(clip >= 0)) {
    throw new RangeError(`Cannot run as --clip must be at least 0: current value is ${clip}`);
  }
  const rate = RATES[id][normalised ? 0 : 1] / (tuned ? TUNED_SLOWER : 1);
  return {
    epochs,
    batch,
    optimiser,
    rate: settings.rate ?? rate,
    schedule: parseSchedule(settings.schedule ?? "warmup:0.05,cosine", epochs),
    decay: settings.decay ?? (id === "sgd" ? 5e-4 : 0.01),
    clip,
  };
}
