/**
 * Runs plans on every instruction set that this processor has, or on an OpenCL device, each held
 * against what is expected.
 *
 * @module
 */

import { type Kernels, openKernels } from "../ffi.ts";
import { KernelError } from "../foreign.ts";
import type { Plan } from "../plan/plan.ts";
import { writePlan } from "../plan/write.ts";

import { openCl } from "./opencl.ts";

/** How plans are run: which kernels, how many workers. */
const WAYS = {
  cpu: [
    { isa: "avx512", threads: 1 },
    { isa: "avx512", threads: 3 },
    { isa: "avx2", threads: 2 },
    { isa: "neon", threads: 2 },
    { isa: "reference", threads: 2 },
  ],
  gpu: [
    { isa: "reference", threads: 2 },
    { isa: "opencl:untuned", threads: 1 },
  ],
} as const;

/** Inputs or outputs by name. */
export type Values = ReadonlyMap<string, Float32Array<ArrayBuffer>>;

/**
 * Registers a test on the processor, and one on the OpenCL device, which is skipped, with the reason
 * in its name, where there is none.
 */
export function testPlans(name: string, fn: (runner: PlanRunner) => Promise<void>): void {
  const test = (target: keyof typeof WAYS) => async () => {
    await using runner = await PlanRunner.open(target);
    await fn(runner);
  };
  Deno.test(name, test("cpu"));
  Deno.test({
    name: `${name}, by OpenCL (${openCl.needs})`,
    ignore: !openCl.device,
    fn: test("gpu"),
  });
}

/** Runs plans. */
export class PlanRunner implements AsyncDisposable {
  readonly #kernels: Kernels;
  readonly #folder: string;

  private constructor(readonly target: keyof typeof WAYS, kernels: Kernels, folder: string) {
    this.#kernels = kernels;
    this.#folder = folder;
  }

  /** Builds the runtime if need be, and opens it. */
  static async open(target: keyof typeof WAYS = "cpu"): Promise<PlanRunner> {
    return new PlanRunner(target, await openKernels(), await Deno.makeTempDir());
  }

  /** Runs a plan in every way and gives what came out to `check`, with the way's name. */
  async run(
    plan: Plan,
    inputs: Values,
    check: (outputs: Values, way: string) => void,
  ): Promise<void> {
    const path = `${this.#folder}/plan`;
    await writePlan(plan, path);
    for (const way of WAYS[this.target]) {
      try {
        using network = await this.#kernels.open(path, way);
        for (const [name, data] of inputs) network.setInput(name, data);
        check(await network.run(), `${way.isa} with ${way.threads} threads`);
      } catch (error) {
        const lacksIsa = error instanceof KernelError && error.status === "isa";
        if (!lacksIsa || this.target === "gpu") throw error;
      }
    }
  }

  /** Closes the runtime. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#kernels[Symbol.dispose]();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/**
 * Holds every value to the expected one: NaN for NaN, the same infinity, or within `tolerance` of
 * the larger of the expected magnitude and `scale`, which may differ from place to place.
 *
 * @throws {Error} with the first values that are not, and their places.
 */
export function assertClose(
  actual: Float32Array,
  expected: ArrayLike<number>,
  message: string,
  { tolerance = 1e-6, scale = 0 }: { tolerance?: number; scale?: number | ArrayLike<number> } = {},
): void {
  if (actual.length !== expected.length) {
    throw new Error(`${message}: ${actual.length} values, expected ${expected.length}`);
  }
  const wrong: string[] = [];
  for (let i = 0; i < actual.length && wrong.length < 5; i++) {
    const a = actual[i], e = expected[i];
    const least = typeof scale === "number" ? scale : scale[i];
    const limit = Math.max(tolerance * Math.max(Math.abs(e), least), 2e-45);
    if (!(Object.is(a, e) || a === e || Math.abs(a - e) <= limit)) {
      wrong.push(`[${i}] is ${a}, expected ${e}`);
    }
  }
  if (wrong.length) throw new Error(`${message}: ${wrong.join("; ")}`);
}
