/**
 * Whether the methods can reach the rate, asked before any work.
 *
 * @module
 */

import { UnreachableRateError } from "../compressors/budget.ts";
import { findCompressor } from "../compressors/registry.ts";
import type { Compressor, Target } from "../compressors/compressor.ts";
import type { Model } from "../graph/model.ts";
import { caseLabel, type PlannedCase } from "./case.ts";
import type { CaseSpec } from "./result.ts";

/**
 * Refuses a run in which no method can reach the rate. Where some can, the rows of the others will
 * say why they are skipped.
 *
 * @throws {UnreachableRateError} with the highest rate of all, and the rate of each method.
 */
export async function requireReachable(
  model: Model,
  cases: readonly PlannedCase[],
): Promise<void> {
  const compressing = cases.filter(({ role }) => role === "subject" || role === "control");
  if (compressing.length === 0) return;
  const highest = new Map<string, number>();
  for (const { spec: { packing: _, ...spec } } of compressing) {
    const label = caseLabel(spec);
    if (highest.has(label)) continue;
    const rate = await highestIfUnreachable(model, spec);
    if (rate === undefined) return;
    highest.set(label, rate);
  }
  const most = Math.max(...highest.values());
  throw new UnreachableRateError(
    `Cannot run as "rate" must be one that a method reaches, at most ${most} ` +
      `(${[...highest].map(([label, rate]) => `${label}: ${rate}`).join(", ")}): ` +
      `current value is ${compressing[0].spec.rate}`,
    most,
  );
}

async function highestIfUnreachable(model: Model, spec: CaseSpec): Promise<number | undefined> {
  const compressor = findCompressor(spec.method);
  const options = compressor.parseOptions(spec.options);
  if (!compressor.supports(model, options).ok) return undefined;
  return await highestBelow(compressor, model, { macs: spec.rate }, options);
}

/**
 * The highest rate that a method reaches, where the one asked for is higher. Compressors refuse a
 * rate before they work, so with a signal that is aborted already one either refuses or stops.
 *
 * @param options As the compressor has parsed them; the model must be one that it supports.
 */
export async function highestBelow<Options>(
  compressor: Compressor<Options>,
  model: Model,
  target: Target,
  options: Options,
): Promise<number | undefined> {
  try {
    await compressor.compress(model, target, options, { seed: 1, signal: AbortSignal.abort() });
  } catch (error) {
    if (error instanceof UnreachableRateError) return error.highest;
  }
  return undefined;
}
