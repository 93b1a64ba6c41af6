/**
 * An experiment as data: which methods are trained side by side, on what, and what the papers say of it.
 *
 * @module
 */

import type { Target } from "../../compressors/compressor.ts";

/** How large everything is: seconds on generated data, hours on a small machine, as in the papers. */
export type Scale = "quick" | "small" | "full";

/** One method at one target. */
export interface Cell {
  /** Unique in its part, e.g. `"kgs-reweighted-2.6x"`. */
  readonly id: string;
  /** What people read, e.g. `"KGS 8x4, reweighted, 2.6x"`. */
  readonly label: string;
  /** Compressor id. */
  readonly method: string;
  /** What the compressor is given. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
  /** Reduction asked for. */
  readonly target: Target;
}

/**
 * The dense network with as many epochs more as a method has: what is gained by these is none of the
 * methods' merit.
 */
export const TUNED: Cell = {
  id: "dense-tuned",
  label: "dense, trained on",
  method: "dense",
  options: { tune: true },
  target: { macs: 1 },
};

/** How weights are learnt. */
export interface LearningRecipe {
  /** Passes over the training samples. */
  readonly epochs: number;
  /** Samples of a step. */
  readonly batch: number;
  /** Id of the optimiser. */
  readonly optimiser: "sgd" | "adam" | "adamw";
  /** Learning rate that the schedule scales. */
  readonly rate: number;
  /** As `parseSchedule` reads it. */
  readonly schedule: string;
  /** Weight decay. */
  readonly decay: number;
}

/** Where samples come from. */
export interface PartData {
  /** Id of a data source, e.g. `"cifar10"`. */
  readonly source: string;
  /** Name by which a user gives its path, e.g. `--data weizmann=PATH`; absent for generated sets. */
  readonly path?: string;
  /** Text of a split file for the test samples, as `--split-test` takes it. */
  readonly splitTest?: string;
  /** Text of a split file for the training samples. */
  readonly splitTrain?: string;
  /** Training samples used, drawn with the seed. @default all */
  readonly train?: number;
  /** Test samples used. @default all */
  readonly test?: number;
  /** Training samples set aside for searches; they are not trained on. */
  readonly validation: number;
  /** From values in 0..1 to what the network reads. @default what the set is known for */
  readonly normalise?: { readonly mean: readonly number[]; readonly std: readonly number[] };
}

/**
 * Source of a part whose network is to agree with its own dense output on a scan (NIfTI): there are no
 * other labels.
 */
export const SCAN = "scan";

/** A network that the user gives. */
export interface NetworkFile {
  /** Name by which its path is given, e.g. `--data resnet20=FILE`. */
  readonly file: string;
  /** Shapes of inputs that the file leaves open. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
}

/** A network that learns from one data set, and the cells that begin with it. */
export interface Part {
  /** Unique in its experiment, e.g. `"c3d-moving-shapes"`. */
  readonly id: string;
  /** What people read. */
  readonly title: string;
  /** Id of a network; or name by which a user gives an ONNX file, e.g. `--data resnet20=FILE`. */
  readonly network: { readonly id: string } | NetworkFile;
  /** Form of a network from scratch. */
  readonly extents?: {
    readonly size?: number;
    readonly frames?: number;
    readonly width?: number;
    readonly dropout?: number;
  };
  /** What it learns from. */
  readonly data: PartData;
  /** How the dense network is made. @default a file is taken as it is */
  readonly dense?: LearningRecipe;
  /** How methods learn; epochs are those of the budget. */
  readonly tune: Omit<LearningRecipe, "epochs">;
  /** Epochs that each method may spend. */
  readonly budget: { readonly prune: number; readonly retrain: number };
  /** Counts of filters, channels and ranks that are left are multiples of this. @default {8} */
  readonly align?: number;
  /** Each seed is a network of its own with all cells. */
  readonly seeds: readonly number[];
  /** The methods. */
  readonly cells: readonly Cell[];
  /** Whether the networks of the first seed are timed at the end. @default {false} */
  readonly timed?: boolean;
}

/**
 * What papers say of an experiment, and how it is judged: each part by itself, by paired differences of
 * the deciding metric (or another value) over its seeds.
 */
export interface Claim {
  /** Ids in the published list, e.g. `["rt3d.t1.c3d.rew.kgs.2.6x.top1"]`. */
  readonly published: readonly string[];
  /** The paper's statement in one sentence. */
  readonly statement: string;
  /** Which parts bear on it; patterns with `*`. */
  readonly parts: string;
  /** What is compared, each pair by itself: left must not be worse than right by more than `margin`. */
  readonly pairs: readonly ClaimPair[];
}

/** Two cells of a part. */
export interface ClaimPair {
  /** Cell that is said to be at least as good (higher metric; for other values see `value`). */
  readonly better: string;
  /** Cell that it is compared with. */
  readonly than: string;
  /** What is compared; @default {"final"} */
  readonly value?: PairValue;
  /**
   * How much worse it may be and still hold, in points of the metric or as rates; below 0, how much
   * better it must be.
   *
   * @default {0}
   */
  readonly margin?: number;
}

/**
 * The deciding metric at the end or just after cutting, in points, where of the dense network both are
 * the same; reduction of MACs or of weights, `dense / kept`. More is better.
 */
export type PairValue = "final" | "cut" | "MACs rate" | "weights rate";

/** An experiment that `deno task experiment` can run. */
export interface Experiment {
  /** As typed on the command line. */
  readonly id: string;
  /** What people read. */
  readonly title: string;
  /** One line for `--list`. */
  readonly description: string;
  /** What is run at a scale. */
  parts(scale: Scale): readonly Part[];
  /** What papers say of it. */
  readonly claims: readonly Claim[];
}
