/**
 * AutoCompress: filter and column rates of every layer, found by annealing.
 *
 * @module
 */

import { Random } from "../graph/random.ts";
import { removeDeadChannels } from "../graph/rewrites/dead.ts";
import { sizeOf } from "../graph/tensor.ts";
import { feasible, guided, keptBy, perturbed } from "./autocompress/action.ts";
import type { Action, Sizes } from "./autocompress/action.ts";
import { anneal } from "./autocompress/annealing.ts";
import { estimatedEnergy, keptEnergy, layerEnergies } from "./autocompress/energy.ts";
import { applyHybrid, chooseHybrid } from "./autocompress/hybrid.ts";
import { costOf, type HybridSpace, hybridSpace } from "./autocompress/space.ts";
import { leastKept, wholeColumns, wholeFilters } from "./autocompress/whole.ts";
import { type Budget, budgetOf, refuseUnreachable } from "./budget.ts";
import type { Compressor } from "./compressor.ts";
import { bundleScores, filterDecisions, rankBundles } from "./filters.ts";
import { refuseUnsupported, supportsPruning } from "./layers.ts";
import { OptionReader } from "./options.ts";
import { checkpoint } from "./progress.ts";
import { finish } from "./report.ts";
import { selectionOf } from "./selection.ts";

/** Logits of the first action are normal with this deviation. */
const START_DEVIATION = 1;
/**
 * Where removing dead channels saves more than columns can take up again, columns are chosen anew as
 * if that much more were allowed before, until the cost is close to what is.
 */
const SLACKS = [1.02, 1.05, 1.1, 1.15, 1.2, 1.3, 1.4, 1.6, 2];
/** Part of the budget that is to be used. */
const CLOSE = 0.99;
/** Logits move by at most this at the first temperature. */
const LARGEST_MOVE = 1;

/**
 * AutoCompress (phase I) in one shot: filters and columns are removed together, at rates that a guided
 * annealing finds for every layer. Rates are logits shifted by one number until the model costs what
 * the target allows, so every action that is looked at is feasible; larger layers (in the unit of the
 * target) never get smaller rates. Where there is no accuracy to ask for, the objective is the weight
 * energy that is kept.
 *
 * Filters are removed physically, in the groups that the graph couples; columns are a structure of the
 * weight. The first convolution, the heads and fully connected layers are not pruned, but lose the
 * channels of removed filters; grouped convolutions lose filters only.
 */
export const autocompress: Compressor<Record<never, never>> = {
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
    new OptionReader("autocompress", raw, []);
    return {};
  },

  supports: (model) => supportsPruning(model),

  async compress(model, target, options, context) {
    refuseUnsupported("autocompress", this.supports(model, options));
    const selection = selectionOf(model, context.selection);
    const budget = budgetOf(model, target);
    const space = hybridSpace(model, budget, selection, context.align);
    const { plan, layers } = space;
    const least = leastKept(space);
    const leastCost = costOf(space.costs(least.filters), least.density);
    refuseUnreachable(model, budget, leastCost, "filters and columns");

    await checkpoint(context, "energies of filters and columns", 0, 2);
    const scores = bundleScores(model, plan, "l2");
    const orders = plan.groups.map((group) => rankBundles(group, scores));
    const energies = layerEnergies(model, space, orders);
    const sizes = sizesOf(space, budget);
    const random = new Random(context.seed, "autocompress");
    const settle = (action: Action) =>
      feasible(guided(action, space, sizes), space, budget.allowed);
    const logits = (count: number) =>
      Array.from({ length: count }, () => START_DEVIATION * random.normal());
    const found = await anneal<Action>({
      start: settle({ filters: logits(plan.groups.length), columns: logits(layers.length) }),
      propose: (action, reach) => settle(perturbed(action, LARGEST_MOVE * reach, random)),
      evaluate: (action) => estimatedEnergy(energies, keptBy(action, space)),
      key: ({ filters, columns }) => [...filters, ...columns].map((x) => x.toFixed(3)).join(),
      onLevel: (level, levels) => checkpoint(context, "annealing", level, levels),
    }, random);

    await checkpoint(context, "pruning", 1, 2);
    const first = wholeFilters(keptBy(found.action, space), space);
    const choose = (slack: number) => {
      let allowed = budget.allowed * slack;
      return chooseHybrid(model, space, orders, first, (counts) => {
        const columns = wholeColumns(found.action, space, counts, allowed, first);
        allowed = budget.allowed;
        return columns;
      });
    };
    let pruned = choose(1);
    for (const slack of SLACKS) {
      if (pruned.cost > CLOSE * budget.allowed) break;
      const next = choose(slack);
      if (next.cost <= budget.allowed && next.cost > pruned.cost) pruned = next;
    }
    const compressed = removeDeadChannels(
      applyHybrid(model, space, pruned),
      new Set(plan.reasons.keys()),
    );
    const filters = filterDecisions(plan, model, compressed);
    const decisions = new Map(layers.flatMap(({ node, weight, reason }) => {
      if (reason !== undefined) return [];
      const [, channels, ...kernel] = compressed.weights.get(weight)!.shape;
      const all = channels * sizeOf(kernel);
      const left = compressed.structures.get(weight)?.kept.reduce((sum, bit) => sum + bit, 0);
      const columns = `${left ?? all} of ${all} columns`;
      return [[node.name, `${filters.get(node.name) ?? "keep all filters"}, ${columns}`] as const];
    }));
    const reasons = new Map([
      ...plan.reasons,
      ...layers.flatMap(({ node, reason }) => reason ? [[node.name, reason] as const] : []),
    ]);
    const exact = keptEnergy(model, compressed, layers).toFixed(1);
    const notes = [
      `objective is kept weight energy, geometric mean over layers: ${exact} % ` +
      `(the search's estimate: ${found.value.toFixed(1)} %, ${found.evaluations} actions)`,
    ];
    if (pruned.dead > 0) notes.push(`${pruned.dead} channels removed as nothing reads them`);
    return await finish(model, compressed, { decisions, notes, reasons }, context);
  },
};

/** Costs of layers and groups, by which the guidance orders them. */
function sizesOf({ layers, plan }: HybridSpace, { costs, unit }: Budget): Sizes {
  const byName = new Map(costs.layers.map((layer) => [layer.name, layer[unit]]));
  const total = (names: readonly string[]) =>
    names.reduce((sum, name) => sum + byName.get(name)!, 0);
  return {
    groups: plan.groups.map(({ layers }) => total(layers)),
    layers: layers.map(({ node }) => byName.get(node.name)!),
  };
}
