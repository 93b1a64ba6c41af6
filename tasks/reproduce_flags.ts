/**
 * The command line of `deno task reproduce`.
 *
 * @module
 */

import { PAPER_NAMES } from "../harness/ledger/words.ts";
import { PAPERS, type Published } from "../suites/claims/published.ts";
import { EXPERIMENTS } from "../suites/experiments/registry.ts";
import { pathsOf } from "./experiment_flags.ts";
import { quoted, readFlags, UsageError } from "./flags.ts";

/** What `--help` prints. */
export const HELP = `deno task reproduce [rt3d|yolobile|tucker|autocompress|all] [options]

Puts every published value of the papers to the test: runs what is missing or stale, one command
after the other, then judges all values by what is recorded, prints the ledger, and writes
results/ledger.csv and results/ledger.html. Many hours where nothing is recorded yet; --plan tells
beforehand. See docs/claims.md.

  --plan            tell what would be run, with about how long it takes, and what cannot be
  --no-run          run nothing: only judge what is recorded
  --quick           one round of each comparison and trainings of seconds, on generated data, into
                    a folder of its own: shows that everything runs, decides nothing
  --data NAME=PATH  a data set or a trained network that experiments need; may come several times.
                    What is not given is not trained on, and told
  --out DIR         folder of all results (default: results; .build/reproduce with --quick)
  --machine NAME    name of the machine's folder (default: made from the processor's name)
  --help            this text

A time is stale when it was taken on another processor or by kernels that this machine would not
build now; a count, when the emulated phone would be given other kernels. Trainings are done once.

Ctrl-C keeps what is finished, and judges by it; the same command goes on there. One at a time may
run in a folder. Exit codes: 0 when all that can be run was, 1 for an error or a command that
failed, 130 when interrupted.
`;

/** What was asked for. */
export type ReproduceCommand =
  | { readonly kind: "help" }
  | {
    readonly kind: "reproduce";
    /** Papers whose values are judged. */
    readonly papers: readonly Published["paper"][];
    /** Whether commands are run, only told, or neither. */
    readonly run: "yes" | "plan" | "no";
    readonly quick: boolean;
    /** Where data is, by the names that experiments have for it. */
    readonly paths: ReadonlyMap<string, string>;
    readonly out: string;
    readonly machine?: string;
  };

/**
 * Reads a command line.
 *
 * @throws {UsageError} for anything that is unknown or contradictory.
 */
export function parseReproduceCommand(args: string[]): ReproduceCommand {
  const flags = readFlags(args, {
    values: ["out", "machine"],
    switches: ["plan", "no-run", "quick", "help"],
    lists: ["data"],
    alias: { help: "h" },
  });
  if (flags.help) return { kind: "help" };
  const { quick, plan, "no-run": noRun, machine } = flags;
  const [word = "all", ...others] = flags._;
  if (others.length > 0) {
    throw new UsageError(
      `Cannot run as one paper or all must be named: current value is "${flags._.join(" ")}"`,
    );
  }
  const words = PAPERS.map((paper) => PAPER_NAMES[paper].word);
  const chosen = choiceOfPaper(word, words);
  if (plan && noRun) throw new UsageError("Cannot run with --plan as --no-run is given");
  return {
    kind: "reproduce",
    papers: PAPERS.filter((_, i) => chosen === "all" || chosen === words[i]),
    run: plan ? "plan" : noRun ? "no" : "yes",
    quick,
    paths: knownPaths(flags.data),
    out: flags.out ?? (quick ? ".build/reproduce" : "results"),
    ...(machine !== undefined && { machine }),
  };
}

function choiceOfPaper(word: string, words: readonly string[]): string {
  const choices = [...words, "all"];
  if (choices.includes(word)) return word;
  throw new UsageError(
    `Cannot run as the paper must be one of ${choices.join(", ")}: current value is "${word}"`,
  );
}

/** Paths under names that some experiment has at small scale. */
function knownPaths(texts: readonly string[]): ReadonlyMap<string, string> {
  const paths = pathsOf(texts);
  const known = new Set(
    EXPERIMENTS.flatMap(({ parts }) => parts("small")).flatMap(({ network, data }) => [
      ...("file" in network ? [network.file] : []),
      ...(data.path === undefined ? [] : [data.path]),
    ]),
  );
  const unknown = [...paths.keys()].find((name) => !known.has(name));
  if (unknown === undefined) return paths;
  throw new UsageError(
    `Cannot run with --data ${quoted(unknown)}=PATH as experiments need ${[...known].join(", ")}`,
  );
}
