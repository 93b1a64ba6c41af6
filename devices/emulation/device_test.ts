/**
 * The emulated phones, whole: what is counted when networks run.
 *
 * @module
 */

import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertRejects,
} from "@std/assert";
import { GraphBuilder } from "../../graph/builder.ts";
import { modelCosts } from "../../graph/costs.ts";
import type { Model } from "../../graph/model.ts";
import { tensor } from "../../graph/tensor.ts";
import { randomInputs, randomWeights, smallNet } from "../../graph/testing.ts";
import { lower } from "../../kernels/plan/lower.ts";
import { writePlan } from "../../kernels/plan/write.ts";
import { prune, PRUNINGS } from "../../kernels/testing/prunings.ts";
import type { CountRequest, Session, Tensors } from "../device.ts";
import type { Quantity, Reading } from "../reading.ts";
import { openEmulated } from "./device.ts";
import { EMULATOR } from "./emulator.ts";
import { SOCS } from "./socs.ts";
import { installed } from "./testing/installed.ts";

const [SOC] = SOCS;
const available = await installed(EMULATOR) && await installed("aarch64-linux-gnu-gcc");

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `${name} (needs gcc-aarch64-linux-gnu, qemu-user)`, ignore: !available, fn });
}

interface On {
  readonly threads?: number;
  readonly cluster?: typeof SOC.defaultCluster;
  readonly soc?: typeof SOC;
}

/** Loads a model, its direct kernels, and uses it. */
async function withSession<T>(
  model: Model,
  use: (session: Session) => Promise<T>,
  { threads = 1, soc = SOC, cluster = soc.defaultCluster }: On = {},
): Promise<T> {
  const path = await Deno.makeTempFile({ suffix: ".plan" });
  try {
    await writePlan(lower(model, { winograd: false }), path);
    await using device = await openEmulated(soc, cluster);
    await using session = await device.load({ kind: "plan", path }, { threads });
    return await use(session);
  } finally {
    await Deno.remove(path);
  }
}

const count = (model: Model, request: CountRequest = {}, on: On = {}) =>
  withSession(model, async (session) => await session.count!(request), on);

function value(readings: readonly Reading[], quantity: Quantity, operator?: string): number {
  return readings.find((one) => one.quantity === quantity && one.operator === operator)!.value!;
}

/** One convolution, whose plane is so large that borders hardly count. */
function convolution(filters = 32): Model {
  const g = new GraphBuilder("convolution"), weights = randomWeights(1);
  const x = g.input("image", [1, 16, 40, 62]);
  return g.output(g.conv(x, { name: "conv", filters, kernel: 3, pad: 1, weights })).build();
}

test("a dense convolution has a vector instruction for every four products", async () => {
  const model = convolution(), readings = await count(model);
  const products = modelCosts(model).macs / 4, vectors = value(readings, "instructions-vector");
  // Each product is in one; positions in the padding, clearing and packing come on top.
  assertGreater(vectors, products);
  assertLess(vectors, 1.15 * products);
  assertEquals(vectors, value(readings, "instructions-vector", "conv"));
});

test("a pruned convolution has as many fewer as weights are gone", async () => {
  const dense = convolution(), kgs = PRUNINGS.find(({ name }) => name === "kgs 8x4 0.28")!;
  const pruned = prune(dense, kgs, 1);
  const kept = modelCosts(pruned).macs / modelCosts(dense).macs;
  const [all, some] = [await count(dense), await count(pruned)];
  const share = value(some, "instructions-vector") / value(all, "instructions-vector");
  assertAlmostEquals(share, kept, 0.05);
  assertLess(value(some, "cycles"), 0.6 * value(all, "cycles"));
  assertLess(value(some, "energy"), 0.6 * value(all, "energy"));
});

test("the same program gives the same counts, and those of operators add up", async () => {
  const model = smallNet(3);
  const [first, second] = await withSession(model, async (session) => {
    await session.run(randomInputs(model, 1));
    return [await session.count!({}), await session.count!({})];
  });
  assertEquals(first, second);
  for (const quantity of ["instructions", "l1d-accesses", "l1d-misses", "time"] as const) {
    const parts = first.filter((one) => one.quantity === quantity && one.operator !== undefined);
    assertGreater(parts.length, 5);
    const sum = parts.reduce((sum, { value }) => sum + value!, 0);
    assertAlmostEquals(sum, value(first, quantity), 1e-9 * sum);
  }
  assert(first.every(({ source }) => source !== "measured"));
});

test("threads share the work and add hardly any", async () => {
  const model = convolution(), one = await count(model);
  const three = await count(model, {}, { threads: 3 });
  for (const quantity of ["instructions-vector", "instructions"] as const) {
    const ratio = value(three, quantity) / value(one, quantity);
    assertGreater(ratio, 0.999);
    assertLess(ratio, 1.05);
  }
  assertLess(value(three, "cycles"), 0.6 * value(one, "cycles"));
});

test("a chip with smaller caches misses more", async () => {
  const model = convolution(), exynos = SOCS.find(({ id }) => id === "exynos-7420")!;
  const [large, small] = [await count(model), await count(model, {}, { soc: exynos })];
  assertEquals(value(large, "instructions"), value(small, "instructions"));
  assertGreater(value(small, "l1d-misses"), value(large, "l1d-misses"));
});

test("a sample of the units comes near to all of them, and says what it is", async () => {
  const model = convolution();
  const [all, some] = [await count(model), await count(model, { sample: 8 })];
  const { origin } = some.find(({ operator }) => operator === "conv")!;
  const [, counted, units] = /, (\d+) of (\d+) units$/.exec(origin!)!.map(Number);
  assertEquals(counted, 8);
  assertGreater(units, 30);
  for (const quantity of ["instructions", "instructions-vector", "l1d-accesses"] as const) {
    const [whole, scaled] = [all, some].map((readings) => value(readings, quantity, "conv"));
    assertAlmostEquals(scaled / whole, 1, 0.05, quantity);
  }
});

test("counting tells how far it is, and ends when it is aborted", async () => {
  await withSession(smallNet(2), async (session) => {
    const fractions: number[] = [];
    await session.count!({ onProgress: (fraction) => fractions.push(fraction) });
    assertGreater(fractions.length, 10);
    assertEquals(fractions, fractions.toSorted((a, b) => a - b));
    assertEquals(fractions.at(-1), 1);
    const aborter = new AbortController();
    const request = {
      signal: aborter.signal,
      onProgress: () => aborter.abort(new Error("enough")),
    };
    await assertRejects(() => session.count!(request), Error, "enough");
    await assertRejects(() => session.count!({ signal: aborter.signal }), Error, "enough");
    await session.count!({});
  });
});

test("inputs of other names or sizes are refused before anything runs", async () => {
  const model = smallNet(2), [[name, input]] = randomInputs(model, 1);
  await withSession(model, async (session) => {
    const refused = (inputs: Tensors, text: string) =>
      assertRejects(() => session.run(inputs), RangeError, text);
    await refused(new Map(), `its inputs must be [${name}]: current value is []`);
    await refused(new Map([["other", input]]), "current value is [other]");
    await refused(new Map([[name, tensor(new Float32Array(7), [7])]]), "current value is 7");
  });
});

test("there are no times, no more threads than cores, and no sample of half a unit", async () => {
  const model = smallNet(2);
  await withSession(model, async (session) => {
    const request = { warmupCalls: 0, warmupMs: 0, samples: 1 };
    await assertRejects(
      () => session.measure(request),
      TypeError,
      "an emulator's time is no latency",
    );
    await assertRejects(() => session.count!({ sample: 0.5 }), RangeError, "current value is 0.5");
  });
  await assertRejects(
    () => withSession(model, () => Promise.resolve(), { threads: 4 }),
    RangeError,
    'Cannot load a program on "snapdragon-865" as threads must be 1 to 3, its cores: current value',
  );
});
