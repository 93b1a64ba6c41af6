/**
 * Factorises the layers of a whole network at once, whatever the decomposition.
 *
 * @module
 */

import { hasWeights } from "../../graph/costs.ts";
import type { LayerCosts } from "../../graph/costs.ts";
import type { Model } from "../../graph/model.ts";
import { type Budget, budgetOf, refuseUnreachable } from "../budget.ts";
import type { CompressedModel, CompressionContext, Support, Target } from "../compressor.ts";
import { DEFAULT_ALIGN } from "../filters.ts";
import { isDepthwise, layersOf, ownsWeights, refuseUnsupported } from "../layers.ts";
import type { LayerNode, WeightedNode } from "../layers.ts";
import { checkpoint } from "../progress.ts";
import { finish, percent } from "../report.ts";
import { refuseRate, type Selection, selectionOf } from "../selection.ts";
import type { Analysis, Factorisation, Replacement } from "./factorisation.ts";
import { fromScratch } from "./from_scratch.ts";
import { grows, rankPlan, ranksByRatio } from "./rank_plan.ts";
import type { RankPlan, Ranks } from "./rank_plan.ts";
import { svdNote } from "./svd.ts";
import { factorsTrace, type RankRecord, ranksTrace } from "./traces.ts";

/** Where factors' weights come from: the layers' weights, or chance. */
export type Start = "factors" | "random";

/** How found ranks become the ranks that are used. */
export type Scaling = "to-target" | "as-found";

/** How a method factorises. */
export interface Method {
  /** Its id. */
  readonly id: string;
  /** Whether fully connected layers are factorised. */
  readonly fullyConnected: boolean;
  /** From where the ranks come; absent: the same reduction in every layer. */
  readonly rule?: RankRule;
  /** Whether ranks are scaled up, too, until the target is just met. */
  readonly scaling: Scaling;
  /** What the factors begin as. */
  readonly start: Start;
  /** How one layer is factorised. */
  factorisation(node: WeightedNode, costs: LayerCosts, first: boolean): Factorisation;
}

/** Finds ranks in weights. */
export interface RankRule {
  /** For the notes, e.g. `"EVBMF"`. */
  readonly name: string;
  /** Ranks of a layer; some are 0 where it finds none. */
  find(layer: Factorisation, analysis: Analysis): readonly number[];
}

/** Whether some layer of a model can be factorised. */
export function supportsFactorising(model: Model, fullyConnected: boolean): Support {
  if (factorisable(model, fullyConnected).length > 0) return { ok: true };
  return { ok: false, reason: `model "${model.name}" has no layer that can be factorised` };
}

/**
 * Factorises all layers that can be: looks at their weights, chooses ranks, replaces them one by one,
 * and finishes the report. A layer that would grow in MACs or weights is left as it is. Where the rule
 * finds no ranks a layer's are proportions of its full ranks that reduce the layer by the target's rate,
 * and the notes say so.
 *
 * @throws what a compressor throws.
 */
export async function factoriseNetwork(
  model: Model,
  target: Target,
  method: Method,
  context: CompressionContext,
): Promise<CompressedModel> {
  refuseUnsupported(method.id, supportsFactorising(model, method.fullyConnected));
  const selection = selectionOf(model, context.selection);
  const budget = budgetOf(model, target);
  const reasons = reasonsOf(model, method, selection);
  const first = model.nodes.find(({ op }) => op === "Conv");
  const layers = factorisable(model, method.fullyConnected)
    .filter(({ name }) => !reasons.has(name))
    .map((node) => {
      const costs = budget.costs.layers.find(({ name }) => name === node.name)!;
      return method.factorisation(node, costs, node === first);
    });
  const plan = rankPlan(layers, budget, selection.rates, context.align ?? DEFAULT_ALIGN);
  refuseUnreachable(model, budget, plan.least, method.id);

  const analyses: Analysis[] = [];
  for (const { node, analyse } of layers) {
    await checkpoint(context, `${node.name}: spectrum`, analyses.length, 2 * layers.length);
    analyses.push(await analyse());
  }
  const found = layers.map((layer, i) => method.rule?.find(layer, analyses[i]) ?? []);
  const silent = found.map((ranks) => ranks.length === 0 || ranks.includes(0));
  const wanted = layers.map((layer, i) => silent[i] ? ranksByRatio(layer, budget) : found[i]);
  const chosen = choose(plan, wanted, method.scaling, budget);

  let compressed = model;
  const decisions = new Map<string, string>();
  const records: RankRecord[] = [];
  for (const [i, layer] of layers.entries()) {
    const { name } = layer.node;
    const ranks = chosen.ranks[i];
    const record = { layer, evbmf: analyses[i].evbmf, wanted: wanted[i] };
    if (grows(layer, ranks, budget)) {
      decisions.set(name, "dense, as its factors would be larger");
      records.push(record);
      continue;
    }
    await checkpoint(context, `${name}: factors`, layers.length + i, 2 * layers.length);
    const { model: next, error, remark }: Partial<Replacement> & { readonly model: Model } =
      method.start === "random"
        ? { model: layer.place(compressed, ranks) }
        : await analyses[i].replace(compressed, ranks);
    compressed = next;
    records.push({ ...record, used: ranks, ...(error !== undefined && { error }) });
    decisions.set(name, ranksAsText(layer, ranks) + (remark ? `, ${remark}` : ""));
  }
  if (method.start === "random") compressed = fromScratch(compressed, context.seed);

  const quiet = layers.filter((_, i) => method.rule && silent[i]).map(({ node }) => node.name);
  const notes = [
    quiet.length > 0 && `${method.rule!.name} finds no signal in ${quiet.join(", ")}: ` +
      "ranks by ratio",
    chosen.note,
    svdNote(Math.max(0, ...layers.map(({ order }) => order))),
    method.start === "random" && "all weights of the network were drawn anew",
  ].filter((note) => typeof note === "string");
  const traces = [ranksTrace(records, budget), factorsTrace(model, compressed)];
  return await finish(model, compressed, { decisions, notes, reasons, traces }, context);
}

/** The ranks that are used, and what a reader must know of the choice. */
function choose(
  plan: RankPlan,
  wanted: Ranks,
  scaling: Scaling,
  { allowed, dense, rate, unit }: Budget,
): { readonly ranks: Ranks; readonly note?: string } {
  if (scaling === "to-target") return { ranks: plan.scale(wanted) };
  const ranks = plan.above(wanted);
  const cost = plan.cost(ranks);
  const told = `ranks as found leave ${percent(cost / dense)} of the ${unit}`;
  return cost <= allowed
    ? { ranks, note: told }
    : { ranks: plan.scale(wanted), note: `${told}: scaled down to the rate of ${rate}` };
}

function factorisable(model: Model, fullyConnected: boolean): WeightedNode[] {
  return model.nodes.filter(hasWeights).filter((node) =>
    (node.op === "Conv" ? !isDepthwise(model, node) : fullyConnected) &&
    ownsWeights(model, node)
  );
}

/** Why layers are not factorised. @throws {RangeError} when one of them has a rate above 1. */
function reasonsOf(model: Model, { fullyConnected }: Method, selection: Selection) {
  const able = new Set<LayerNode>(factorisable(model, fullyConnected));
  const reasons = new Map<string, string>();
  for (const node of layersOf(model)) {
    const reason = selection.reason(node.name) ??
      (able.has(node) ? undefined : refusalOf(model, node));
    if (reason === undefined) continue;
    reasons.set(node.name, reason);
    const rate = selection.rates.get(node.name) ?? 1;
    if (rate > 1) refuseRate(node.name, `1 (it is left alone: ${reason})`, rate);
  }
  return reasons;
}

function refusalOf(model: Model, node: LayerNode): string {
  if (isDepthwise(model, node)) return "depthwise";
  if (!ownsWeights(model, node)) return "it shares its weight";
  return node.op === "Gemm" ? "fully connected" : `a ${node.op} is not factorised`;
}

/** As in `"R3=24x2 R4=56x2"`, where there are two groups. */
function ranksAsText({ names, groups }: Factorisation, ranks: readonly number[]): string {
  const suffix = groups > 1 ? `x${groups}` : "";
  return names.map((rank, r) => `${rank}=${ranks[r]}${suffix}`).join(" ");
}
