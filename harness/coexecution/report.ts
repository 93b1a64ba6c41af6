/**
 * What co-execution decided and did: as text and as charts.
 *
 * @module
 */

import type { Costs } from "../../devices/coexecution/costs.ts";
import type { BranchDecision, CoexecutionPlan } from "../../devices/coexecution/decide.ts";
import type { CoexecutionSchedule, Step } from "../../devices/coexecution/schedule.ts";
import type { Plan } from "../../kernels/plan/plan.ts";
import type { ChartSpec } from "../report/chart_spec.ts";
import { timelineChart, type TimelineLane } from "../report/chart_timeline.ts";
import { formatMs, printable } from "../report/format.ts";
import { type TextColumn, textTable } from "../report/text_table.ts";

/** What was divided, how, and what came of it. */
export interface Coexecution {
  /** Name of the network. */
  readonly network: string;
  /** The device as it was asked for, e.g. `"coexec:0"`. */
  readonly id: string;
  /** Name of the device, as it tells. */
  readonly device: string;
  /** All that the device tells of itself, in one line. */
  readonly facts: string;
  /** Threads of the processor. */
  readonly threads: number;
  /** What is executed. */
  readonly plan: Plan;
  /** Times of operators and copies, as they were measured. */
  readonly costs: Costs;
  /** Timed runs behind each of the medians. */
  readonly calls: number;
  /** How it is divided, by these times. */
  readonly decision: CoexecutionPlan;
  /** The steps with the times that they took in one run. */
  readonly measured: readonly Step[];
  /** Median time of a run with everything on the GPU, everything on the CPU, and divided; ms. */
  readonly ms: { readonly gpu: number; readonly cpu: number; readonly both: number };
}

/** Name of a value: of the operator that makes it, or of an input. */
export function valueName({ operators, inputs }: Plan, value: number): string {
  return operators[value]?.name ?? inputs[value - operators.length].name;
}

/** What each processor does in a schedule: copies are the CPU's work. */
export function lanesOf(plan: Plan, steps: readonly Step[]): TimelineLane[] {
  const spans = (kinds: readonly Step["kind"][]) =>
    steps.filter(({ kind }) => kinds.includes(kind)).map(({ kind, index, begin, end }) => ({
      name: valueName(plan, index),
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

/** A branch with the name of its region. */
export interface BranchRow extends BranchDecision {
  /** Between which operators the region lies. */
  readonly region: string;
}

/** All branches. */
export function branchRows({ regions }: CoexecutionPlan): readonly BranchRow[] {
  return regions.flatMap(({ name, branches }) =>
    branches.map((branch) => ({ region: name, ...branch }))
  );
}

/** What is told of each branch, in text and on the page. */
export const BRANCH_COLUMNS: readonly TextColumn<BranchRow>[] = [
  { title: "between", cell: ({ region }) => region },
  { title: "branch", cell: ({ name }) => name },
  { title: "GPU ms", align: "right", cell: ({ gpuNs }) => ms(gpuNs) },
  { title: "CPU ms", align: "right", cell: ({ cpuNs }) => ms(cpuNs) },
  { title: "copies ms", align: "right", cell: ({ copyNs }) => ms(copyNs) },
  { title: "runs on", cell: ({ processor }) => processor },
  { title: "network elsewise ms", align: "right", cell: ({ otherwiseNs }) => ms(otherwiseNs) },
];

/** The whole network in one of the ways to run it; milliseconds. */
export interface WholeRow {
  /** On which processors. */
  readonly name: string;
  /** By the times of operators and copies. */
  readonly modelled: number;
  /** Median of some runs. */
  readonly measured: number;
}

/** The network on either processor, and on both. */
export function wholeRows({ decision, ms }: Pick<Coexecution, "decision" | "ms">): WholeRow[] {
  const row = (name: string, { ns }: CoexecutionSchedule, measured: number) => (
    { name, modelled: ns / 1e6, measured }
  );
  return [
    row("GPU alone", decision.gpuOnly, ms.gpu),
    row("CPU alone", decision.cpuOnly, ms.cpu),
    row("both", decision.schedule, ms.both),
  ];
}

/** What is told of the whole network. */
export const WHOLE_COLUMNS: readonly TextColumn<WholeRow>[] = [
  { title: "whole network", cell: ({ name }) => name },
  { title: "modelled ms", align: "right", cell: ({ modelled }) => formatMs(modelled) },
  { title: "measured ms", align: "right", cell: ({ measured }) => formatMs(measured) },
];

/** Why there is no branch. */
export const NOTHING_TO_DIVIDE = "nothing to divide: no forks, and nothing behind the last layers";

/** A table of all branches, why they are where they are, and what comes of it. */
export function coexecutionText(found: Coexecution): string {
  const { decision, network, device, threads } = found;
  const rows = branchRows(decision);
  return [
    printable(`${network} on ${device}, ${threads} ${threads === 1 ? "thread" : "threads"}`),
    "",
    rows.length > 0 ? textTable(BRANCH_COLUMNS, rows) : NOTHING_TO_DIVIDE,
    "",
    ...decision.regions.map(({ name, reason }) => printable(`${name}: ${reason}`)),
    "",
    textTable(WHOLE_COLUMNS, wholeRows(found)),
  ].join("\n");
}

function ms(ns: number | undefined): string {
  return ns === undefined ? "" : formatMs(ns / 1e6);
}
