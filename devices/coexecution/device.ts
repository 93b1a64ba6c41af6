/**
 * An OpenCL device and this machine's processor, among which each network is divided by the times
 * that its operators take on either.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { join } from "node:path";
import type { Support } from "../../compressors/compressor.ts";
import { build } from "../../kernels/build.ts";
import type { Network } from "../../kernels/ffi.ts";
import { dataFlow } from "../../kernels/plan/data_flow.ts";
import type { Plan } from "../../kernels/plan/plan.ts";
import { readPlan } from "../../kernels/plan/read.ts";
import type { Device, LoadOptions, Probe, Program, Session } from "../device.ts";
import type { Found, FoundDevice } from "../found.ts";
import { HostSession } from "../host.ts";
import { findOpenCl, OpenClDevice } from "../opencl.ts";
import type { Costs, Processor } from "./costs.ts";
import { type CoexecutionPlan, decide } from "./decide.ts";
import { measureCosts } from "./measure.ts";
import type { Step } from "./schedule.ts";

/** Times of operators, by plan, runtime, device and threads. */
const CACHE = fileURLToPath(new URL("../../.build/coexecution/", import.meta.url));

/** Options of {@linkcode openCoexecution}. */
export interface CoexecutionOptions {
  /** Which OpenCL device, and what is done where: `"N[:untuned][:gpu|:cpu]"`. @default {"0"} */
  readonly argument?: string;
  /** Where times of operators are kept. @default a folder of this project */
  readonly cache?: string;
  /** Ends what is being compiled and tried, and the measuring of times between runs. */
  readonly signal?: AbortSignal;
  /** Told what is being compiled and measured. */
  onProgress?(label: string): void;
}

/**
 * Opens both processors as one device; what is missing is told by its probe.
 *
 * @throws {RangeError} when values are to be stored as halves, which processors do not compute with.
 */
export function openCoexecution(options: CoexecutionOptions = {}): Promise<CoexecutionDevice> {
  return Promise.resolve().then(() => new CoexecutionDevice(options));
}

/** Each OpenCL device of this machine with its processor. Never throws. */
export async function findCoexecution(options: CoexecutionOptions = {}): Promise<Found> {
  const { devices, missing } = await findOpenCl(options);
  return {
    devices: await Promise.all(devices.map(async ({ id }): Promise<FoundDevice> => {
      const [, argument] = id.split(":");
      await using device = new CoexecutionDevice({ ...options, argument });
      return { id: device.id, probe: await device.probe() };
    })),
    missing,
  };
}

/** Both processors. */
export class CoexecutionDevice implements Device {
  readonly id: string;
  readonly timebase = "native";
  readonly lowering = "both";
  readonly #opencl: OpenClDevice;
  readonly #division: "best" | Processor;
  readonly #options: CoexecutionOptions;

  /** Opens nothing yet. */
  constructor(options: CoexecutionOptions) {
    const words = (options.argument || "0").split(":");
    this.id = `coexec:${words.join(":")}`;
    if (words.includes("fp16")) {
      throw new RangeError(
        `Cannot open device "${this.id}" as values that both processors use must be fp32`,
      );
    }
    const one = words.find((word) => word === "gpu" || word === "cpu");
    const argument = words.filter((word) => word !== one).join(":") || "0";
    this.#division = one ?? "best";
    this.#opencl = new OpenClDevice({ ...options, argument, cache: undefined });
    this.#options = options;
  }

  async probe(): Promise<Probe> {
    const probe = await this.#opencl.probe();
    const same = probe.facts.type === "CPU" ? ", which are one and the same" : "";
    return { ...probe, name: `${probe.name} and this machine's processor${same}` };
  }

  supports({ kind }: Program): Support {
    return kind === "plan"
      ? { ok: true }
      : { ok: false, reason: "co-execution runs plan files, lowered for both processors" };
  }

  async load({ path }: Program, { threads, signal }: LoadOptions): Promise<CoexecutionSession> {
    const plan = await readPlan(path), isa = `cpu+${this.#opencl.id}`;
    const signals = [signal, this.#options.signal].filter((each) => each !== undefined);
    const options = { threads, signal: AbortSignal.any(signals) };
    const network = await this.#opencl.network(path, { ...options, isa });
    try {
      const costs = await this.#costs(path, plan, network, options);
      const division = { division: this.#division, signal: options.signal };
      const decision = decide(plan, costs, division);
      network.setSchedule(decision.schedule.steps);
      const { type } = (await this.#opencl.probe()).facts;
      const same = type === "CPU" ? ["both processors are the same CPU"] : [];
      const notes = [...same, divisionOf(plan, decision)];
      return new CoexecutionSession(network, { plan, costs, decision, notes });
    } catch (error) {
      network[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#opencl[Symbol.asyncDispose]();
  }

  /** Those of an earlier process, so that all divide the network alike; else measured now. */
  async #costs(
    path: string,
    plan: Plan,
    network: Network,
    { threads, signal }: Required<LoadOptions>,
  ): Promise<Costs> {
    const { cache = CACHE, onProgress } = this.#options;
    const { facts } = await this.#opencl.probe();
    const { key: runtime } = await build();
    const content = await digest(await Deno.readFile(path));
    const what = { content, runtime, device: this.#opencl.id, facts, threads };
    const key = await digest(new TextEncoder().encode(JSON.stringify(what)));
    const file = join(cache, `${key}.json`);
    const known = await Deno.readTextFile(file).catch((error: unknown) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
    if (known !== undefined) return JSON.parse(known);
    const costs = await measureCosts(dataFlow(plan), network, {
      signal,
      ...(onProgress && { onProgress: (label: string) => onProgress(label) }),
    });
    await Deno.mkdir(cache, { recursive: true });
    const whole = await Deno.makeTempFile({ dir: cache });
    await Deno.writeTextFile(whole, JSON.stringify(costs));
    await Deno.rename(whole, file);
    return costs;
  }
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return hash.subarray(0, 16).toHex();
}

/** Who does how much, in words. */
function divisionOf({ operators }: Plan, { assignment }: CoexecutionPlan): string {
  const working = assignment.filter((_, i) => operators[i].kind !== "clear");
  const own = working.filter((processor) => processor === "cpu").length;
  if (own === 0) return "all operators on the OpenCL device";
  return own === working.length
    ? "all operators on this machine's processor"
    : `${own} of ${working.length} operators on this machine's processor, the others on the ` +
      "OpenCL device";
}

/** A network that is divided between both processors. */
export class CoexecutionSession extends HostSession {
  readonly #network: Network;

  /** What is executed. */
  readonly plan: Plan;
  /** By which times it was divided. */
  readonly costs: Costs;
  /** How it is divided, and why. */
  readonly decision: CoexecutionPlan;

  /** Takes the network, whose schedule is that of the decision. */
  constructor(
    network: Network,
    { plan, costs, decision, notes }:
      & Pick<CoexecutionSession, "plan" | "costs" | "decision">
      & Required<Pick<Session, "notes">>,
  ) {
    super(network, {
      notes,
      profile: async () => {
        const layers = plan.operators.map(({ name }) => ({ name, ns: 0 }));
        for (const { kind, index, begin, end } of await this.timeline()) {
          if (kind === "gpu" || kind === "cpu") layers[index].ns += end - begin;
        }
        return layers;
      },
    });
    this.plan = plan;
    this.costs = costs;
    this.decision = decision;
    this.#network = network;
  }

  /** Runs once on the inputs of the last run; the steps with the times that they took. */
  async timeline(): Promise<Step[]> {
    const times = await this.#network.trace();
    return this.decision.schedule.steps.map((step, i) => ({ ...step, ...times[i] }));
  }
}
