import { assertAlmostEquals, assertEquals, assertLess, assertRejects } from "@std/assert";
import type { Model } from "../../graph/model.ts";
import { values } from "../../graph/tensor.ts";
import type { Projection } from "../../training/penalties/admm.ts";
import { topK } from "../sparsity/topk.ts";
import type { Trainer, TrainingStage } from "../trainer.ts";
import { learnByAdmm } from "./admm.ts";
import { stripesNetwork, stripesTrainer } from "./testing.ts";

/** Learns nothing, and takes down what it is asked. */
function recorder(prune: number) {
  const stages: TrainingStage[] = [];
  const trainer: Trainer = {
    ...stripesTrainer({ budget: { prune, retrain: 0 } }),
    train(model, stage) {
      stages.push(stage);
      return Promise.resolve({ ...model, metadata: { stage: stage.name } });
    },
    travel: (epochs) => epochs / 8,
  };
  return { stages, context: { seed: 1, trainer } };
}

const half: Projection = (_, weights) => {
  const kept = topK(weights.map(Math.abs), weights.length / 2);
  return weights.map((weight, i) => kept[i] ? weight : 0);
};
const weights = ["conv1.weight", "conv2.weight"];
const net = stripesNetwork();

Deno.test("rho grows so that it works gently at first and strongly at last, however long rounds are", async () => {
  for (const [epochs, lengths] of [[10, [2, 3, 2, 3]], [5, [2, 3]]] as const) {
    const { stages, context } = recorder(epochs);
    await learnByAdmm(net, { weights, project: half, prefix: "round 2: " }, context);
    assertEquals(stages.map((stage) => stage.epochs), [...lengths]);
    assertEquals(stages[0].name, `round 2: ADMM 1 of ${lengths.length}`);
    const work = stages.map(({ penalties }, i) =>
      Number(penalties![0].settings.rho) * lengths[i] / 8
    );
    assertAlmostEquals(work[0], 0.1, 1e-12);
    assertAlmostEquals(work.at(-1)!, 3, 1e-12);
    const ratios = work.slice(1).map((own, i) => own / work[i]);
    for (const ratio of ratios) assertAlmostEquals(ratio, ratios[0], 1e-9);
  }
});

Deno.test("with few epochs rho grows within one round, so that Z and U are taken anew", async () => {
  for (const [epochs, growth] of [[3, Math.sqrt(30)], [2, 30], [1, 1]]) {
    const { stages, context } = recorder(epochs);
    await learnByAdmm(net, { weights, project: half }, context);
    assertEquals(stages.map((stage) => stage.epochs), [epochs]);
    const { settings } = stages[0].penalties![0];
    assertAlmostEquals(Number(settings.growth), growth, 1e-9);
    // Of the last epoch, which is strong: weights travel 1/8 in it.
    assertAlmostEquals(Number(settings.rho) * growth ** (epochs - 1) / 8, 3, 1e-9);
  }
});

Deno.test("each round may find its projection from the model that it begins with", async () => {
  const { context } = recorder(6);
  const seen: (string | undefined)[] = [];
  const from = (model: Model) => {
    seen.push(model.metadata.stage);
    return half;
  };
  await learnByAdmm(net, { weights, project: { from } }, context);
  assertEquals(seen, [undefined, "ADMM 1 of 3", "ADMM 2 of 3"]);
});

Deno.test("the settings of the penalty tell different projections apart, as checkpoints must", async () => {
  const settings = async (project: Projection) => {
    const { stages, context } = recorder(1);
    await learnByAdmm(net, { weights, project }, context);
    return stages[0].penalties![0].settings;
  };
  const first: Projection = (_, own) => own.map((weight, i) => i < own.length / 2 ? weight : 0);
  assertEquals(await settings(half), await settings(half));
  assertEquals((await settings(half)).to === (await settings(first)).to, false);
});

Deno.test("weights come near to what is allowed by training", async () => {
  const apart = (model: Model) => {
    let away = 0, all = 0;
    for (const name of weights) {
      const w = values(model.weights.get(name)!);
      const z = half(name, w);
      w.forEach((weight, i) => {
        away += (weight - z[i]) ** 2;
        all += weight ** 2;
      });
    }
    return Math.sqrt(away / all);
  };
  const trainer = stripesTrainer({ budget: { prune: 8, retrain: 0 } });
  const learnt = await learnByAdmm(net, { weights, project: half }, { seed: 1, trainer });
  assertLess(apart(learnt), apart(net) / 5);
});

Deno.test("without a trainer ADMM is refused", async () => {
  await assertRejects(
    () => learnByAdmm(net, { weights, project: half }, { seed: 1 }),
    RangeError,
    "as there is no training",
  );
});
