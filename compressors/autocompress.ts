/**
 * AutoCompress: filter and column rates of every layer, found by annealing.
 *
 * @module
 */

import { Random } from "../graph/random.ts";
import { accountOf } from "./autocompress/account.ts";
import { chooseByAction } from "./autocompress/choose.ts";
import { keptEnergy } from "./autocompress/energy.ts";
import { type Problem, problemOf, type Terms } from "./autocompress/problem.ts";
import { pruneBy, searchByEnergy } from "./autocompress/search.ts";
import { type PrunedStructure, STRUCTURES } from "./autocompress/space.ts";
import { pruneInRounds, type TrainedOptions } from "./autocompress/trained.ts";
import { leastCost } from "./autocompress/whole.ts";
import { budgetOf, refuseUnreachable } from "./budget.ts";
import type { CompressedModel, CompressionContext, Compressor } from "./compressor.ts";
import { refuseUnsupported, supportsPruning } from "./layers.ts";
import { OptionReader } from "./options.ts";
import { checkpoint } from "./progress.ts";
import { finish } from "./report.ts";
import { selectionOf } from "./selection.ts";

/** Options of {@link autocompress}. All but the structure are for where there is a trainer. */
export interface AutoCompressOptions extends TrainedOptions {
  /**
   * What is pruned.
   *
   * @default {"filter+column"}
   */
  readonly structure: PrunedStructure;
  /**
   * Rounds in which the target is approached; `"auto"`: each doubles the rate.
   *
   * @default {"auto"}
   */
  readonly rounds: TrainedOptions["rounds"];
  /**
   * Quick evaluations of each round, and of purification. 8 at each of 15 temperatures are 120.
   *
   * @default {40}
   */
  readonly evaluations: number;
  /**
   * Whether what ADMM leaves almost empty is removed at last, beyond the target.
   *
   * @default {true}
   */
  readonly purify: boolean;
}

/** What is constrained, in messages. */
const NAMES: Readonly<Record<PrunedStructure, string>> = {
  "filter+column": "filters and columns",
  "filter": "filters",
  "column": "columns",
  "non-structured": "single weights",
};

/**
 * AutoCompress: filters and columns are removed together, at rates that a guided annealing finds for
 * every layer. Rates are logits shifted by one number until the model costs what the target allows, so
 * every action that is looked at is feasible; larger layers (in the unit of the target) never get
 * smaller rates.
 *
 * With a trainer, the objective is the accuracy of the quickly pruned network. The target is approached
 * in rounds: the search, ADMM towards what the best action leaves, pruning, recovery. Then comes
 * purification, searched the same way, and what is left is retrained. Without a trainer there is one
 * round, in one shot: where there is no accuracy to ask for, the objective is the weight energy that is
 * kept.
 *
 * Filters are removed physically, in the groups that the graph couples; columns are a structure of the
 * weight. The first convolution, the heads and fully connected layers are not pruned, but lose the
 * channels of removed filters; grouped convolutions lose filters only.
 */
export const autocompress: Compressor<AutoCompressOptions> = {
  id: "autocompress",
  description: "filters and columns at rates found by guided annealing",
  paper: {
    authors: "Liu, Ma, Xu, Wang, Tang, Ye",
    title: "AutoCompress: An Automatic DNN Structured Pruning Framework for Ultra-High " +
      "Compression Rates",
    venue: "AAAI 2020",
    url: "https://arxiv.org/abs/1907.03141",
  },

  parseOptions(raw) {
    const read = new OptionReader("autocompress", raw, [
      "structure",
      "rounds",
      "evaluations",
      "purify",
    ]);
    const { rounds = "auto" } = (raw ?? {}) as { readonly rounds?: unknown };
    return {
      structure: read.choice("structure", STRUCTURES, "filter+column"),
      rounds: rounds === "auto" ? rounds : read.count("rounds", 1),
      evaluations: read.count("evaluations", 40),
      purify: read.flag("purify", true),
    };
  },

  supports: (model) => supportsPruning(model),

  needs: () => ["evaluations"],

  async compress(model, target, options, context) {
    refuseUnsupported("autocompress", this.supports(model, options));
    const selection = selectionOf(model, context.selection);
    const budget = budgetOf(model, target);
    const { structure } = options;
    const { align } = context;
    const terms: Terms = {
      dense: model,
      budget,
      selection,
      structure,
      ...(align !== undefined && { align }),
    };
    const problem = problemOf(model, budget.rate, terms);
    refuseUnreachable(model, budget, leastCost(problem.space), NAMES[structure]);
    await checkpoint(context, "energies of filters and columns", 0, 2);
    if (!context.trainer) return await pruneAtOnce(problem, context);
    const trained = await pruneInRounds(terms, options, context.trainer, context);
    return await finish(model, trained.model, trained.account, context);
  },
};

/** One round in one shot. */
async function pruneAtOnce(
  problem: Problem,
  context: CompressionContext,
): Promise<CompressedModel> {
  const { model, space, allowed } = problem;
  const random = new Random(context.seed, "autocompress");
  const found = await searchByEnergy(problem, random, context);
  await checkpoint(context, "pruning", 1, 2);
  const pruned = chooseByAction(model, space, found.action, allowed);
  const compressed = pruneBy(problem, pruned);
  const exact = keptEnergy(model, compressed, space.layers).toFixed(1);
  const notes = [
    `objective is kept weight energy, geometric mean over layers: ${exact} % ` +
    `(the search's estimate: ${found.value.toFixed(1)} %, ${found.evaluations} actions)`,
  ];
  if (pruned.dead > 0) notes.push(`${pruned.dead} channels removed as nothing reads them`);
  const account = accountOf(model, compressed, space);
  return await finish(model, compressed, { ...account, notes }, context);
}
