/**
 * The command line of `deno task evaluate`.
 *
 * @module
 */

import { type EngineId, ENGINES } from "../harness/training/engines.ts";
import type { EvaluationSettings } from "../harness/training/evaluation.ts";
import { findNetwork } from "../suites/networks.ts";
import { isModelFile } from "../suites/own_model.ts";
import { DATA_HELP, DATA_VALUES, dataOf } from "./data_flags.ts";
import { choiceOf, integerOf, numberOf, onlyWord, readFlags, UsageError } from "./flags.ts";

/** What `--help` prints. */
export const HELP = `deno task evaluate MODEL.onnx|NETWORK --data KIND[:PATH] [options]

Judges a network by the test samples of a set: classifiers by top-1 and top-5, detectors by COCO's
average precision. It runs in Kerf's own runtime and, on the same samples, in ONNX Runtime, and how
far both agree is told.

  --data KIND[:PATH]   what to judge by, e.g. cifar10:data/cifar-10-batches-bin (--list shows all)
  --samples WHICH      test or train (default: test, or train where there are no others)
${DATA_HELP}
  --weights FILE       ONNX file with the weights of a NETWORK; with --width, --size, --frames,
                       --classes as it was trained
  --engine NAME        kerf (default), with ONNX Runtime beside it, or onnxruntime alone
  --batch N            samples of a run (default: 32 images, 4 clips, 4 images with boxes)
  --seed N             seed of generated data (default: 1)
  --threads N          threads (default: all cores)
  --json               print what was found as JSON
  --list               list networks and kinds of data
  --help               this text

Exit codes: 0 done, 1 error or engines that do not agree, 130 interrupted.
`;

/** What was asked for. */
export type EvaluateCommand =
  | { readonly kind: "help" }
  | { readonly kind: "list" }
  | { readonly kind: "start"; readonly settings: EvaluationSettings; readonly json: boolean };

const BATCH = { images: 32, clips: 4, detection: 4 } as const;

const EXTENTS = ["width", "size", "frames", "classes"] as const;

/**
 * Reads a command line.
 *
 * @throws {UsageError|RangeError} for what is missing, unknown or contradictory.
 */
export function parseEvaluateCommand(args: string[]): EvaluateCommand {
  const flags = readFlags(args, {
    values: [
      ...[...DATA_VALUES, "samples", "weights"] as const,
      ...[...EXTENTS, "engine", "batch", "seed", "threads"] as const,
    ],
    switches: ["no-flip", "json", "list", "help"],
    alias: { help: "h" },
  });
  if (flags.help) return { kind: "help" };
  if (flags.list) return { kind: "list" };
  const name = onlyWord(flags._, "one model or network must be named");
  const { weights, width, size, frames, classes, batch, seed, threads, json } = flags;
  if (isModelFile(name)) {
    const given = ([...EXTENTS, "weights"] as const).find((flag) => flags[flag] !== undefined);
    if (given) {
      throw new UsageError(`Cannot run with --${given} as a model file says itself what it is`);
    }
  } else {
    findNetwork(name);
    if (weights === undefined) {
      throw new UsageError(`Cannot run as --weights must be given: "${name}" has learnt nothing`);
    }
  }
  const data = dataOf(flags);
  const engine: EngineId = choiceOf("engine", flags.engine, ENGINES) ?? "kerf";
  const samples = choiceOf("samples", flags.samples, ["train", "test"] as const);
  return {
    kind: "start",
    settings: {
      name,
      data,
      extents: {
        ...(width !== undefined && { width: numberOf("width", width) }),
        ...(size !== undefined && { size: integerOf("size", size, 1) }),
        ...(frames !== undefined && { frames: integerOf("frames", frames, 1) }),
      },
      ...(classes !== undefined && { classes: integerOf("classes", classes, 1) }),
      ...(weights !== undefined && { weights }),
      ...(samples && { samples }),
      engines: engine === "kerf" ? ENGINES : [engine],
      batch: batch === undefined ? BATCH[data.source.kind] : integerOf("batch", batch, 1),
      seed: seed === undefined ? 1 : integerOf("seed", seed, 0),
      threads: threads === undefined
        ? navigator.hardwareConcurrency
        : integerOf("threads", threads, 1),
    },
    json,
  };
}
