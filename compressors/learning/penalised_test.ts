import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertRejects,
} from "@std/assert";
import { groupNorms } from "../../graph/group_norms.ts";
import type { Model } from "../../graph/model.ts";
import { Random } from "../../graph/random.ts";
import { groupGrid, spreadGroups } from "../../graph/structure.ts";
import { sizeOf, tensor, values } from "../../graph/tensor.ts";
import { sgd } from "../../training/optimisers/sgd.ts";
import type { GroupedWeight } from "../../training/penalties/grouped.ts";
import { addPulls, pullsOf } from "../../training/penalties/pull.ts";
import { smallC3d } from "../testing.ts";
import type { Trainer, TrainingStage } from "../trainer.ts";
import { learnWithPenalty, type PenaltyChoice } from "./penalised.ts";
import { stripesNetwork, stripesTrainer } from "./testing.ts";

const layout = { filters: 8, channels: 4, positions: "each" } as const;
const STEPS = 150, RATE = 0.01;

const groupsOf = ({ weights }: Model, names: readonly string[]): GroupedWeight[] =>
  names.map((name) => ({ name, shape: weights.get(name)!.shape, layout }));

/** A model whose groups have norms that are far apart, as those of trained networks have. */
function uneven(model: Model, grouped: readonly GroupedWeight[]): Model {
  const weights = new Map(model.weights);
  for (const { name, shape, layout } of grouped) {
    const { groups } = groupGrid(shape, layout);
    const logs = new Random(1, name).fillNormal(new Float32Array(groups));
    const factors = spreadGroups(
      logs.map(Math.exp),
      shape,
      layout,
      new Float32Array(sizeOf(shape)),
    );
    weights.set(name, tensor(values(weights.get(name)!).map((w, i) => w * factors[i]), shape));
  }
  return { ...model, weights };
}

/** Training with a loss that does not resist: the penalty alone moves weights, with momentum. */
function freeTrainer(prune: number) {
  const stages: TrainingStage[] = [];
  const optimiser = sgd({ momentum: 0.9 });
  const trainer: Pick<Trainer, "budget" | "travel" | "train"> = {
    budget: { prune, retrain: 1 },
    travel: (epochs) => epochs * STEPS * RATE / (1 - 0.9),
    train(model, stage) {
      stages.push(stage);
      const weights = new Map([...model.weights].map(([name, w]) => [name, values(w).slice()]));
      const states = new Map([...weights].map(([name, w]) => [name, optimiser.start(w.length)]));
      for (let epoch = 0, step = 0; epoch < stage.epochs; epoch++) {
        for (const penalty of stage.penalties!) penalty.begin(weights, { epoch, step });
        for (let i = 0; i < STEPS; i++, step++) {
          const gradients = new Map(
            [...weights].map(([name, w]) => [name, new Float32Array(w.length)]),
          );
          addPulls(weights, gradients, pullsOf(weights, stage.penalties!));
          for (const [name, w] of weights) {
            const rules = { rate: RATE, step, decay: 0 };
            optimiser.update(w, gradients.get(name)!, states.get(name)!, rules);
          }
        }
      }
      const learnt = [...model.weights].map(([name, { shape }]) =>
        [name, tensor(weights.get(name)!, shape)] as const
      );
      return Promise.resolve({ ...model, weights: new Map(learnt) });
    },
  };
  return { trainer: trainer as Trainer, stages };
}

/** What is left of the norm of each group, by weight. */
function shrinkage(before: Model, after: Model, grouped: readonly GroupedWeight[]) {
  return new Map(grouped.map(({ name, layout }) => {
    const norms = groupNorms(before.weights.get(name)!, layout, "l2");
    const now = groupNorms(after.weights.get(name)!, layout, "l2");
    return [name, now.map((norm, g) => norm / norms[g])];
  }));
}

for (const kind of ["fixed", "reweighted"] as const) {
  for (const prune of [1, 4, 9]) {
    Deno.test(`${kind}: groups with the wanted share of MACs vanish in ${prune} epochs`, async () => {
      const grouped = groupsOf(smallC3d(), ["conv2.weight", "conv3.weight", "conv4.weight"]);
      const model = uneven(smallC3d(), grouped);
      // MACs of one weight, by hand: positions of the outputs.
      const each = new Map([["conv2.weight", 144], ["conv3.weight", 18], ["conv4.weight", 18]]);
      const ways = [
        { fraction: 0.5 },
        { fraction: 0.5, weighByMacs: true, relative: false },
        { fraction: 0.2, relative: false },
      ];
      for (const way of ways) {
        const { trainer } = freeTrainer(prune);
        const choice = { kind, shrunk: 0.05, ...way };
        const learnt = await learnWithPenalty(model, grouped, choice, { seed: 1, trainer });
        let small = 0, all = 0;
        for (const [name, left] of shrinkage(model, learnt, grouped)) {
          small += each.get(name)! * left.filter((part) => part < 0.07).length * 32;
          all += each.get(name)! * left.length * 32;
          assert(left.every((part) => part <= 1 + 1e-6));
        }
        // Blocks of the 20 filters of conv4 are cut, and counted as whole ones here.
        assertAlmostEquals(small / all, way.fraction, 0.06);
      }
    });
  }
}

Deno.test("the chosen strength is stable: no group ends larger or changes its sign", async () => {
  const model = smallC3d();
  const grouped = groupsOf(model, ["conv2.weight", "conv4.weight"]);
  const conv4 = values(model.weights.get("conv4.weight")!).slice();
  // Some groups are as good as gone.
  for (let i = 0; i < 400; i++) conv4[i] *= i < 200 ? 0 : 1e-6;
  const weights = new Map(model.weights);
  weights.set("conv4.weight", tensor(conv4, model.weights.get("conv4.weight")!.shape));
  for (const kind of ["fixed", "reweighted"] as const) {
    const { trainer } = freeTrainer(4);
    const context = { seed: 1, trainer };
    const learnt = await learnWithPenalty({ ...model, weights }, grouped, { kind }, context);
    for (const { name } of grouped) {
      const before = values(weights.get(name)!), after = values(learnt.weights.get(name)!);
      // Momentum may carry a weight across zero, by a small part of where it came from.
      assert(after.every((w, i) => w * before[i] >= -0.01 * before[i] ** 2));
      assert(after.every((w, i) => Math.abs(w) <= Math.abs(before[i])));
    }
  }
});

Deno.test("layers that cost more are pushed harder, P is made anew as often as asked", async () => {
  const model = smallC3d();
  const grouped = groupsOf(model, ["conv2.weight", "conv3.weight"]);
  const settings = async (choice: Partial<PenaltyChoice>) => {
    const { trainer, stages } = freeTrainer(6);
    await learnWithPenalty(model, grouped, { kind: "reweighted", ...choice }, { seed: 1, trainer });
    return stages[0].penalties!.map(({ settings }) =>
      settings as { strength: number; every: number; weights: { factor: number }[] }
    );
  };
  const plain = { relative: false };
  const [conv2, conv3] = await settings({
    ...plain,
    weighByMacs: true,
    strength: 0.01,
    updates: 3,
  });
  assertEquals([conv2.strength, conv2.every], [0.01, 2]);
  assertAlmostEquals(conv2.weights[0].factor / conv3.weights[0].factor, 144 / 18, 1e-9);
  const [even] = await settings({ ...plain, updates: 100 });
  assertEquals([even.weights[0].factor, even.every], [1, 1]);
});

Deno.test("layers lose the same share whatever the scale of their weights, when they are alike", async () => {
  const grouped = groupsOf(smallC3d(), ["conv2.weight", "conv3.weight"]);
  const alike = uneven(smallC3d(), grouped);
  const weights = new Map(alike.weights);
  const { shape } = weights.get("conv3.weight")!;
  weights.set(
    "conv3.weight",
    tensor(values(weights.get("conv3.weight")!).map((w) => 9 * w), shape),
  );
  for (const kind of ["fixed", "reweighted"] as const) {
    const small = async (model: Model, relative: boolean) => {
      const context = { seed: 1, trainer: freeTrainer(4).trainer };
      const learnt = await learnWithPenalty(model, grouped, { kind, relative }, context);
      return [...shrinkage(model, learnt, grouped).values()]
        .map((parts) => parts.filter((part) => part < 0.1).length / parts.length);
    };
    const [a, b] = await small({ ...alike, weights }, true);
    assertAlmostEquals(a, b, 0.1);
    const [c, d] = await small({ ...alike, weights }, false);
    assertGreater(c, 2 * d);
  }
});

Deno.test("groups that are to go become small although the loss resists, others do not", async () => {
  const grouped = groupsOf(stripesNetwork(), ["conv1.weight", "conv2.weight", "conv3.weight"]);
  const model = uneven(stripesNetwork(), grouped);
  const budget = { prune: 8, retrain: 1 };
  const left = async (learn: (trainer: Trainer) => Promise<Model>) => {
    const learnt = await learn(stripesTrainer({ budget }));
    return [...shrinkage(model, learnt, grouped).values()].flatMap((parts) => [...parts]);
  };
  const small = (parts: number[]) => parts.filter((part) => part < 0.2).length / parts.length;
  const plain = await left((trainer) => trainer.train(model, { name: "plain", epochs: 8 }));
  assertEquals(small(plain), 0);
  for (const kind of ["fixed", "reweighted"] as const) {
    const parts = await left((trainer) =>
      learnWithPenalty(model, grouped, { kind, fraction: 0.5, shrunk: 0.05 }, { seed: 1, trainer })
    );
    assertGreater(small(parts), 0.3);
    assertLess(small(parts), 0.7);
    assertGreater(Math.max(...parts), 0.6);
  }
});

Deno.test("without training, epochs or sense there is no learning", async () => {
  const model = smallC3d();
  const grouped = groupsOf(model, ["conv2.weight"]);
  const learn = (choice: PenaltyChoice, trainer?: Trainer) =>
    learnWithPenalty(model, grouped, choice, { seed: 1, ...(trainer && { trainer }) });
  await assertRejects(() => learn({ kind: "fixed" }), RangeError, "--train");
  await assertRejects(
    () => learn({ kind: "fixed" }, freeTrainer(0).trainer),
    RangeError,
    "epochs for pruning must be at least 1: current value is 0",
  );
  const { trainer, stages } = freeTrainer(1);
  await assertRejects(() => learn({ kind: "fixed", fraction: 2 }, trainer), RangeError, "fraction");
  await assertRejects(() => learn({ kind: "fixed", strength: -1 }, trainer), RangeError);
  assertEquals(stages, []);
});
