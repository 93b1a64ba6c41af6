/**
 * Where the time of factorised layers goes: each factor's beside what the layer took before.
 *
 * @module
 */

import { factorOf } from "../layer_parts.ts";
import type { CaseResult, Estimate, LayerResult, RunResult } from "../result.ts";

/** One factor of a layer. */
export interface FactorTime {
  /** What stands behind the layer's name, e.g. `"core"`. */
  readonly factor: string;
  /** Multiply-accumulates in one call (derived). */
  readonly macs: number;
  /** Microseconds in one call (measured); absent when there are none. */
  readonly microseconds?: Estimate;
}

/** A layer of the dense network that is factors in a row of the run. */
export interface FactorisedLayer {
  /** The row. */
  readonly row: Pick<CaseResult, "id" | "label">;
  /** Worker threads. */
  readonly threads: number;
  /** Layer of the dense network. */
  readonly layer: string;
  /** What was decided for it. */
  readonly decision: string;
  /** Multiply-accumulates of the dense layer (derived). */
  readonly denseMacs: number;
  /** Microseconds of the dense layer in its fastest form (measured). */
  readonly dense?: Estimate;
  /** Microseconds of the dense layer by direct convolution (measured). */
  readonly direct?: Estimate;
  /** Its factors, in the order in which they run. */
  readonly factors: readonly FactorTime[];
}

/**
 * The factorised layers of all rows, in the order of the run. What is fused behind a layer, e.g. its
 * activation, is in its time and in that of the last factor alike.
 */
export function factorTimes(run: RunResult): FactorisedLayer[] {
  return run.cases.flatMap((row) => {
    const dense = sameThreads(run, row, "baseline");
    const direct = sameThreads(run, row, "direct");
    if (row === dense || dense === undefined) return [];
    return [...Map.groupBy(row.layers, ({ layer }) => layer)].flatMap(([layer, operators]) => {
      const before = operatorsOf(dense, layer);
      const parts = factorsOf(layer, operators);
      if (parts.length < 2 || before.length === 0) return [];
      const denseTime = timeOf(before);
      const directTime = direct && timeOf(operatorsOf(direct, layer));
      return [{
        row: { id: row.id, label: row.label },
        threads: row.spec.threads,
        layer,
        decision: operators[0].decision,
        denseMacs: macsOf(before),
        ...(denseTime && { dense: denseTime }),
        ...(directTime && { direct: directTime }),
        factors: parts,
      }];
    });
  });
}

/** The operators of a layer that have weights, by what stands behind its name. */
function factorsOf(layer: string, operators: readonly LayerResult[]): FactorTime[] {
  const named = operators.flatMap((operator) => {
    const factor = factorOf(layer, operator.operator);
    return factor === "" ? [] : [{ factor, operator }];
  });
  const groups = Map.groupBy(named, ({ factor }) => factor);
  return [...groups].map(([factor, members]) => {
    const own = members.map(({ operator }) => operator);
    const microseconds = timeOf(own);
    return { factor, macs: macsOf(own), ...(microseconds && { microseconds }) };
  }).filter(({ macs }) => macs > 0);
}

function operatorsOf({ layers }: CaseResult, layer: string): LayerResult[] {
  return layers.filter((operator) => operator.layer === layer);
}

function macsOf(operators: readonly LayerResult[]): number {
  return operators.reduce((sum, { macs }) => sum + macs, 0);
}

/** The time of all together: medians add up, their intervals do not. */
function timeOf(operators: readonly LayerResult[]): Estimate | undefined {
  const times = operators.map(({ microseconds }) => microseconds);
  const [first] = times;
  if (first === undefined || times.length === 1) return first;
  let value = 0;
  for (const time of times) {
    if (time === undefined) return undefined;
    value += time.value;
  }
  return { value, rounds: first.rounds };
}

function sameThreads(
  { cases }: RunResult,
  { spec }: CaseResult,
  role: CaseResult["role"],
): CaseResult | undefined {
  return cases.find((other) => other.role === role && other.spec.threads === spec.threads);
}
