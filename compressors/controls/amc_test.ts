import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
  assertLessOrEqual,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { modelCosts } from "../../graph/costs.ts";
import { encodeOnnx } from "../../graph/onnx/write.ts";
import { Random } from "../../graph/random.ts";
import { stripesNetwork, stripesTrainer } from "../learning/testing.ts";
import { smallC3d, smallDetector, smallMobileNet, smallResNet } from "../testing.ts";
import { amc } from "./amc.ts";
import { AmcEnvironment, STATE_SIZE } from "./amc/environment.ts";
import { filterSpace } from "./removal.ts";
import { assertInterruptible, filtersLeft, formulaTrainer } from "./testing.ts";

const model = smallC3d();
const dense = modelCosts(model);
const parsed = (raw: unknown = {}) => amc.parseOptions(raw);

Deno.test("whatever the agent wants, the target is met, and used up as far as filters permit", () => {
  for (const net of [model, smallResNet(), smallDetector(), smallMobileNet()]) {
    for (const target of [{ macs: 1.3 }, { macs: 2 }, { params: 1.4 }]) {
      const space = filterSpace(net, target, { seed: 1 });
      const environment = new AmcEnvironment(space);
      const random = new Random(1, net.name);
      for (let round = 0; round < 12; round++) {
        const wanted = [() => 0, () => 1][round] ?? (() => random.uniform());
        const chosen: number[] = [];
        while (chosen.length < environment.turns) {
          chosen.push(environment.decide(chosen, wanted()));
        }
        const counts = environment.filled(chosen);
        assertLessOrEqual(space.cost(chosen), space.cost(counts));
        assertLessOrEqual(space.cost(counts), space.budget.allowed);
        assertGreater(space.cost(counts), 0.8 * space.budget.allowed);
        counts.forEach((count, g) => assertGreaterOrEqual(count, space.least[g]));
      }
    }
  }
});

Deno.test("the agent sees what each group is, and what is removed and left", () => {
  const space = filterSpace(model, { macs: 2 }, { seed: 1 });
  const environment = new AmcEnvironment(space);
  assertEquals(environment.turns, 3);
  const share = (name: string) =>
    dense.layers.find((layer) => layer.name === name)!.macs / dense.macs;
  const state = environment.state([16]);
  assertEquals(state.length, STATE_SIZE);
  // Second of three groups: all 48 filters of 48, 32 channels of 48, 2 frames of 4, 3 x 3 of 6 x 6.
  assertEquals([...state.slice(0, 8)], [0.5, 1, 2 / 3, 0.5, 0.5, 0.5, 1, 1]);
  assertAlmostEquals(state[8], share("conv3") / share("conv2"), 1e-12);
  // Half of conv2's filters take half of conv2 and half of conv3 with them.
  assertAlmostEquals(state[9], share("conv2") / 2 + share("conv3") / 2, 1e-12);
  assertAlmostEquals(state[10], share("conv4"), 1e-12);
  assertEquals(state[11], 0.5);
});

/** Every filter of conv3 that goes costs accuracy, those of the others hardly any. */
const value = (given: Parameters<typeof filtersLeft>[0]) =>
  90 - 60 * (1 - filtersLeft(given, "conv3") / 48) - (1 - filtersLeft(given, "conv2") / 32) -
  2 * (1 - filtersLeft(given, "conv4") / 20);

Deno.test("AMC leaves the group alone that is essential, better the longer it learns", async () => {
  for (const seed of [1, 2]) {
    const { trainer, evaluated } = formulaTrainer(value);
    const left = await amc.compress(model, { macs: 2 }, parsed(), { seed, trainer, align: 1 });
    const reached = dense.macs / modelCosts(left).macs;
    assertGreaterOrEqual(reached, 2);
    assertLess(reached, 2.05);
    assertGreaterOrEqual(filtersLeft(left, "conv3"), 46);
    assertLessOrEqual(evaluated.length, 40);

    const [search, rates] = left.report.traces!;
    assertEquals([search.id, rates.id, search.rows.length], ["search", "rates", 40]);
    const values = search.rows.map((row) => Number(row[1]));
    const mean = (list: number[]) => list.reduce((a, b) => a + b, 0) / list.length;
    assertGreater(mean(values.slice(30)), mean(values.slice(0, 10)) + 10);
    search.rows.forEach((row, i) => assertEquals(row[2], Math.max(...values.slice(0, i + 1))));
  }
});

Deno.test("AMC is the same for the same seed, and all of the budget is left to learn on", async () => {
  const run = async (seed: number) => {
    const { trainer, stages } = formulaTrainer(value);
    const options = parsed({ episodes: 8 });
    const left = await amc.compress(model, { params: 1.3 }, options, { seed, trainer, align: 1 });
    assertEquals(stages.map(({ name, epochs }) => [name, epochs]), [["retraining", 5]]);
    assertGreaterOrEqual(dense.params / modelCosts(left).params, 1.3);
    return left;
  };
  const [a, b, c] = [await run(1), await run(1), await run(2)];
  assertEquals(encodeOnnx(a), encodeOnnx(b));
  assertEquals(a.report, b.report);
  const search = ({ report }: typeof a) => JSON.stringify(report.traces![0].rows);
  assert(search(a) !== search(c));
});

Deno.test("AMC refuses what it cannot do before it evaluates anything", async () => {
  const { trainer, evaluated } = formulaTrainer(() => 0);
  const refuse = (macs: number, context = {}) =>
    assertRejects(
      () => amc.compress(model, { macs }, parsed(), { seed: 1, ...context }),
      RangeError,
    );
  assert((await refuse(2)).message.includes(`"amc" with evaluations of what the agent does`));
  assert(/must be at most [\d.]+/.test((await refuse(1e4, { trainer })).message));
  assertThrows(() => parsed({ episodes: 1.5 }), RangeError, "at least 1");
  assertEquals(evaluated.length, 0);
});

Deno.test("AMC stops when asked, tells its progress and leaves kept layers alone", async () => {
  await assertInterruptible(amc, model);
});

Deno.test("AMC works with a real trainer", async () => {
  const net = stripesNetwork();
  const trainer = stripesTrainer({ budget: { prune: 1, retrain: 1 } });
  const options = parsed({ episodes: 6 });
  const left = await amc.compress(net, { macs: 1.8 }, options, { seed: 1, trainer });
  assertGreaterOrEqual(modelCosts(net).macs / modelCosts(left).macs, 1.8);
  assertEquals(trainer.stages.map(({ name, epochs }) => [name, epochs.length]), [[
    "retraining",
    2,
  ]]);
});

Deno.test("AMC has nothing to decide where every layer is kept", async () => {
  const { trainer } = formulaTrainer(() => 50);
  const selection = { keep: ["*"] };
  const options = parsed({ episodes: 2 });
  const left = await amc.compress(model, { macs: 1 }, options, { seed: 1, trainer, selection });
  assertEquals(modelCosts(left).macs, dense.macs);
});
