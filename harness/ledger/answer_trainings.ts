/**
 * Answers to questions about trained networks: differences over seeds.
 *
 * @module
 */

import { matchesPattern } from "../../graph/patterns.ts";
import type { Training } from "../../suites/claims/question.ts";
import { comparePair } from "../experiments/claims.ts";
import { type PartSummary, summarise } from "../experiments/summary.ts";
import { commandText, training } from "./commands.ts";
import type { Answer, Finding } from "./finding.ts";
import type { FiledExperiment, Results } from "./results.ts";

/** One pair of cells in one part, as one record has it. */
interface Comparison {
  /** Part and pair, to tell comparisons apart. */
  readonly name: string;
  readonly finding?: Finding;
  readonly missing?: string;
}

/**
 * All pairs in all parts that the records' definition has, each with its interval over seeds where there
 * are several. Of several records (of several machines, say) the one with the most seeds counts, the
 * newest of these: the same seeds elsewhere are no further seeds.
 */
export function answerTraining(question: Training, { experiments, scale }: Results): Answer {
  const found = experiments.filter(({ experiment: { manifest } }) =>
    manifest.id === question.experiment && manifest.scale === scale
  );
  const all = found.flatMap((filed) => comparisons(question, filed));
  const best = [...Map.groupBy(all, ({ name }) => name).values()].map((same) =>
    same.reduce((a, b) => seedsOf(b) > seedsOf(a) ? b : a)
  );
  const findings = best.flatMap(({ finding }) => finding ?? []);
  const missing = best.length === 0
    ? `no record of ${question.experiment} at scale ${scale} has these cells`
    : [...new Set(best.flatMap(({ missing }) => missing ?? []))].join("; ");
  return {
    findings,
    ...(missing !== "" && { missing }),
    command: found[0]?.experiment.manifest.command ??
      commandText(training(question.experiment, scale)),
  };
}

function seedsOf({ finding }: Comparison): number {
  return finding?.repeats?.count ?? 0;
}

function comparisons(
  { parts, pairs, value }: Training,
  { experiment, folder }: FiledExperiment,
): Comparison[] {
  const matches = matchesPattern(parts);
  const concerned = summarise(experiment).filter(({ part }) => matches(part.id));
  return concerned.flatMap((part) =>
    pairs.filter(({ better, than }) => hasCells(part, better, than)).map((pair): Comparison => {
      const name = `${part.part.id} ${pair.better} ${pair.than}`;
      const { statement, unit, difference, missing } = comparePair({ ...pair, value }, part);
      if (!difference) return { name, missing: `${part.part.id}: ${missing}` };
      const { value: mean, low, high, values: { length: count } } = difference;
      const finding: Finding = {
        what: `${part.part.id}: ${statement}, ${count} ${count === 1 ? "seed" : "seeds"}`,
        unit,
        source: "measured",
        record: folder,
        value: mean,
        ...(low !== undefined && high !== undefined && { low, high }),
        repeats: { of: "seeds", count },
      };
      return { name, finding };
    })
  );
}

function hasCells({ part, cells }: PartSummary, ...ids: readonly string[]): boolean {
  return ids.every((id) =>
    part.cells ? part.cells.includes(id) : cells.some(({ cell }) => cell === id)
  );
}
