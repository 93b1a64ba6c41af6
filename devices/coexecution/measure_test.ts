import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { Random } from "../../graph/random.ts";
import { dataFlow } from "../../kernels/plan/data_flow.ts";
import { lower } from "../../kernels/plan/lower.ts";
import type { Costs } from "./costs.ts";
import { type DividedNetwork, measureCosts } from "./measure.ts";
import { bytesOf } from "./schedule.ts";
import { cspStage, randomCosts } from "./testing.ts";

const plan = lower(cspStage(2), { target: "both" });
const flow = dataFlow(plan), bytes = bytesOf(flow);

/** Takes steps in the times of `costs`; every third run is disturbed, and the first one is slow. */
function scripted(costs: Costs): DividedNetwork & { readonly labels: string[] } {
  let steps: Parameters<DividedNetwork["setSchedule"]>[0] = [], runs = 0;
  const cost = { send: costs.toGpu, fetch: costs.toCpu };
  return {
    labels: [],
    setSchedule: (next) => void ([steps, runs] = [next, 0]),
    trace() {
      const factor = runs === 0 ? 1000 : runs % 3 === 0 ? 7 : 1;
      runs++;
      let now = 0;
      return Promise.resolve(steps.map(({ kind, index }) => {
        const ns = kind === "gpu" || kind === "cpu"
          ? costs[kind][index]
          : cost[kind].fixed + cost[kind].perByte * bytes[index];
        return { begin: now, end: now += factor * ns };
      }));
    },
  };
}

Deno.test("times of operators and copies are measured as they are, in spite of slow runs", async () => {
  const costs = randomCosts(new Random(1, "measure"), plan.operators.length);
  const labels: string[] = [];
  const measured = await measureCosts(flow, scripted(costs), { onProgress: (l) => labels.push(l) });
  for (const processor of ["gpu", "cpu"] as const) {
    measured[processor].forEach((ns, i) => {
      const used = plan.operators[i].kind !== "clear" || flow.padding.get(i)!.length > 0;
      assertAlmostEquals(ns, used ? costs[processor][i] : 0, 1e-6 * ns);
    });
  }
  for (const way of ["toGpu", "toCpu"] as const) {
    assertAlmostEquals(measured[way].perByte, costs[way].perByte, 1e-6);
    assertAlmostEquals(measured[way].fixed, costs[way].fixed, 1e-3);
  }
  assertEquals(labels.length, 18);
  assert(labels.includes("timing copies, run 6 of 6"), labels.join("; "));
});

Deno.test("measuring can be interrupted between runs", async () => {
  const controller = new AbortController();
  const network = scripted(randomCosts(new Random(1, "measure"), plan.operators.length));
  let runs = 0;
  const measured = measureCosts(flow, network, {
    signal: controller.signal,
    onProgress: () => ++runs === 3 && controller.abort(new Error("enough")),
  });
  await assertRejects(() => measured, Error, "enough");
  assertEquals(runs, 3);
});
