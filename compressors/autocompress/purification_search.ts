/**
 * The search for thresholds of purification.
 *
 * @module
 */

import { modelCosts } from "../../graph/costs.ts";
import type { Model } from "../../graph/model.ts";
import type { Random } from "../../graph/random.ts";
import type { CompressionContext } from "../compressor.ts";
import { checkpoint } from "../progress.ts";
import { sorted } from "./action.ts";
import { anneal } from "./annealing.ts";
import type { Problem } from "./problem.ts";
import { isPurified, purify, type Thresholds } from "./purification.ts";
import type { AccuracySearch } from "./search.ts";

/** Points of accuracy that purification may cost. */
const TOLERANCE = 0.1;
/** What a point beyond that counts for, in per cent of the cost. */
const PENALTY = 10;
/** No threshold is a higher percentile. */
const HIGHEST = 0.5;
/** Thresholds move by at most this at the first temperature. */
const LARGEST_MOVE = 0.15;

/** What purification came to. */
export interface Purified {
  /** The model without what was almost empty. */
  readonly model: Model;
  /** Cost that was saved, of that of the model before, in per cent. */
  readonly saved: number;
  /** Accuracy that it cost in the quick evaluation, in points. */
  readonly drop: number;
}

/**
 * Removes as much as costs at most a tenth of a point in the quick evaluation, at thresholds that the
 * same annealing finds, larger layers with higher ones: its objective is the cost that is saved, in per
 * cent, and what drops further is worth less than nothing.
 */
export async function searchPurification(
  { model, space, sizes, unit }: Problem,
  { trainer, evaluations, label, onProposal }: AccuracySearch,
  random: Random,
  context: CompressionContext,
): Promise<Purified> {
  const ask = (own: Model) => trainer.evaluate(own, { recalibrate: true }, context.signal);
  const [before, cost] = [await ask(model), modelCosts(model)[unit]];
  let asked = 0;
  const measure = async (thresholds: Thresholds) => {
    await checkpoint(context, label, asked++, evaluations);
    const purified = purify(model, space, thresholds);
    const saved = 100 * (1 - modelCosts(purified)[unit] / cost);
    return { model: purified, saved, drop: before - await ask(purified) };
  };
  const zeros = ({ length }: readonly unknown[]) => Array.from({ length }, () => 0);
  const layers = space.layers.map((_, i) => i).filter((i) => isPurified(space.layers[i]));
  const groups = space.plan.groups.map((_, g) => g);
  const found = await anneal<Thresholds>({
    start: {
      filters: zeros(space.plan.groups),
      columns: zeros(space.layers),
      channels: zeros(space.layers),
    },
    proposals: evaluations,
    propose({ filters, columns, channels }, reach) {
      const moved = (own: readonly number[]) =>
        own.map((at) => {
          const next = at + LARGEST_MOVE * reach * (2 * random.uniform() - 1);
          return Math.round(100 * Math.min(Math.max(next, 0), HIGHEST)) / 100;
        });
      return {
        filters: sorted(moved(filters), sizes.groups, groups),
        columns: sorted(moved(columns), sizes.layers, layers),
        channels: sorted(moved(channels), sizes.layers, layers),
      };
    },
    async evaluate(thresholds) {
      const { saved, drop } = await measure(thresholds);
      return drop <= TOLERANCE + 1e-9 ? saved : PENALTY * (TOLERANCE - drop);
    },
    key: (thresholds) => JSON.stringify(thresholds),
    onProposal,
  }, random);
  const best = await measure(found.action);
  // What is exactly dead makes no difference but for rounding, and biases that it is folded into.
  return best.drop <= TOLERANCE + 1e-9 && best.saved > 0 ? best : { model, saved: 0, drop: 0 };
}
