/**
 * What of an experiment is run, and how.
 *
 * @module
 */

import type { Experiment, Scale } from "../../suites/experiments/experiment.ts";

/** What is run and how. */
export interface ExperimentSettings {
  /** What is compared. */
  readonly experiment: Experiment;
  /** How large everything is. */
  readonly scale: Scale;
  /** Paths of data sets and files, by the names that parts have for them. */
  readonly paths: ReadonlyMap<string, string>;
  /** Seeds instead of those of the parts. */
  readonly seeds?: readonly number[];
  /** Only these parts and cells, `PART` or `PART/CELL`, with `*`; dense networks as they are needed. */
  readonly only?: readonly string[];
  /** Threads of ONNX Runtime. */
  readonly threads: number;
  /** Execution provider of ONNX Runtime. @default the processor */
  readonly provider?: string;
  /** Folder of all results. */
  readonly results: string;
  /** Name of the machine's folder. @default made from the processor's name */
  readonly machine?: string;
  /** The command that makes this experiment again. */
  readonly command: string;
}
