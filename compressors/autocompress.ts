/**
 * AutoCompress: filter and column rates of every layer, found by annealing.
 *
 * @module
 */

import { Random } from "../graph/random.ts";
import { feasible, guided, keptBy, perturbed } from "./autocompress/action.ts";
import type { Action } from "./autocompress/action.ts";
import { anneal } from "./autocompress/annealing.ts";
import { estimatedEnergy, keptEnergy, layerEnergies } from "./autocompress/energy.ts";
import { pruneHybrid } from "./autocompress/hybrid.ts";
import { columnsLeft, leastKept, wholeColumns, wholeFilters } from "./autocompress/whole.ts";
import { budgetOf, refuseUnreachable } from "./budget.ts";
import { channelLinks } from "./channels.ts";
import type { Compressor } from "./compressor.ts";
import { filterCost } from "./filters.ts";
import { refuseUnsupported, supportsPruning } from "./layers.ts";
import { OptionReader } from "./options.ts";
import { checkpoint } from "./progress.ts";
import { finish } from "./report.ts";

/** Logits of the first action are normal with this deviation. */
const START_DEVIATION = 1;
/** Logits move by at most this at the first temperature. */
const LARGEST_MOVE = 1;

/**
 * AutoCompress (phase I) in one shot: filters and columns are removed together, at rates that a guided
 * annealing finds for every layer. Rates are logits shifted by one number until the model costs what
 * the target allows, so every action that is looked at is feasible; larger layers (in the unit of the
 * target) never get smaller rates. Where there is no accuracy to ask for, the objective is the weight
 * energy that is kept.
 *
 * Filters are removed physically; columns are a structure of the weight. The first convolution, the
 * heads and fully connected layers are not pruned, but lose the channels of removed filters.
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
    const budget = budgetOf(model, target);
    const links = channelLinks(model);
    const cost = filterCost(links, budget);
    const least = leastKept(model, links);
    refuseUnreachable(model, budget, cost(least.filters, least.density), "filters and columns");

    await checkpoint(context, "energies of filters and columns", 0, 2);
    const energies = layerEnergies(model, links);
    const sizes = links.map(({ node }) =>
      budget.costs.layers.find(({ name }) => name === node.name)![budget.unit]
    );
    const random = new Random(context.seed, "autocompress");
    const settle = (action: Action) =>
      feasible(guided(action, links, sizes), links, cost, budget.allowed);
    const logits = () => links.map(() => START_DEVIATION * random.normal());
    const found = await anneal<Action>({
      start: settle({ filters: logits(), columns: logits() }),
      propose: (action, reach) => settle(perturbed(action, LARGEST_MOVE * reach, random)),
      evaluate(action) {
        const { filters, density } = keptBy(action, links);
        return estimatedEnergy(energies, links, filters, density);
      },
      key: ({ filters, columns }) => [...filters, ...columns].map((x) => x.toFixed(3)).join(),
      onLevel: (level, levels) => checkpoint(context, "annealing", level, levels),
    }, random);

    await checkpoint(context, "pruning", 1, 2);
    const pruned = pruneHybrid(
      model,
      links,
      energies.map(({ order }) => order),
      wholeFilters(keptBy(found.action, links), links),
      (filters) => {
        const left = columnsLeft(model, links, filters);
        return wholeColumns(found.action, links, filters, left, cost, budget.allowed);
      },
    );

    const left = columnsLeft(model, links, pruned.filters);
    const decisions = new Map(
      links.flatMap(({ node, filters, prunable }, i) =>
        prunable
          ? [
            [
              node.name,
              `keep ${pruned.filters[i]} of ${filters} filters, ` +
              `${pruned.columns[i]} of ${left[i]} columns`,
            ] as const,
          ]
          : []
      ),
    );
    const exact = keptEnergy(model, pruned.model, links).toFixed(1);
    const notes = [
      `objective is kept weight energy, geometric mean over layers: ${exact} % ` +
      `(the search's estimate: ${found.value.toFixed(1)} %, ${found.evaluations} actions)`,
    ];
    if (pruned.dead > 0) notes.push(`${pruned.dead} filters removed as nothing reads them`);
    return await finish(model, pruned.model, { decisions, notes }, context);
  },
};
