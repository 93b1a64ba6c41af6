import { assert, assertEquals, assertGreater } from "@std/assert";
import { GraphBuilder } from "../../graph/builder.ts";
import type { Model } from "../../graph/model.ts";
import { Random } from "../../graph/random.ts";
import { randomNet } from "../../graph/rewrites/random_net.ts";
import { values } from "../../graph/tensor.ts";
import { randomInputs, randomWeights } from "../../graph/testing.ts";
import { allNets } from "../../graph/testing/nets.ts";
import { type Kernels, openKernels } from "../ffi.ts";
import { type DataFlow, dataFlow } from "./data_flow.ts";
import { lower } from "./lower.ts";
import type { Plan } from "./plan.ts";
import { writePlan } from "./write.ts";

const MODELS = [...allNets(3), ...Array.from({ length: 25 }, (_, i) => randomNet(i, 10 + i))];

/** A fork into convolutions `a` and, behind a strided one, `c`, that meet in a join. */
function forked(): Model {
  const g = new GraphBuilder("forked");
  const weights = randomWeights(1);
  const x = g.input("x", [1, 4, 8, 8]);
  const conv = (from: string, name: string, kernel: number, stride = 1) =>
    g.conv(from, { name, filters: 4, kernel, pad: (kernel - 1) / 2, stride, weights });
  const fork = conv(x, "fork", 1);
  const a = conv(fork, "a", 1, 2);
  const c = conv(conv(fork, "b", 3, 2), "c", 3);
  return g.output(conv(g.concat([a, c], 1, "both"), "join", 1)).build();
}

Deno.test("values are followed through phases, padding and joins", () => {
  const plan = lower(forked(), { target: "gpu" });
  const { reads, outputs, places } = dataFlow(plan);
  const named = (values: readonly number[]) =>
    values.map((v) => v < plan.operators.length ? plan.operators[v].name : "x");
  const read = new Map(
    plan.operators.map(({ name, kind }, i) =>
      kind === "clear" ? ["", []] : [name, named(reads[i])]
    ),
  );
  assertEquals(read.get("fork"), ["x"]);
  const phases = [...read.keys()].filter((name) => name.startsWith("b/phase"));
  assertEquals(phases.length, 4);
  for (const phase of phases) assertEquals(read.get(phase), ["fork"]);
  assertEquals(read.get("b"), phases);
  assertEquals(read.get("c"), ["b"]);
  assertEquals(read.get("join"), ["a", "c"]);
  assertEquals(outputs.map(named), [["join"]]);
  plan.operators.forEach(({ kind }, i) => assertEquals(places[i] === undefined, kind === "clear"));
});

/** A random order of execution that a data flow allows. */
function shuffled(plan: Plan, { after }: DataFlow, random: Random): Plan {
  const left = after.map(({ length }) => length);
  const ready = left.flatMap((n, i) => n === 0 ? [i] : []);
  const order: number[] = [];
  while (ready.length > 0) {
    const [next] = ready.splice(random.integer(ready.length), 1);
    order.push(next);
    after.forEach((list, i) => list.includes(next) && --left[i] === 0 && ready.push(i));
  }
  assertEquals(order.length, plan.operators.length);
  return { ...plan, operators: order.map((i) => plan.operators[i]) };
}

async function outputsOf(plan: Plan, model: Model, kernels: Kernels, path: string) {
  await writePlan(plan, path);
  using network = await kernels.open(path);
  for (const [name, t] of randomInputs(model)) {
    network.setInput(name, Float32Array.from(values(t)));
  }
  await network.run(); // a second run finds what the first one left
  return await network.run();
}

Deno.test("every order that the data flow allows gives the same bits", async () => {
  const path = await Deno.makeTempFile();
  using kernels = await openKernels();
  const random = new Random(1, "orders");
  let moved = 0;
  try {
    for (const model of MODELS) {
      for (const options of [{}, { target: "gpu" }, { target: "both" }] as const) {
        const plan = lower(model, options);
        const flow = dataFlow(plan);
        const expected = await outputsOf(plan, model, kernels, path);
        for (let i = 0; i < 3; i++) {
          const other = shuffled(plan, flow, random);
          moved += other.operators.filter((op, at) => op !== plan.operators[at]).length;
          assertEquals(await outputsOf(other, model, kernels, path), expected, model.name);
        }
      }
    }
  } finally {
    await Deno.remove(path);
  }
  assertGreater(moved, 1000);
});

Deno.test("a plan for concurrent operators orders them by what they read only", () => {
  let sequential = 0;
  for (const model of [forked(), ...allNets(3)]) {
    for (const target of ["gpu", "both"] as const) {
      const plan = lower(model, { target });
      const { reads, after, mixed } = dataFlow(plan);
      const clears = (i: number) => plan.operators[i].kind === "clear";
      const needs = reads.map(() => new Set<number>());
      reads.forEach((list, i) => {
        const between = mixed.flatMap(([earlier, later]) => later === i ? [earlier] : []);
        for (const maker of [...list, ...between].filter((value) => value < reads.length)) {
          for (const each of [maker, ...needs[maker]]) needs[i].add(each);
        }
      });
      const extra = after.flatMap((list, i) =>
        clears(i) ? [] : list.filter((j) => !clears(j) && !needs[i].has(j))
      );
      if (target === "both") assertEquals(extra, [], model.name);
      else sequential += extra.length;
    }
  }
  // Where memory is planned for one operator after another, it does order them.
  assertGreater(sequential, 20);
});

Deno.test("a copy of a value's place holds all of it and nothing that another still wants", () => {
  for (const model of MODELS) {
    const plan = lower(model, { target: "both" });
    const { places, mixed, reads, outputs } = dataFlow(plan);
    const wanted = (value: number, at: number) =>
      reads.some((list, i) => i > at && list.includes(value)) ||
      outputs.some((list) => list.includes(value));
    const together = new Set(mixed.map(String));
    places.forEach((a, earlier) =>
      places.forEach((b, later) => {
        if (!a || !b || earlier >= later || later >= reads.length) return;
        if (!wanted(earlier, later) || together.has(`${[earlier, later]}`)) return;
        assert(a.from + a.floats <= b.from || b.from + b.floats <= a.from, model.name);
      })
    );
  }
});
