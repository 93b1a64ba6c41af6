import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertLess,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { modelCosts } from "../../graph/costs.ts";
import { encodeOnnx } from "../../graph/onnx/write.ts";
import { Random } from "../../graph/random.ts";
import { traceChannels } from "../../graph/rewrites/channels.ts";
import { values } from "../../graph/tensor.ts";
import { keptBundles, rankBundles } from "../filters.ts";
import { stripesNetwork, stripesTrainer } from "../learning/testing.ts";
import {
  referenceOutput,
  smallC3d,
  smallDetector,
  smallMobileNet,
  smallResNet,
  smallResNeXt,
} from "../testing.ts";
import { netadapt } from "./netadapt.ts";
import { filterSpace, uniformCounts, withCounts } from "./removal.ts";
import { assertInterruptible, filtersLeft, formulaTrainer } from "./testing.ts";

const model = smallC3d();
const dense = modelCosts(model);
const parsed = (raw: unknown = {}) => netadapt.parseOptions(raw);

/** Every filter of conv3 that goes costs accuracy, those of the others hardly any. */
const conv3IsEssential = formulaTrainer((given) =>
  90 - 60 * (1 - filtersLeft(given, "conv3") / 48) - (1 - filtersLeft(given, "conv2") / 32) -
  2 * (1 - filtersLeft(given, "conv4") / 20)
);

Deno.test("NetAdapt leaves the group alone that is essential", async () => {
  const { trainer } = conv3IsEssential;
  for (const target of [{ macs: 1.8 }, { params: 1.3 }]) {
    const left = await netadapt.compress(model, target, parsed(), { seed: 1, trainer, align: 1 });
    const costs = modelCosts(left);
    const reached = "macs" in target
      ? dense.macs / costs.macs / target.macs!
      : dense.params / costs.params / target.params!;
    assertGreaterOrEqual(reached, 1);
    assertLess(reached, 1.03);
    assertEquals(filtersLeft(left, "conv3"), 48);
  }
});

Deno.test("NetAdapt meets targets that a single group cannot", async () => {
  const { trainer } = conv3IsEssential;
  for (const steps of [1, 3, 20]) {
    const left = await netadapt.compress(model, { macs: 3 }, parsed({ steps }), {
      seed: 1,
      trainer,
    });
    assertGreaterOrEqual(dense.macs / modelCosts(left).macs, 3);
    for (const layer of ["conv2", "conv3"]) assertEquals(filtersLeft(left, layer) % 8, 0);
  }
});

Deno.test("NetAdapt tells of every candidate, and keeps the best of each step", async () => {
  const { trainer, evaluated } = formulaTrainer((given) => filtersLeft(given, "conv3"));
  const left = await netadapt.compress(model, { macs: 1.5 }, parsed({ steps: 3 }), {
    seed: 1,
    trainer,
    align: 1,
  });
  const [search, rates] = left.report.traces!;
  assertEquals([search.id, rates.id], ["search", "rates"]);
  assertEquals(search.rows.length, evaluated.length);
  // Three groups in each of three steps; of equal candidates that which keeps more of its group.
  assertEquals(search.rows.map((row) => row[1]), [1, 1, 1, 2, 2, 2, 3, 3, 3]);
  for (const [, , value, best] of search.rows) assert(value <= best);
  assertEquals(left.report.notes, ["9 candidates evaluated in 3 steps"]);
  assertEquals(filtersLeft(left, "conv3"), 48);
});

Deno.test("NetAdapt spends its budget between the steps and at the end", async () => {
  const spent = async (raw: unknown, prune: number) => {
    const { trainer, stages } = formulaTrainer(() => 50, { prune, retrain: 2 });
    await netadapt.compress(model, { macs: 2 }, parsed(raw), { seed: 1, trainer });
    return stages.map(({ name, epochs }) => [name, epochs]);
  };
  assertEquals(await spent({ steps: 4 }, 8), [
    ["NetAdapt step 1", 2],
    ["NetAdapt step 2", 2],
    ["NetAdapt step 3", 2],
    ["retraining", 4],
  ]);
  assertEquals(await spent({ steps: 4 }, 2), [["NetAdapt step 2", 1], ["retraining", 3]]);
  assertEquals(await spent({ steps: 4, shortTerm: false }, 8), [["retraining", 10]]);
});

Deno.test("NetAdapt goes on with what was learnt, of any network", async () => {
  for (const net of [smallResNet(), smallDetector(), smallMobileNet(), smallResNeXt()]) {
    const { trainer, stages } = formulaTrainer(
      ({ nodes }) => nodes.length,
      { prune: 3, retrain: 1 },
      (w) => 1.01 * w,
    );
    const left = await netadapt.compress(net, { macs: 1.6 }, parsed({ steps: 3 }), {
      seed: 1,
      trainer,
    });
    assertEquals(stages.length, 3);
    const reached = modelCosts(net).macs / modelCosts(left).macs;
    assertGreaterOrEqual(reached, 1.6);
    assertLess(reached, 2);
    assert(values(await referenceOutput(left)).every(Number.isFinite));
  }
});

Deno.test("bundles keep their order when others go, so that they are found again", () => {
  for (
    const net of [model, smallResNet(), smallDetector(), smallMobileNet(), smallResNeXt()]
  ) {
    const space = filterSpace(net, { macs: 1.7 }, { seed: 1 });
    const { plan } = space;
    const scores = new Random(2, net.name).fillUniform(new Float32Array(plan.channels.count));
    const orders = plan.groups.map((group) => rankBundles(group, scores));
    const counts = uniformCounts(space);
    const kept = keptBundles(plan, orders, counts);
    const after = traceChannels(withCounts(net, plan, orders, counts));
    const places = new Map<number, number>();
    kept.forEach((stays, bundle) => stays && places.set(bundle, places.size));
    assertEquals(after.count, places.size);
    for (const [name, axes] of plan.channels.weights) {
      axes.forEach((bundles, axis) => {
        if (!bundles) return;
        const expected = [...bundles].filter((bundle) => kept[bundle])
          .map((bundle) => places.get(bundle));
        assertEquals([...after.weights.get(name)![axis]!], expected, `${net.name} ${name}`);
      });
    }
  }
});

Deno.test("NetAdapt works with a real trainer, the same each time", async () => {
  const net = stripesNetwork();
  const run = async () => {
    const trainer = stripesTrainer({ budget: { prune: 2, retrain: 1 } });
    return await netadapt.compress(net, { macs: 2 }, parsed({ steps: 3 }), { seed: 1, trainer });
  };
  const [a, b] = [await run(), await run()];
  assertGreaterOrEqual(modelCosts(net).macs / modelCosts(a).macs, 2);
  assertEquals(encodeOnnx(a), encodeOnnx(b));
  assertEquals(a.report, b.report);
});

Deno.test("NetAdapt refuses what it cannot do before it evaluates anything", async () => {
  const { trainer, evaluated } = formulaTrainer(() => 0);
  const refuse = (macs: number, context = {}) =>
    assertRejects(
      () => netadapt.compress(model, { macs }, parsed(), { seed: 1, ...context }),
      RangeError,
    );
  assert((await refuse(2)).message.includes(`"netadapt" with evaluations of candidates`));
  assert(/must be at most [\d.]+/.test((await refuse(1e4, { trainer })).message));
  assertThrows(() => parsed({ steps: 0 }), RangeError, "at least 1");
  assertThrows(() => parsed({ step: 3 }), RangeError, 'did you mean "steps"');
  assertEquals(evaluated.length, 0);
});

Deno.test("NetAdapt stops when asked, tells its progress and leaves kept layers alone", async () => {
  await assertInterruptible(netadapt, model);
});
