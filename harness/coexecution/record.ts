/**
 * What a co-execution leaves on disk, in `results/<machine>/coexecution/<run>/`: `run.json`, and as
 * CSV the times of operators, branches and copies, and both timelines.
 *
 * @module
 */

import { SCHEMA_VERSION } from "../records/records.ts";
import { type Column, describeColumns, type Row, toCsv } from "../records/schema.ts";
import { parseVersioned, type RecordField, requireFields } from "../records/manifest.ts";
import { copyTime } from "../../devices/coexecution/costs.ts";
import { branchRows, type Coexecution, valueName, type WholeRow, wholeRows } from "./report.ts";

/** Folder of co-executions in a machine's folder. */
export const COEXECUTIONS = "coexecution";

/** What was divided, where and by what command. */
export interface CoexecutionRecord {
  /** Name of its folder. */
  readonly run: string;
  /** Name of the machine's folder. */
  readonly machine: string;
  /** ISO 8601, UTC. */
  readonly started: string;
  /** When it was done. */
  readonly finished: string;
  /** The command that does it again. */
  readonly command: string;
  /** Name of the network. */
  readonly network: string;
  /** What the network was fed with. */
  readonly input: string;
  /** Name of the device, as it tells. */
  readonly device: string;
  /** Threads of the processor. */
  readonly threads: number;
  /** Timed runs behind each measured time. */
  readonly calls: number;
  /** Branches that could move, and those that the CPU took. */
  readonly branches: { readonly all: number; readonly cpu: number };
  /** The network on either processor, and on both. */
  readonly whole: readonly WholeRow[];
  /** The machine and the tools. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What only the caller knows of a run. */
export type RunFacts = Pick<
  CoexecutionRecord,
  "run" | "machine" | "started" | "finished" | "command" | "input" | "environment"
>;

/** The record of what was found. */
export function recordOf(found: Coexecution, facts: RunFacts): CoexecutionRecord {
  const { network, device, threads, calls, decision } = found;
  const branches = branchRows(decision);
  const cpu = branches.filter(({ processor }) => processor === "cpu").length;
  const about = { network, device, threads, calls, branches: { all: branches.length, cpu } };
  return { ...facts, ...about, whole: wholeRows(found) };
}

const OPERATORS = [
  { name: "operator", type: "text", description: "Name of the operator." },
  { name: "kind", type: "text", description: "Kind of the operator." },
  { name: "gpu", type: "number", unit: "ms", description: "Time on the GPU, measured: a median." },
  { name: "cpu", type: "number", unit: "ms", description: "Time on the CPU, measured: a median." },
  {
    name: "runs_on",
    type: "text",
    values: ["gpu", "cpu"],
    description: "Processor that computes it.",
  },
] as const satisfies readonly Column[];

const BRANCHES = [
  { name: "region", type: "text", description: "Between which operators it lies." },
  { name: "branch", type: "text", description: "First and last operator." },
  { name: "gpu", type: "number", unit: "ms", description: "On the GPU: the sum of its operators." },
  { name: "cpu", type: "number", unit: "ms", description: "On the CPU: the sum of its operators." },
  {
    name: "copies",
    type: "number",
    unit: "ms",
    description: "Modelled by the line through measured copies: those of the branch on the CPU.",
  },
  {
    name: "runs_on",
    type: "text",
    values: ["gpu", "cpu", "both"],
    description: "Processor that takes it; `both` when regions inside it are divided.",
  },
  {
    name: "otherwise",
    type: "number",
    unit: "ms",
    optional: true,
    description: "Modelled: the whole network if the branch were on the other processor.",
  },
] as const satisfies readonly Column[];

const COPIES = [
  { name: "to", type: "text", values: ["gpu", "cpu"], description: "Whose memory it went to." },
  { name: "bytes", type: "integer", unit: "B", description: "What was copied." },
  { name: "time", type: "number", unit: "ms", description: "Measured: a median." },
  { name: "fitted", type: "number", unit: "ms", description: "By the line that is reckoned with." },
] as const satisfies readonly Column[];

const STEPS = [
  {
    name: "step",
    type: "text",
    values: ["gpu", "cpu", "send", "fetch"],
    description: "Compute an operator on one processor, or copy a value to or from the GPU.",
  },
  { name: "what", type: "text", description: "The operator, or who made the value." },
  { name: "modelled_begin", type: "number", unit: "ms", description: "From the begin of the run." },
  { name: "modelled_end", type: "number", unit: "ms", description: "The same." },
  { name: "measured_begin", type: "number", unit: "ms", description: "In one run." },
  { name: "measured_end", type: "number", unit: "ms", description: "In the same run." },
] as const satisfies readonly Column[];

/** The CSV files by name. */
export function csvFiles(found: Coexecution): Readonly<Record<string, string>> {
  const { plan, costs, decision, measured } = found;
  const operators = plan.operators.flatMap(({ name, kind }, i): Row<typeof OPERATORS>[] =>
    kind === "clear" ? [] : [{
      operator: name,
      kind,
      gpu: costs.gpu[i] / 1e6,
      cpu: costs.cpu[i] / 1e6,
      runs_on: decision.assignment[i],
    }]
  );
  const branches = branchRows(decision).map((branch): Row<typeof BRANCHES> => ({
    region: branch.region,
    branch: branch.name,
    gpu: branch.gpuNs / 1e6,
    cpu: branch.cpuNs / 1e6,
    copies: branch.copyNs / 1e6,
    runs_on: branch.processor,
    ...(branch.otherwiseNs !== undefined && { otherwise: branch.otherwiseNs / 1e6 }),
  }));
  const copies = (costs.copies ?? []).map(({ to, bytes, ns }): Row<typeof COPIES> => {
    const fitted = copyTime(to === "gpu" ? costs.toGpu : costs.toCpu, bytes);
    return { to, bytes, time: ns / 1e6, fitted: fitted / 1e6 };
  });
  const steps = decision.schedule.steps.map((step, i): Row<typeof STEPS> => ({
    step: step.kind,
    what: valueName(plan, step.index),
    modelled_begin: step.begin / 1e6,
    modelled_end: step.end / 1e6,
    measured_begin: measured[i].begin / 1e6,
    measured_end: measured[i].end / 1e6,
  }));
  return {
    "operators.csv": toCsv(OPERATORS, operators),
    "branches.csv": toCsv(BRANCHES, branches),
    "copies.csv": toCsv(COPIES, copies),
    "steps.csv": toCsv(STEPS, steps),
  };
}

/** The record as JSON text. */
export function recordJson(record: CoexecutionRecord): string {
  return JSON.stringify({ schema: SCHEMA_VERSION, ...record }, null, 2) + "\n";
}

/** The fields that a record must have. */
const FIELDS: readonly RecordField<keyof CoexecutionRecord>[] = [
  ...(["run", "machine", "started", "finished", "command", "network", "input", "device"] as const)
    .map((name) => ({ name, type: "text" } as const)),
  ...(["threads", "calls"] as const).map((name) => ({ name, type: "integer" } as const)),
  { name: "branches", type: "record" },
  { name: "whole", type: "list" },
  { name: "environment", type: "record" },
];

/**
 * Reads a record.
 *
 * @throws {SyntaxError} when it is no JSON, of another schema version, or lacks something; the message
 *   calls it `name`.
 */
export function parseRecord(text: string, name: string): CoexecutionRecord {
  const { schema: _, ...record } = parseVersioned(text, name);
  requireFields(record, FIELDS, name);
  return record as unknown as CoexecutionRecord;
}

/** What a co-execution leaves, as a part of the reference of record formats. */
export function coexecutionReference(): string {
  return [
    "## Co-execution",
    "In `coexecution/<run>/`, where `run.json` tells what was divided, on which device and by what " +
    "command, and the time of the whole network on either processor and on both.",
    "### operators.csv",
    describeColumns(OPERATORS),
    "### branches.csv",
    describeColumns(BRANCHES),
    "### copies.csv",
    describeColumns(COPIES),
    "### steps.csv",
    describeColumns(STEPS),
  ].join("\n\n");
}
