/**
 * What an experiment leaves: one record for each cell, in a file of its own, so that any process can
 * run a cell and records merge by copying.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { LayerDecision, Target } from "../../compressors/compressor.ts";
import type { Trace } from "../../compressors/trace.ts";
import type { EpochRecord } from "../../training/trainer_options.ts";
import { canonicalJson } from "../case.ts";

/** Cell id of what all cells of a part begin with. */
export const DENSE = "dense";

/** What a cell is: one method at one target, on one network with one data set, from one seed. */
export interface CellSpec {
  /** Id of the experiment, e.g. `"rt3d"`. */
  readonly experiment: string;
  /** How large everything is: `quick`, `small` or `full`. */
  readonly scale: string;
  /** Id of the part, e.g. `"c3d-moving-shapes"`: a network with its data. */
  readonly part: string;
  /** Id of the cell in its part, e.g. `"kgs-reweighted-2.6x"`; {@linkcode DENSE} is what all begin with. */
  readonly cell: string;
  /** Compressor id, e.g. `"rt3d"`. */
  readonly method: string;
  /** What the compressor is given. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
  /** Reduction asked for. */
  readonly target: Target;
  /** Seed of weights, data and everything random. */
  readonly seed: number;
  /** Everything else that a result depends on: network, data, recipe, budget; plain values. */
  readonly setting: Readonly<Record<string, unknown>>;
}

/** One stage of a cell's training with its curve. */
export interface StageRecord {
  /** E.g. `"reweighted"`, `"retraining"`. */
  readonly name: string;
  /** Metrics before the first step, by name, in 0..1. */
  readonly before: Readonly<Record<string, number>>;
  /** The epochs, metrics in 0..1. */
  readonly epochs: readonly EpochRecord[];
}

/** What a compression cost. */
export interface Spent {
  /** Epochs of training. */
  readonly epochs: number;
  /** MACs of training: 3 for each MAC of the network, sample and epoch (derived). */
  readonly trainingMacs: number;
  /** Seconds of training and evaluation (measured). */
  readonly seconds: number;
  /** Quick evaluations of a search. */
  readonly evaluations: number;
}

/** What came out of a cell. */
export interface CellResult {
  /** Metrics of the finished network by test samples, by name, in 0..1, the deciding one first (measured). */
  readonly metrics: Readonly<Record<string, number>>;
  /** The same just after cutting, before what is left learns on. @default where nothing was cut */
  readonly cutMetrics?: Readonly<Record<string, number>>;
  /** MACs of the dense network (derived). */
  readonly denseMacs: number;
  /** MACs of what is left (derived). */
  readonly macs: number;
  /** Weights of the dense network (derived). */
  readonly denseParams: number;
  /** Weights that are left (derived). */
  readonly params: number;
  /** Bytes of the weights in float32 (derived). */
  readonly valueBytes: number;
  /** Bytes of the compact indices of their structures (derived). */
  readonly indexBytes: number;
  /** What it cost. */
  readonly spent: Spent;
  /** The dense network's layers. */
  readonly layers: readonly LayerDecision[];
  /** What a reader of the numbers must know. */
  readonly notes: readonly string[];
  /** Tables of the method's work. */
  readonly traces: readonly Trace[];
  /** Curves of all stages. */
  readonly stages: readonly StageRecord[];
}

/** A cell that was run, or why it could not be. */
export interface CellRecord {
  /** Version of this form. */
  readonly schema: 1;
  /** Hash of the specification. */
  readonly id: string;
  /** What it is. */
  readonly spec: CellSpec;
  /** How people call it, e.g. `"KGS 8x4, reweighted"`. */
  readonly label: string;
  /** How it ended; a skipped or failed one has a reason. */
  readonly status: "ok" | "skipped" | "failed";
  /** Why there is no result. */
  readonly reason?: string;
  /** What came out. */
  readonly result?: CellResult;
  /** When it was finished, ISO 8601. */
  readonly finished: string;
  /** Machine and versions, by name. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What a part of an experiment is, for people. */
export interface PartDescription {
  /** Unique in its experiment. */
  readonly id: string;
  /** What people read. */
  readonly title: string;
  /** The network, e.g. `"C3D at quarter width, 16 frames of 56x56: 1.2 M parameters, 410 MMACs"`. */
  readonly network: string;
  /** What it learns from and is judged by, e.g. `"generated moving shapes: 2000 + 500 clips"`. */
  readonly data: string;
  /** Other settings that a reader wants to know, by name. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /** Ids of its cells: only pairs of these are judged. @default those that are recorded */
  readonly cells?: readonly string[];
  /** How people call its cells, by id, also those that are not run. @default as in the records */
  readonly labels?: Readonly<Record<string, string>>;
  /** Why the part was not run, or not gone on with, e.g. `"--data weizmann=PATH not given"`. */
  readonly skipped?: string;
}

/** What `experiment.json` holds: everything but the cells. */
export interface ExperimentManifest {
  /** Version of this form. */
  readonly schema: 1;
  /** Id of the experiment. */
  readonly id: string;
  /** What people read. */
  readonly title: string;
  /** `quick`, `small` or `full`. */
  readonly scale: string;
  /** Name of the machine's folder. */
  readonly machine: string;
  /** The command that makes this experiment again, and goes on where one was interrupted. */
  readonly command: string;
  /** ISO 8601, UTC. */
  readonly started: string;
  /** When the last cell ended; absent until then. */
  readonly finished?: string;
  /** The machine and the tools. */
  readonly environment: Readonly<Record<string, string>>;
  /** Its parts, in order. */
  readonly parts: readonly PartDescription[];
  /**
   * Ids of the cells that its definition has now, in the order of tables; records of others, with older
   * settings, are left alone. Empty: all records.
   */
  readonly cells: readonly string[];
  /** Folders of the runs in which networks were timed, by id of the part, from the machine's folder. */
  readonly latency: Readonly<Record<string, string>>;
  /** Which networks these runs timed, as a hash, by id of the part: others must be timed anew. */
  readonly timed?: Readonly<Record<string, string>>;
  /** Timings that were interrupted, by id of the part. */
  readonly timing?: Readonly<Record<string, InterruptedTiming>>;
}

/** A timing that can be gone on with. */
export interface InterruptedTiming {
  /** Hash of which networks it times, as in {@linkcode ExperimentManifest.timed}. */
  readonly cells: string;
  /** Folder of its run, from the machine's folder. */
  readonly folder: string;
}

/** An experiment as far as it has come. */
export interface RecordedExperiment {
  /** Everything but the cells. */
  readonly manifest: ExperimentManifest;
  /** The cells that are finished, in the order of tables. */
  readonly records: readonly CellRecord[];
}

/** Content hash of a cell, which its record is named after. */
export function cellId(spec: CellSpec): string {
  return hashOf(spec);
}

/**
 * Content hash of what a cell does, without the names that it has in its experiment: what two parts or
 * two experiments both want is done once.
 */
export function workId({ method, options, target, seed, setting }: CellSpec): string {
  return hashOf({ method, options, target, seed, setting });
}

/** The first 12 hex digits of the SHA-256 of the canonical JSON. */
function hashOf(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex").slice(0, 12);
}
