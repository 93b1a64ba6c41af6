import { assertEquals, assertRejects } from "@std/assert";
import { COMPRESSORS, findCompressor } from "./registry.ts";
import { smallResNet } from "./testing.ts";
import { lackOf, type TrainingMeans, type TrainingNeed } from "./trainer.ts";

Deno.test("what a method lacks is told in words, where it lacks something", () => {
  const means: TrainingMeans = {
    budget: { prune: 2, retrain: 1 },
    teaches: true,
    evaluates: true,
  };
  const all: TrainingNeed[] = ["training", "pruning", "teacher", "evaluations"];
  assertEquals(lackOf(all, means), undefined);
  assertEquals(lackOf(["evaluations"], undefined), undefined);
  for (const need of all.slice(0, 3)) {
    assertEquals(lackOf([need], undefined), "training, and there is none");
  }
  const lack = (change: Partial<TrainingMeans>) => lackOf(all, { ...means, ...change });
  assertEquals(
    lack({ budget: { prune: 0, retrain: 5 } }),
    "epochs for pruning, and the budget has none",
  );
  assertEquals(
    lack({ teaches: false }),
    "a teacher, and only networks that classify can be taught",
  );
  assertEquals(
    lack({ evaluates: false }),
    "quick evaluations, and no samples are set aside for them",
  );
});

/** Options that take another way through the code than the defaults. */
const OPTIONS: Readonly<Record<string, readonly Record<string, unknown>[]>> = {
  rt3d: [
    ...["greedy", "taylor", "fixed", "reweighted"].map((algorithm) => ({ algorithm })),
    { distill: true },
  ],
  yolobile: [{ algorithm: "admm" }, { algorithm: "reweighted" }],
  unstructured: [{ algorithm: "admm" }],
  column: [{ algorithm: "admm" }],
  pattern: [{ algorithm: "admm" }],
  dense: [{ tune: true }],
  cp: [{ sweeps: 2 }],
};

const model = smallResNet();

for (const { id } of COMPRESSORS.filter(({ id }) => id !== "as-is")) {
  Deno.test(`${id} asks for training when its needs say so, and only then`, async () => {
    const compressor = findCompressor(id);
    for (const raw of [...(id === "cp" ? [] : [{}]), ...OPTIONS[id] ?? []]) {
      const options = compressor.parseOptions(raw);
      const run = () => compressor.compress(model, { macs: 1.2 }, options, { seed: 1 });
      const lack = lackOf(compressor.needs?.(options) ?? [], undefined);
      if (lack === undefined) await run();
      else await assertRejects(run, RangeError, "there is no training", JSON.stringify(raw));
    }
  });
}
