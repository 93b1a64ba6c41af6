import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { Flow, OperatorCounts } from "./counts.ts";
import { MODEL_FORMULA, type ModelledCores, modelOperator } from "./model.ts";
import { readingsOf } from "./readings.ts";
import type { Cluster, Soc } from "./soc.ts";

const NONE: Flow = { misses: [0, 0], writtenBack: [0, 0], dramRead: 0, dramWritten: 0 };
const NO_INSTRUCTIONS = {
  "vector": 0,
  "scalar-float": 0,
  "integer": 0,
  "load": 0,
  "store": 0,
  "branch": 0,
  "other": 0,
};
const NOTHING: OperatorCounts = {
  name: "nothing",
  units: 8,
  countedUnits: 8,
  instructions: NO_INSTRUCTIONS,
  accesses: 0,
  demand: NONE,
  prefetch: NONE,
};

/** 1 GHz, of which numbers can be worked out by hand. */
const CLUSTER: Cluster = {
  id: "only",
  core: "test",
  cores: 4,
  hertz: 1e9,
  perCycle: {
    instructions: 4,
    vector: 2,
    scalarFloat: 1,
    integer: 3,
    accesses: 2,
    stores: 1,
    branches: 0.5,
  },
  overlap: 0.75,
  instructionPj: { ...NO_INSTRUCTIONS, vector: 100, load: 10 },
  staticWatts: 0.5,
  levels: [
    { name: "l1d", shared: false, bytes: 1024, ways: 4, latency: 4e-9, accessPj: 5 },
    { name: "l2", shared: true, bytes: 8192, ways: 8, latency: 14e-9, accessPj: 50 },
  ],
};
const SOC: Soc = {
  id: "test",
  name: "Test",
  lineBytes: 64,
  prefetchLines: 0,
  clusters: [CLUSTER],
  defaultCluster: CLUSTER,
  memory: { bytesPerSecond: 1e10, latency: 114e-9, bytePj: 20 },
  references: new Map(),
};
const ONE: ModelledCores = { soc: SOC, cluster: CLUSTER, threads: 1 };

const cycles = (counts: Partial<OperatorCounts>, cores = ONE) =>
  modelOperator({ ...NOTHING, ...counts }, cores).cycles;
const instructions = (counts: Partial<OperatorCounts["instructions"]>) => ({
  instructions: { ...NO_INSTRUCTIONS, ...counts },
});

Deno.test("the unit that has most to do sets the pace", () => {
  const near = (actual: number, expected: number) => assertAlmostEquals(actual, expected, 1e-6);
  near(cycles(instructions({ vector: 1000 })), 500);
  near(cycles(instructions({ "vector": 1000, "scalar-float": 100 })), 600); // the same pipes
  near(cycles(instructions({ integer: 900 })), 300);
  near(cycles(instructions({ branch: 100 })), 200);
  near(cycles(instructions({ store: 70, vector: 100 })), 70);
  near(cycles({ ...instructions({ vector: 100 }), accesses: 400 }), 200);
  near(cycles(instructions({ vector: 400, integer: 600, other: 600 })), 400); // issue
});

Deno.test("a miss waits for the next level, as far as nothing hides it", () => {
  const demand = { ...NONE, misses: [100, 20] };
  // A quarter of 100 times 10 ns and 20 times 100 ns.
  assertAlmostEquals(cycles({ demand }), 750, 1e-6);
});

Deno.test("memory bounds what several threads can do, and the busiest thread the rest", () => {
  const work = instructions({ vector: 8000 });
  assertAlmostEquals(cycles(work, { ...ONE, threads: 4 }), 1000, 1e-6);
  assertAlmostEquals(cycles(work, { ...ONE, threads: 3 }), 1500, 1e-6); // 3 of 8 units
  assertAlmostEquals(cycles({ ...work, units: 1 }, { ...ONE, threads: 4 }), 4000, 1e-6);
  const demand = { ...NONE, dramRead: 15000, dramWritten: 5000 };
  assertAlmostEquals(cycles({ ...work, demand }, { ...ONE, threads: 4 }), 2000, 1e-6);
});

Deno.test("energy is that of the events and of the time", () => {
  const counts: OperatorCounts = {
    ...NOTHING,
    ...instructions({ vector: 1000, load: 200 }),
    accesses: 300,
    demand: { misses: [40, 10], writtenBack: [5, 2], dramRead: 640, dramWritten: 128 },
    prefetch: { ...NONE, misses: [3, 1], dramRead: 64 },
  };
  const { energy, time } = modelOperator(counts, ONE);
  const events = 1000 * 100 + 200 * 10 + 300 * 5 + (40 + 5 + 3) * 50 + (640 + 128 + 64) * 20;
  assertAlmostEquals(energy, events * 1e-12 + 0.5 * time, 1e-20);
  assertAlmostEquals(time, 500e-9 + 0.25 * (40 * 10e-9 + 10 * 100e-9), 1e-15);
});

Deno.test("readings tell each operator and the sums, what is counted and what is modelled", () => {
  const one = { ...NOTHING, ...instructions({ vector: 7, load: 3 }), name: "a", accesses: 3 };
  const two = { ...one, name: "b", countedUnits: 2, accesses: 4.4 };
  const readings = readingsOf([one, two], ONE, "QEMU");
  const find = (quantity: string, operator?: string) =>
    readings.find((reading) => reading.quantity === quantity && reading.operator === operator);
  assertEquals(find("instructions", "a"), {
    quantity: "instructions",
    operator: "a",
    source: "emulated",
    value: 10,
    origin: "QEMU",
  });
  assertEquals(find("l1d-accesses", "b")?.value, 4);
  assertEquals(find("l1d-accesses", "b")?.origin, "QEMU, 2 of 8 units");
  assertEquals(find("instructions-vector")?.value, 14);
  assertEquals(find("l1d-accesses")?.origin, "QEMU, a sample of the units of some operators");
  const time = find("time")!;
  assertEquals([time.source, time.origin?.startsWith("modelled from QEMU")], ["modelled", true]);
  assertAlmostEquals(time.value!, 2 * find("time", "a")!.value!, 1e-18);
  assertEquals(find("l3-misses")?.unavailable, "Test has no third cache");
  assertEquals(find("l3-misses")?.value, undefined);
});

Deno.test("the formula names every term of the model, and docs/emulation.md shows it", async () => {
  const terms = ["instructions", "vector", "scalar float", "integer", "accesses", "stores"];
  for (const term of [...terms, "branches", "overlap", "latency", "threads", "static power"]) {
    assertEquals(MODEL_FORMULA.includes(term), true, term);
  }
  const page = new URL("../../docs/emulation.md", import.meta.url);
  assertEquals((await Deno.readTextFile(page)).includes(MODEL_FORMULA), true);
});
