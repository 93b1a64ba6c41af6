/**
 * The decision of YOLObile (arXiv 2009.05697), with its reasons: which branches the CPU takes while
 * the GPU works on the others.
 *
 * @module
 */

import { type DataFlow, dataFlow } from "../../kernels/plan/data_flow.ts";
import type { Plan } from "../../kernels/plan/plan.ts";
import { alone, assign, type SearchOptions } from "./assign.ts";
import { copyTime, type Costs, type Processor } from "./costs.ts";
import { findStructure, type Region } from "./regions.ts";
import { bytesOf, type CoexecutionSchedule, Scheduler } from "./schedule.ts";

/** What was decided of one branch. Times in nanoseconds. */
export interface BranchDecision {
  /** First and last operator, for people. */
  readonly name: string;
  /** Its operators, ascending. */
  readonly operators: readonly number[];
  /** Where it runs; `both` when regions inside it are divided. */
  readonly processor: Processor | "both";
  /** Time of its operators on the GPU. */
  readonly gpuNs: number;
  /** Time of its operators on the CPU. */
  readonly cpuNs: number;
  /** Time of the copies when it alone is on the CPU. */
  readonly copyNs: number;
  /** Time of the whole network if it were on the other processor; absent for a branch on both. */
  readonly otherwiseNs?: number;
}

/** What was decided of one region. */
export interface RegionDecision {
  /** As found in the plan. */
  readonly region: Region;
  /** Between which operators it lies, for people. */
  readonly name: string;
  /** In the order of the region's branches. */
  readonly branches: readonly BranchDecision[];
  /** The decision and why, in one sentence. */
  readonly reason: string;
}

/** A plan divided between two processors. */
export interface CoexecutionPlan {
  /** The processor of each operator. */
  readonly assignment: readonly Processor[];
  /** What is to be executed. */
  readonly schedule: CoexecutionSchedule;
  /** The same with everything on the GPU. */
  readonly gpuOnly: CoexecutionSchedule;
  /** The same with everything on the CPU. */
  readonly cpuOnly: CoexecutionSchedule;
  /** In the order of the plan. */
  readonly regions: readonly RegionDecision[];
}

/** Options of {@linkcode decide}. */
export interface DecideOptions extends SearchOptions {
  /** As the times say, or everything on one processor. @default {"best"} */
  readonly division?: "best" | Processor;
}

/**
 * Divides a plan between the GPU and the CPU so that it ends first, by the times of its operators.
 *
 * @throws {RangeError} when there is not a time for each operator on each processor.
 * @throws the signal's reason when it is aborted.
 */
export function decide(
  plan: Plan,
  costs: Costs,
  { division = "best", ...options }: DecideOptions = {},
): CoexecutionPlan {
  for (const processor of ["gpu", "cpu"] as const) {
    const wrong = costs[processor].findIndex((ns) => !(ns >= 0 && ns < Infinity));
    if (costs[processor].length === plan.operators.length && wrong < 0) continue;
    throw new RangeError(
      `Cannot divide the plan as the ${processor} must have a time for each of its ` +
        `${plan.operators.length} operators: current value is ` +
        (wrong < 0 ? `${costs[processor].length} times` : `${costs[processor][wrong]}`),
    );
  }
  const flow = dataFlow(plan);
  const { regions, units } = findStructure(plan, flow);
  const scheduler = new Scheduler(flow, costs);
  const problem = { scheduler, operators: plan.operators.length, units };
  const [gpuOnly, cpuOnly] = [alone(problem, "gpu"), alone(problem, "cpu")];
  const { assignment, schedule } = division === "best"
    ? assign(problem, options)
    : division === "gpu"
    ? gpuOnly
    : cpuOnly;
  const judge = new Judge(plan, flow, costs, assignment, schedule.ns, scheduler);
  return {
    assignment,
    schedule,
    gpuOnly: gpuOnly.schedule,
    cpuOnly: cpuOnly.schedule,
    regions: regions.map((region) => judge.region(region)),
  };
}

/** Says of a finished assignment why it is so. */
class Judge {
  readonly #bytes: readonly number[];

  constructor(
    readonly plan: Plan,
    readonly flow: DataFlow,
    readonly costs: Costs,
    readonly assignment: readonly Processor[],
    readonly ns: number,
    readonly scheduler: Scheduler,
  ) {
    this.#bytes = bytesOf(flow);
  }

  region(region: Region): RegionDecision {
    const { operators } = this.plan;
    const between = region.kind === "ends"
      ? "behind the last convolutions"
      : `${operators[region.fork!].name} to ` +
        (region.join === undefined ? "the end" : operators[region.join].name);
    const branches = region.branches.map((branch) => this.#branch(branch));
    return { region, name: between, branches, reason: reasonOf(region, branches, this.ns) };
  }

  #branch(operators: readonly number[]): BranchDecision {
    const [first, last] = [operators[0], operators.at(-1)!].map((i) => this.plan.operators[i].name);
    const used = new Set(operators.map((i) => this.assignment[i]));
    const processor = used.size > 1 ? "both" : this.assignment[operators[0]];
    const sum = (times: readonly number[]) => operators.reduce((ns, i) => ns + times[i], 0);
    return {
      name: first === last ? first : `${first} to ${last}`,
      operators,
      processor,
      gpuNs: sum(this.costs.gpu),
      cpuNs: sum(this.costs.cpu),
      copyNs: this.#copies(operators),
      ...(processor !== "both" && { otherwiseNs: this.#otherwise(operators, processor) }),
    };
  }

  /** Of what comes in from the GPU and what its operators need of it. */
  #copies(operators: readonly number[]): number {
    const inside = new Set(operators), count = this.flow.reads.length;
    const read = new Set(operators.flatMap((i) => this.flow.reads[i]));
    const coming = [...read].filter((value) => value < count && !inside.has(value));
    const going = operators.filter((value) =>
      this.flow.reads.some((list, reader) => !inside.has(reader) && list.includes(value))
    );
    const time = (values: readonly number[], cost: Costs["toGpu"]) =>
      values.reduce((ns, value) => ns + copyTime(cost, this.#bytes[value]), 0);
    return time(coming, this.costs.toCpu) + time(going, this.costs.toGpu);
  }

  #otherwise(operators: readonly number[], processor: Processor): number {
    const moved = new Set(operators);
    // What lies between the values of others moves with them.
    for (let size = 0; size < moved.size;) {
      size = moved.size;
      for (const pair of this.flow.mixed) {
        if (pair.some((i) => moved.has(i))) pair.forEach((i) => moved.add(i));
      }
    }
    const other = processor === "gpu" ? "cpu" : "gpu";
    const assignment = this.assignment.map((own, i) => moved.has(i) ? other : own);
    return this.scheduler.schedule(assignment).ns;
  }
}

function reasonOf({ kind }: Region, branches: readonly BranchDecision[], ns: number): string {
  const onCpu = branches.filter(({ processor }) => processor === "cpu");
  const total = (list: readonly BranchDecision[], of: (branch: BranchDecision) => number) =>
    list.reduce((sum, branch) => sum + of(branch), 0);
  const names = (list: readonly BranchDecision[]) => list.map(({ name }) => name).join(", ");
  if (onCpu.length === branches.length) {
    return `all on the CPU: ${ms(total(onCpu, (b) => b.cpuNs))} there, ` +
      `${ms(total(onCpu, (b) => b.gpuNs))} on the GPU`;
  }
  const cheapest = branches.reduce((a, b) => a.cpuNs + a.copyNs <= b.cpuNs + b.copyNs ? a : b);
  const moved = onCpu.length > 0 ? onCpu : [cheapest];
  const rest = branches.filter((branch) => !moved.includes(branch));
  const [cpu, copies] = [total(moved, (b) => b.cpuNs), total(moved, (b) => b.copyNs)];
  const gpu = total(rest, (b) => b.gpuNs), serial = total(branches, (b) => b.gpuNs);
  const sides = `${names(moved)} on the CPU takes ${ms(cpu)} and ${ms(copies)} of copies`;
  const compared = kind === "ends"
    ? `${sides}, ${ms(total(moved, (b) => b.gpuNs))} on the GPU`
    : `${sides}, the GPU ${ms(gpu)} for the rest: ${ms(Math.max(gpu, cpu + copies))} together, ` +
      `${ms(serial)} on the GPU one after another`;
  const decision = onCpu.length > 0 ? `${names(onCpu)} moves to the CPU` : "stays on the GPU";
  const { otherwiseNs } = moved[0];
  const whole = moved.length > 1 || otherwiseNs === undefined
    ? ""
    : `; otherwise the network would take ${ms(otherwiseNs)} rather than ${ms(ns)}`;
  return `${decision}: ${compared}${whole}`;
}

function ms(ns: number): string {
  return `${(ns / 1e6).toFixed(2)} ms`;
}
