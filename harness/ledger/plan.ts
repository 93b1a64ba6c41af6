/**
 * What has to be run for the ledger's questions to be answered: what is missing, and what is stale.
 *
 * A time is stale when it was taken on another processor, or by other kernels than this machine would
 * build now. A count is stale when an emulated phone would now be given other kernels. A training is
 * named by the hash of all that it depends on, so it is there or not. What another version of the
 * record formats wrote is not there.
 *
 * @module
 */

import type { Count } from "../../suites/claims/question.ts";
import type { LedgerLine } from "../../suites/claims/registry.ts";
import { HOST } from "../case.ts";
import { deviceFact } from "../open_devices.ts";
import { counting, peersOf, rateOf, type TimedRows, timing } from "./commands.ts";
import type { Asked } from "./finding.ts";
import { answerQuestion, isAsked } from "./judge.ts";
import { isTrained, trainings } from "./plan_trainings.ts";
import type { Results } from "./results.ts";
import {
  groups,
  isTimed,
  type Open,
  type Plan,
  type PlanOptions,
  questionsIn,
  type Step,
  told,
  trainedBy,
} from "./step.ts";

/** Ids of the devices that answers need, which a plan must know of. */
export function devicesAsked(lines: readonly LedgerLine[]): string[] {
  const ids = questionsOf(lines).flatMap(({ question }) => {
    if (question.kind === "count") return [question.device];
    return isTimed(question) ? [HOST, ...peersOf([question])] : [];
  });
  return [...new Set(ids)];
}

/** Plans what is missing or stale: first times, then counts, then trainings. */
export function planLedger(
  lines: readonly LedgerLine[],
  results: Results,
  options: PlanOptions,
): Plan {
  const lacking = new Set<string>();
  const open = questionsOf(lines).flatMap((one) => {
    const why = whyOpen(one.question, results, options);
    return why === undefined ? [] : [{ ...one, why }];
  }).filter(({ question }) => {
    const lacks = lacksOf(question, options);
    if (lacks !== undefined) lacking.add(lacks);
    return lacks === undefined;
  });
  const steps = [
    ...timings(open, results, options),
    ...counts(open),
    ...trainings(open, results, options, lacking),
  ];
  return { steps, lacking: [...lacking] };
}

function questionsOf(lines: readonly LedgerLine[]) {
  return lines.flatMap(({ published: { id: claim }, entry }) =>
    entry.questions.filter(isAsked).map((question) => ({ question, claim }))
  );
}

/** Why a question waits; undefined when it does not. */
function whyOpen(question: Asked, results: Results, options: PlanOptions): string | undefined {
  const { quick } = options;
  if (question.kind === "derivation" || (quick && question.kind === "count")) return undefined;
  if (question.kind === "training") {
    return isTrained(question, results, quick) ? undefined : "not all is trained";
  }
  const { findings: [found], spoilt } = answerQuestion(question, results);
  const record = found?.record ?? spoilt;
  if (record === undefined) return "no record";
  // Networks of an experiment are timed anew when they change, and only then.
  if (trainedBy(question) !== undefined) return undefined;
  if (isStale(question, record, results, options)) return "by other kernels, or elsewhere";
  const hasInterval = found?.repeats === undefined || found.low !== undefined;
  return found === undefined || hasInterval || quick ? undefined : "too few rounds for an interval";
}

function isStale(
  question: Asked,
  record: string,
  { runs }: Results,
  { cpu, devices }: PlanOptions,
): boolean {
  const run = runs.find(({ folder }) => folder === record);
  const place = question.kind === "count" ? question.device : HOST;
  const build = devices.get(place)?.build;
  if (!run || build === undefined) return false;
  const { environment } = run.run.manifest;
  if (place === HOST) return environment.build !== build || environment.cpu !== cpu;
  return !environment[deviceFact(place)]?.includes(build);
}

/** What a question needs that this machine has not. */
function lacksOf(question: Asked, { devices }: PlanOptions): string | undefined {
  if (trainedBy(question) !== undefined) return undefined;
  const needed = question.kind === "count"
    ? [question.device]
    : isTimed(question)
    ? [HOST, ...peersOf([question])]
    : [];
  for (const id of needed) {
    const missing = devices.get(id)?.missing ?? [];
    if (missing.length > 0) return `${id}: ${missing.join("; ")}`;
  }
}

function timings(open: readonly Open[], results: Results, { quick }: PlanOptions): Step[] {
  const suites = open.filter((one): one is Open<TimedRows> =>
    isTimed(one.question) && trainedBy(one.question) === undefined
  );
  return groups(suites, (question) => `${question.suite} ${rateOf(question)}`).map((group) => {
    const { task, args } = timing(questionsIn(group));
    const command = { task, args: quick ? [...args.slice(0, -2), "--quick"] : args };
    return { command, ...told(group), ...expected(group[0].question.suite, results, quick) };
  });
}

function counts(open: readonly Open[]): Step[] {
  const asked = open.filter((one): one is Open<Count> => one.question.kind === "count");
  return groups(asked, (question) => `${question.suite} ${question.device} ${rateOf(question)}`)
    .map((group) => ({ command: counting(questionsIn(group)), ...told(group) }));
}

/** As long as the newest run of the suite took for each round. */
function expected(suite: string, { runs }: Results, quick: boolean) {
  const manifest = runs.find(({ run }) => run.manifest.suite === suite)?.run.manifest;
  const rounds = Number(manifest?.settings.rounds);
  if (!manifest?.finished || !(rounds > 0)) return {};
  const seconds = (Date.parse(manifest.finished) - Date.parse(manifest.started)) / 1000;
  return { seconds: seconds * (quick ? 1 : 8) / rounds };
}
