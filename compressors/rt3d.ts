/**
 * RT3D: structured sparsity for 3-D convolutions.
 *
 * @module
 */

import type { Norm } from "../graph/group_norms.ts";
import type { Model } from "../graph/model.ts";
import type { CompressionContext, Compressor } from "./compressor.ts";
import { refuseUnsupported, supportsPruning } from "./layers.ts";
import { pruneInRounds } from "./learning/greedy.ts";
import { normHistogram } from "./learning/norm_histogram.ts";
import { chooseStrength, DEFAULT_UPDATES, learnWithPenalty } from "./learning/penalised.ts";
import { trainerForPruning } from "./learning/trainer_for_pruning.ts";
import { OptionReader } from "./options.ts";
import { type Account, finish } from "./report.ts";
import { wholeFilters } from "./rt3d/filters.ts";
import { kernelGroups } from "./rt3d/kernel_groups.ts";
import type { SchemeOnModel } from "./rt3d/scheme.ts";
import type { Allocation } from "./sparsity/allocate.ts";
import type { Block } from "./sparsity/schemes.ts";
import { requireTrainer } from "./trainer.ts";

/** Options of {@link rt3d}. */
export interface Rt3dOptions {
  /**
   * Which weights are removed together (section 2 of the paper).
   *
   * @default {"kgs"}
   */
  readonly scheme: "kgs" | "vanilla" | "filter";
  /**
   * gM x gN of a kernel group; the paper uses gN = 4 with gM = 4 or 8. The filter scheme has none.
   *
   * @default {"8x4"}
   */
  readonly block: Block;
  /**
   * How it is found out what goes (section 3 of the paper):
   * - `"one-shot"`, `"greedy"`, `"taylor"` are heuristics: the smallest norms at once, the same in
   *   rounds with learning in between, the least change of the loss to first order;
   * - `"fixed"` learns with a group lasso first;
   * - `"reweighted"`, the paper's method, with one whose weights follow the norms.
   *
   * All but the first need training.
   *
   * @default {"one-shot"}
   */
  readonly algorithm: "one-shot" | "greedy" | "taylor" | "fixed" | "reweighted";
  /**
   * How the budget is shared among the layers.
   *
   * @default {"global"} after learning with a penalty, so that rates emerge; else `"uniform"`
   */
  readonly allocation: Allocation;
  /**
   * The L_g norm of a group. Filters that have learnt under a penalty are judged by what it pushed, the
   * L2 norm of all that makes their channels.
   *
   * @default {"l2"}
   */
  readonly norm: Exclude<Norm, "channel-l2">;
  /** Rounds of `"greedy"`. @default {4} */
  readonly rounds: number;
  /** Lambda of a penalty. @default what makes what must go small in the epochs that there are */
  readonly strength?: number;
  /** What is left of the norm of the last group that goes, where lambda is chosen. @default {0.5} */
  readonly shrunk: number;
  /** How often the weights of `"reweighted"` are made, about. @default {4} */
  readonly updates: number;
  /**
   * Whether a penalty pushes layers harder that cost more MACs, in proportion to those of a group: as
   * the paper says it may be done.
   *
   * @default {false}
   */
  readonly weighByMacs: boolean;
  /**
   * Whether norms are compared between layers, and pushed by a penalty, by what is usual in each layer
   * of the model as it was given.
   *
   * @default {true} after learning with a penalty; else `false`
   */
  readonly relative: boolean;
  /**
   * Whether all blocks of kernels of a layer keep as many positions, but for one; for `"kgs"` with
   * `"uniform"`.
   *
   * @default {false}
   */
  readonly balanced: boolean;
  /** Whether what is left learns from the model as it was given, too. @default {false} */
  readonly distill: boolean;
}

/**
 * RT3D: kernel groups (KGS), blocks of kernels (Vanilla) or filters are removed until the target is
 * reached, found by one of five algorithms; what is left is trained with masks where there is a
 * trainer. As in the paper, fully connected layers are not pruned, and as in its authors'
 * configurations the first convolution is not either. Filters are removed physically, with the
 * channels that read them.
 */
export const rt3d: Compressor<Rt3dOptions> = {
  id: "rt3d",
  description: "kernel groups (KGS), blocks of kernels (Vanilla) or filters of convolutions",
  paper: {
    authors: "Niu, Sun, Li, Chen, Dai, Yuan, Ren, Wang, Lin",
    title:
      "RT3D: Achieving Real-Time Execution of 3D Convolutional Neural Networks on Mobile Devices",
    venue: "AAAI 2021",
    url: "https://arxiv.org/abs/2007.09835",
  },

  parseOptions(raw) {
    const read = new OptionReader("rt3d", raw, NAMES);
    const scheme = read.choice("scheme", ["kgs", "vanilla", "filter"], "kgs");
    const algorithms = ["one-shot", "greedy", "taylor", "fixed", "reweighted"] as const;
    const algorithm = read.choice("algorithm", algorithms, "one-shot");
    const balanced = read.flag("balanced", false);
    if (balanced && scheme !== "kgs") {
      throw new RangeError(
        `Cannot read options of "rt3d" as "balanced" must be false for "${scheme}": ` +
          `current value is true`,
      );
    }
    const penalised = algorithm === "fixed" || algorithm === "reweighted";
    const norm = read.choice("norm", ["l1", "l2", "linf"], "l2");
    if (scheme === "filter" && penalised && norm !== "l2") {
      throw new RangeError(
        `Cannot read options of "rt3d" as "norm" must be l2 for filters that learn under a penalty: ` +
          `current value is ${norm}`,
      );
    }
    const strength = read.number("strength", 0, 0, Number.MAX_VALUE);
    return {
      scheme,
      block: read.block("block", "8x4"),
      algorithm,
      allocation: read.choice(
        "allocation",
        balanced ? ["uniform"] : ["uniform", "global"],
        penalised && !balanced ? "global" : "uniform",
      ),
      norm,
      rounds: read.count("rounds", 4),
      ...(strength > 0 && { strength }),
      shrunk: read.number("shrunk", 0.5, 0.01, 0.99),
      updates: read.count("updates", DEFAULT_UPDATES),
      weighByMacs: read.flag("weighByMacs", false),
      relative: read.flag("relative", penalised),
      balanced,
      distill: read.flag("distill", false),
    };
  },

  supports: (model) => supportsPruning(model),

  needs: ({ algorithm, distill }) => [
    ...(algorithm === "taylor" ? ["training"] as const : []),
    ...(["greedy", "fixed", "reweighted"].includes(algorithm) ? ["pruning"] as const : []),
    ...(distill ? ["teacher"] as const : []),
  ],

  async compress(model, target, options, context) {
    refuseUnsupported("rt3d", this.supports(model, options));
    if (options.distill) requireTrainer(context, "rt3d", "distillation");
    const { scheme } = options;
    const on = scheme === "filter"
      ? wholeFilters(model, target, options, context)
      : kernelGroups(model, target, { ...options, scheme }, context);
    const rate = "macs" in target ? target.macs : target.params;
    const { pruned, ...told } = await ALGORITHMS[options.algorithm](model, {
      on,
      rate,
      options,
      context,
    });
    return await finish(model, pruned, {
      notes: [],
      ...on.account(pruned),
      ...told,
      ...(options.distill && { teacher: model }),
    }, context);
  },
};

const NAMES = [
  ...["scheme", "block", "algorithm", "allocation", "norm", "rounds", "strength", "shrunk"],
  ...["updates", "weighByMacs", "relative", "balanced", "distill"],
];

/** What an algorithm works with. */
interface Work {
  readonly on: SchemeOnModel;
  /** Reduction of the whole model, as the target has it. */
  readonly rate: number;
  readonly options: Rt3dOptions;
  readonly context: CompressionContext;
}

/** What an algorithm has left of a model, and what is told of it. */
interface Outcome extends Pick<Account, "retrain" | "traces">, Partial<Pick<Account, "notes">> {
  readonly pruned: Model;
}

const ALGORITHMS: Record<
  Rt3dOptions["algorithm"],
  (model: Model, work: Work) => Promise<Outcome>
> = {
  "one-shot": async (model, { on }) => ({ pruned: await on.cut(model) }),

  async taylor(model, { on, context }) {
    const trainer = requireTrainer(context, "rt3d", "Taylor scores");
    context.signal?.throwIfAborted();
    return {
      pruned: await on.cut(model, { gradients: await trainer.gradients(model, context.signal) }),
    };
  },

  async greedy(model, { on, rate, options: { rounds }, context }) {
    const trainer = trainerForPruning(context, "rt3d", "greedy pruning");
    const cut = (left: Model, rate: number) => on.cut(left, { rate });
    const pruned = await pruneInRounds(model, { rounds, rate, cut }, context);
    return { pruned, retrain: trainer.budget.retrain };
  },

  fixed: (model, work) => penalised("fixed", model, work),
  reweighted: (model, work) => penalised("reweighted", model, work),
};

/** Learns under a penalty, then cuts. */
async function penalised(
  kind: "fixed" | "reweighted",
  model: Model,
  { on, options: { strength: given, shrunk, updates, weighByMacs }, context }: Work,
): Promise<Outcome> {
  const trainer = trainerForPruning(context, "rt3d", `${kind} regularisation`);
  context.signal?.throwIfAborted();
  const { grouped, relative } = await on.pushed(kind);
  if (grouped.length === 0) return { pruned: await on.cut(model) };
  const choice = { kind, fraction: on.fraction, shrunk, updates, weighByMacs, relative };
  const strength = given ?? chooseStrength(model, grouped, choice, trainer);
  const learnt = await learnWithPenalty(model, grouped, { ...choice, strength }, context);
  return {
    pruned: await on.cut(learnt, { penalised: true }),
    retrain: trainer.budget.retrain,
    notes: [`${kind} regularisation with lambda ${strength.toPrecision(3)}`],
    traces: [normHistogram(model, learnt, grouped)],
  };
}
