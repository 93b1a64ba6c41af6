/**
 * What co-execution decided and did: as text, as a page and as charts.
 *
 * @module
 */

import type { CoexecutionPlan, RegionDecision } from "../../devices/coexecution/decide.ts";
import type { CoexecutionSchedule, Step } from "../../devices/coexecution/schedule.ts";
import type { Plan } from "../../kernels/plan/plan.ts";
import type { ChartSpec } from "./chart_spec.ts";
import { timelineChart, type TimelineLane } from "./chart_timeline.ts";
import { formatMs, printable } from "./format.ts";
import { textTable } from "./text_table.ts";

/** What was divided, how, and what came of it. */
export interface Coexecution {
  /** Name of the network. */
  readonly network: string;
  /** Name of the device, as it tells. */
  readonly device: string;
  /** Threads of the processor. */
  readonly threads: number;
  /** What is executed. */
  readonly plan: Plan;
  /** How it is divided, by the times that were measured. */
  readonly decision: CoexecutionPlan;
  /** The steps with the times that they took in one run. */
  readonly measured: readonly Step[];
  /** Median time of a run with everything on the GPU, everything on the CPU, and divided; ms. */
  readonly ms: { readonly gpu: number; readonly cpu: number; readonly both: number };
}

/** What each processor does in a schedule: copies are the CPU's work. */
export function lanesOf(plan: Plan, steps: readonly Step[]): TimelineLane[] {
  const nameOf = (value: number) =>
    plan.operators[value]?.name ?? plan.inputs[value - plan.operators.length].name;
  const spans = (kinds: readonly Step["kind"][]) =>
    steps.filter(({ kind }) => kinds.includes(kind)).map(({ kind, index, begin, end }) => ({
      name: nameOf(index),
      kind: kind === "send" || kind === "fetch" ? "copy" as const : "work" as const,
      begin,
      end,
    }));
  return [
    { name: "GPU", spans: spans(["gpu"]) },
    { name: "CPU", spans: spans(["cpu", "send", "fetch"]) },
  ];
}

/** The schedule as predicted, beside the faster processor alone; and as it was executed. */
export function coexecutionCharts(found: Coexecution): readonly ChartSpec[] {
  const { network, device, plan, decision, measured } = found;
  const { gpuOnly, cpuOnly, schedule } = decision;
  const [gpu, cpu] = [lanesOf(plan, gpuOnly.steps)[0], lanesOf(plan, cpuOnly.steps)[1]];
  const faster = gpuOnly.ns <= cpuOnly.ns ? gpu : cpu;
  const alone = { ...faster, name: `${faster.name} alone` };
  return [
    timelineChart({
      name: "timeline-predicted",
      title: `${network}: predicted`,
      subtitle: `Modelled from measured times of each operator and of copies on ${device}.`,
    }, [...lanesOf(plan, schedule.steps), alone]),
    timelineChart({
      name: "timeline-measured",
      title: `${network}: executed`,
      subtitle: `One run, measured on ${device}.`,
    }, lanesOf(plan, measured)),
  ];
}

/** A table of all branches, why they are where they are, and what comes of it. */
export function coexecutionText(found: Coexecution): string {
  const { decision, network, device, threads } = found;
  const rows = decision.regions.flatMap(({ name, branches }) =>
    branches.map((branch) => ({ region: name, ...branch }))
  );
  const ms = (ns: number | undefined) => ns === undefined ? "" : formatMs(ns / 1e6);
  const table = textTable([
    { title: "between", cell: ({ region }) => region },
    { title: "branch", cell: ({ name }) => name },
    { title: "GPU ms", align: "right", cell: ({ gpuNs }) => ms(gpuNs) },
    { title: "CPU ms", align: "right", cell: ({ cpuNs }) => ms(cpuNs) },
    { title: "copies ms", align: "right", cell: ({ copyNs }) => ms(copyNs) },
    { title: "runs on", cell: ({ processor }) => processor },
    {
      title: "network elsewise ms",
      align: "right",
      cell: ({ otherwiseNs }) => ms(otherwiseNs),
    },
  ], rows);
  return [
    printable(`${network} on ${device}, ${threads} ${threads === 1 ? "thread" : "threads"}`),
    "",
    rows.length > 0 ? table : "nothing to divide: no forks, and nothing behind the last layers",
    "",
    ...decision.regions.map((region) => printable(sentence(region))),
    "",
    ...totals(found),
  ].join("\n");
}

/** The same as a page, with the charts beside it. */
export function coexecutionPage(found: Coexecution): string {
  const charts = coexecutionCharts(found)
    .map(({ name, alternative }) => `![${alternative.replaceAll(/[[\]]/g, "")}](${name}.png)`);
  return [`# ${found.network} on both processors`, "```text\n" + coexecutionText(found) + "\n```"]
    .concat(charts).join("\n\n") + "\n";
}

function sentence({ name, reason }: RegionDecision): string {
  return `${name}: ${reason}`;
}

function totals({ decision, ms }: Coexecution): string[] {
  const row = (name: string, { ns }: CoexecutionSchedule, measured: number) => ({
    name,
    predicted: formatMs(ns / 1e6),
    measured: formatMs(measured),
  });
  return [textTable([
    { title: "whole network", cell: (row) => row.name },
    { title: "modelled ms", align: "right", cell: (row) => row.predicted },
    { title: "measured ms", align: "right", cell: (row) => row.measured },
  ], [
    row("GPU alone", decision.gpuOnly, ms.gpu),
    row("CPU alone", decision.cpuOnly, ms.cpu),
    row("both", decision.schedule, ms.both),
  ])];
}
