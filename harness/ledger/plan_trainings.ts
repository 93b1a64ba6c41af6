/**
 * Which trainings the ledger's questions wait for.
 *
 * @module
 */

import { matchesPattern } from "../../graph/patterns.ts";
import type { Training } from "../../suites/claims/question.ts";
import type { Part } from "../../suites/experiments/experiment.ts";
import { EXPERIMENTS } from "../../suites/experiments/registry.ts";
import { missingPath } from "../experiments/open_part.ts";
import { training } from "./commands.ts";
import type { Results } from "./results.ts";
import {
  groups,
  isTimed,
  type Open,
  type PlanOptions,
  type Step,
  told,
  trainedBy,
} from "./step.ts";

/**
 * An experiment for each that questions wait for, with the data that is given. Parts whose data is not are
 * told in `lacking`.
 */
export function trainings(
  open: readonly Open[],
  results: Results,
  { paths, quick }: PlanOptions,
  lacking: Set<string>,
): Step[] {
  const asked = open.filter(({ question }) => trainedBy(question) !== undefined);
  return groups(asked, (question) => trainedBy(question)!).flatMap((group): Step[] => {
    const id = trainedBy(group[0].question)!;
    const parts = partsOf(id, results);
    const { task, args } = training(id, results.scale);
    const step = { command: { task, args: [...args, ...dataOf(parts, paths)] }, ...told(group) };
    if (quick) return [step];
    const wanted = new Set(
      group.flatMap(({ question }) =>
        question.kind === "training"
          ? openParts(question, results)
          : parts.filter((part) => isTimed(question) && question.suite.endsWith(`-${part.id}`))
      ),
    );
    const ready = [...wanted].filter((part) => {
      const missing = missingPath(part, paths);
      if (missing !== undefined) lacking.add(`${id}, ${part.id}: ${missing}`);
      return missing === undefined;
    });
    return ready.length === 0 ? [] : [{ ...step, ...trainingTime(ready, id, results) }];
  });
}

const known = new Map<string, readonly Part[]>();

/** The parts of an experiment; the same objects each time, so that they can be told apart. */
function partsOf(id: string, { scale }: Results): readonly Part[] {
  const name = `${id} ${scale}`;
  const parts = known.get(name) ?? EXPERIMENTS.find((one) => one.id === id)?.parts(scale) ?? [];
  known.set(name, parts);
  return parts;
}

/** Options that give an experiment those of the paths that it knows. */
function dataOf(parts: readonly Part[], paths: ReadonlyMap<string, string>): string[] {
  const names = parts.flatMap(({ network, data }) => [
    ...("file" in network ? [network.file] : []),
    ...(data.path === undefined ? [] : [data.path]),
  ]);
  return [...new Set(names)].filter((name) => paths.has(name))
    .flatMap((name) => ["--data", `${name}=${paths.get(name)}`]);
}

/** Whether an experiment has done all that a question asks for; at quick scale, whether it was run. */
export function isTrained(question: Training, results: Results, quick: boolean): boolean {
  if (!quick) return openParts(question, results).length === 0;
  return results.experiments.some(({ experiment: { manifest } }) =>
    manifest.id === question.experiment && manifest.scale === results.scale
  );
}

/** The parts in which a pair of cells is not done for all seeds, in any record. */
function openParts({ experiment, parts, pairs }: Training, results: Results): Part[] {
  const matches = matchesPattern(parts);
  return partsOf(experiment, results).filter(({ id, cells, seeds }) => {
    const defined = ["dense", ...cells.map((cell) => cell.id)];
    const wanted = pairs.map(({ better, than }) => [better, than])
      .filter((pair) => pair.every((cell) => defined.includes(cell))).flat();
    return matches(id) &&
      !wanted.every((cell) =>
        seeds.every((seed) => recorded(experiment, results, id, seed).has(cell))
      );
  });
}

/** Cells that are done, or that a method cannot do. */
function recorded(experiment: string, results: Results, part: string, seed: number): Set<string> {
  const records = results.experiments.flatMap(({ experiment: { manifest, records } }) =>
    manifest.id === experiment && manifest.scale === results.scale ? records : []
  );
  return new Set(
    records.filter(({ spec, status }) =>
      status !== "failed" && spec.part === part && spec.seed === seed
    ).map(({ spec }) => spec.cell),
  );
}

/** By the mean time of a part's cells that are recorded; of parts with none nothing is known. */
function trainingTime(parts: readonly Part[], experiment: string, results: Results) {
  const seconds = parts.flatMap(({ id, cells, seeds }) => {
    const records = results.experiments.flatMap(({ experiment: { manifest, records } }) =>
      manifest.id === experiment ? records : []
    );
    const spent = records.flatMap(({ spec, result }) =>
      spec.part === id && result ? [result.spent.seconds] : []
    );
    const left = seeds.flatMap((seed) => {
      const done = recorded(experiment, results, id, seed);
      return ["dense", ...cells.map((cell) => cell.id)].filter((cell) => !done.has(cell));
    });
    return spent.length === 0
      ? []
      : [left.length * spent.reduce((sum, each) => sum + each, 0) / spent.length];
  });
  if (seconds.length === 0) return {};
  return { seconds: seconds.reduce((sum, each) => sum + each, 0) };
}
