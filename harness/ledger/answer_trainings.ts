/**
 * Answers to questions about trained networks: differences over seeds.
 *
 * @module
 */

import { matchesPattern } from "../../graph/patterns.ts";
import type { Training } from "../../suites/claims/question.ts";
import { comparePair } from "../experiments/claims.ts";
import { type PartSummary, summarise } from "../experiments/summary.ts";
import type { Answer, Finding } from "./finding.ts";
import type { FiledExperiment, Results } from "./results.ts";

/** The scale that is run on a machine like a reader's. */
const SCALE = "small";

/** All pairs in all parts that have them, each with its interval over seeds where there are several. */
export function answerTraining(question: Training, { experiments }: Results): Answer {
  const command = `deno task experiment ${question.experiment} --scale ${SCALE}`;
  const found = experiments.filter(({ experiment: { manifest } }) =>
    manifest.id === question.experiment && manifest.scale === SCALE
  );
  const compared = found.flatMap((filed) => comparisons(question, filed));
  const findings = compared.flatMap(({ finding }) => finding ?? []);
  const missing = [...new Set(compared.flatMap(({ missing }) => missing ?? []))];
  return {
    findings,
    ...(findings.length === 0 &&
      { missing: missing.join("; ") || `no record of ${question.experiment} has these cells` }),
    command: found[0]?.experiment.manifest.command ?? command,
  };
}

function comparisons(
  { parts, pairs, value }: Training,
  { experiment, folder }: FiledExperiment,
): { readonly finding?: Finding; readonly missing?: string }[] {
  const matches = matchesPattern(parts);
  const concerned = summarise(experiment).filter(({ part }) => matches(part.id));
  return concerned.flatMap((part) =>
    pairs.filter(({ better, than }) => hasCells(part, better, than)).map((pair) => {
      const { statement, unit, difference, missing } = comparePair({ ...pair, value }, part);
      if (!difference) return { missing: `${part.part.id}: ${missing}` };
      const { value: mean, low, high } = difference;
      const seeds = `${difference.values.length} ${
        difference.values.length === 1 ? "seed" : "seeds"
      }`;
      return {
        finding: {
          what: `${part.part.id}: ${statement}, ${seeds}`,
          unit,
          source: "measured",
          record: folder,
          value: mean,
          ...(low !== undefined && high !== undefined && { low, high }),
        },
      };
    })
  );
}

function hasCells({ part, cells }: PartSummary, ...ids: readonly string[]): boolean {
  return ids.every((id) =>
    part.cells ? part.cells.includes(id) : cells.some(({ cell }) => cell === id)
  );
}
