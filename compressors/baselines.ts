/**
 * Controls that every comparison needs beside the methods.
 *
 * @module
 */

import type { Norm } from "../graph/group_norms.ts";
import { Random } from "../graph/random.ts";
import { groupGrid } from "../graph/structure.ts";
import { budgetOf } from "./budget.ts";
import type { Compressor, Reference } from "./compressor.ts";
import { prunableLayers, refuseUnsupported, supportsPruning } from "./layers.ts";
import { OptionReader } from "./options.ts";
import { finish } from "./report.ts";
import { selectionOf } from "./selection.ts";
import { requireTrainer } from "./trainer.ts";
import type { Allocation } from "./sparsity/allocate.ts";
import { indexBytesTrace } from "./sparsity/index_bytes.ts";
import { pruneGroups } from "./sparsity/prune.ts";
import { findScheme } from "./sparsity/schemes.ts";
import type { Block } from "./sparsity/schemes.ts";
import { groupScores } from "./sparsity/scores.ts";

/** The guide to comparisons of pruning methods that asks for such controls. */
const SHRINKBENCH: Reference = {
  authors: "Blalock, Gonzalez Ortiz, Frankle, Guttag",
  title: "What is the State of Neural Network Pruning?",
  venue: "MLSys 2020",
  url: "https://arxiv.org/abs/2003.03033",
};

/** Options of {@link dense}. */
export interface DenseOptions {
  /**
   * Whether it learns on for as many epochs as a method has: what a network gains by these alone.
   *
   * @default {false}
   */
  readonly tune: boolean;
}

/**
 * The model with all its weights, whatever the target: zeros of an earlier pruning are computed like
 * any other value. Separates what kernels gain from what sparsity gains.
 */
export const dense: Compressor<DenseOptions> = {
  id: "dense",
  description: "no compression, whatever the rate: zeros are computed as well (control)",
  paper: SHRINKBENCH,
  parseOptions(raw) {
    return { tune: new OptionReader("dense", raw, ["tune"]).flag("tune", false) };
  },
  supports: () => ({ ok: true }),
  needs: ({ tune }) => tune ? ["training"] : [],
  async compress(model, target, { tune }, context) {
    selectionOf(model, context.selection);
    budgetOf(model, target);
    context.signal?.throwIfAborted();
    const whole = model.structures.size > 0 ? { ...model, structures: new Map() } : model;
    if (!tune) return await finish(whole, whole, { decisions: new Map(), notes: [] }, context);
    requireTrainer(context, "dense", `"tune"`);
    return await finish(whole, { ...whole }, { decisions: new Map(), notes: [] }, context);
  },
};

/** The model as it is given, whatever the target: what an earlier pruning left out is skipped. */
export const asIs: Compressor<Record<never, never>> = {
  id: "as-is",
  description: "no further compression: the structure that a pruned model has is used",
  paper: SHRINKBENCH,
  parseOptions(raw) {
    new OptionReader("as-is", raw, []);
    return {};
  },
  supports: ({ name, structures }) =>
    structures.size > 0 ? { ok: true } : { ok: false, reason: `model "${name}" is not pruned` },
  async compress(model, target, options, context) {
    refuseUnsupported("as-is", this.supports(model, options));
    selectionOf(model, context.selection);
    budgetOf(model, target);
    context.signal?.throwIfAborted();
    const decisions = new Map(model.nodes.flatMap(({ name, inputs }) => {
      const found = inputs.map((input) => model.structures.get(input)).find((s) => s !== undefined);
      return found ? [[name, `as given: ${found.scheme}`] as const] : [];
    }));
    return await finish(model, model, { decisions, notes: [] }, context);
  },
};

/** Options of {@link unstructured} and {@link column}. */
export interface MagnitudeOptions {
  /**
   * How the budget is shared among the layers.
   *
   * @default {"uniform"}
   */
  readonly allocation: Allocation;
  /**
   * Whether weights are cut as they are or first drawn by ADMM to what they will keep.
   *
   * @default {"one-shot"}
   */
  readonly algorithm: "one-shot" | "admm";
}

/** A control that removes groups of the smallest magnitude. */
function byMagnitude(
  { id, scheme, norm, description, paper }:
    & Pick<Compressor<MagnitudeOptions>, "id" | "description" | "paper">
    & { readonly scheme: string; readonly norm: Norm },
): Compressor<MagnitudeOptions> {
  return {
    id,
    description,
    paper,
    parseOptions(raw) {
      const read = new OptionReader(id, raw, ["allocation", "algorithm"]);
      return {
        allocation: read.choice("allocation", ["uniform", "global"], "uniform"),
        algorithm: read.choice("algorithm", ["one-shot", "admm"], "one-shot"),
      };
    },
    supports: (model) => supportsPruning(model),
    needs: ({ algorithm }) => algorithm === "one-shot" ? [] : ["pruning"],
    async compress(model, target, { allocation, algorithm }, context) {
      refuseUnsupported(id, supportsPruning(model));
      const normalised = allocation === "global";
      return await pruneGroups(model, target, {
        layers: prunableLayers(model),
        scheme: findScheme(scheme),
        block: { filters: 1, channels: 1 },
        allocation,
        score: (weight, layout) => groupScores(weight, layout, norm, { normalised }),
        ...(algorithm === "admm" && { learn: algorithm }),
        notes: [],
        traces: (pruned) => [indexBytesTrace(pruned)],
      }, context);
    },
  };
}

/** Single weights of the smallest magnitude removed: the bound of accuracy, slow to run. */
export const unstructured: Compressor<MagnitudeOptions> = byMagnitude({
  id: "unstructured",
  scheme: "unstructured",
  norm: "l1",
  description: "single weights of the smallest magnitude removed (control)",
  paper: {
    authors: "Han, Pool, Tran, Dally",
    title: "Learning both Weights and Connections for Efficient Neural Networks",
    venue: "NIPS 2015",
    url: "https://arxiv.org/abs/1506.02626",
  },
});

/** Columns of the weight as a matrix removed: one position of one input channel, in all filters. */
export const column: Compressor<MagnitudeOptions> = byMagnitude({
  id: "column",
  scheme: "column",
  norm: "l2",
  description: "columns of the smallest L2 norm removed: a position of a channel in all filters " +
    "(control)",
  paper: {
    authors: "Wen, Wu, Wang, Chen, Li",
    title: "Learning Structured Sparsity in Deep Neural Networks",
    venue: "NIPS 2016",
    url: "https://arxiv.org/abs/1608.03665",
  },
});

/** Options of {@link randomKgs}. */
export interface RandomKgsOptions {
  /**
   * gM x gN of a kernel group.
   *
   * @default {"8x4"}
   */
  readonly block: Block;
}

/** KGS with as many groups as {@link rt3d} keeps, but drawn at random: what the scores are worth. */
export const randomKgs: Compressor<RandomKgsOptions> = {
  id: "random-kgs",
  description: "kernel groups removed at random (control)",
  paper: SHRINKBENCH,
  parseOptions(raw) {
    return { block: new OptionReader("random-kgs", raw, ["block"]).block("block", "8x4") };
  },
  supports: (model) => supportsPruning(model),
  async compress(model, target, options, context) {
    refuseUnsupported("random-kgs", this.supports(model, options));
    return await pruneGroups(model, target, {
      layers: prunableLayers(model),
      scheme: findScheme("kgs"),
      block: options.block,
      allocation: "uniform",
      score: ({ shape }, layout, { name }) =>
        new Random(context.seed, `random-kgs/${name}`)
          .fillUniform(new Float32Array(groupGrid(shape, layout).groups)),
      notes: [`groups drawn with seed ${context.seed}`],
    }, context);
  },
};
