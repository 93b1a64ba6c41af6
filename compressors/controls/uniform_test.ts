import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreaterOrEqual,
  assertLess,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { GraphBuilder } from "../../graph/builder.ts";
import { modelCosts } from "../../graph/costs.ts";
import type { Model } from "../../graph/model.ts";
import { tensor, values, zeros } from "../../graph/tensor.ts";
import { channelPlan } from "../channels.ts";
import { layersOf } from "../layers.ts";
import { selectionOf } from "../selection.ts";
import {
  referenceOutput,
  smallC3d,
  smallDetector,
  smallMobileNet,
  smallResNet,
} from "../testing.ts";
import { fpgm, medianDistances, medianScores } from "./fpgm.ts";
import { randomFilter } from "./random_filter.ts";
import { filtersLeft, formulaTrainer } from "./testing.ts";
import { l1Filter, l2Filter } from "./uniform.ts";

const CONTROLS = [l1Filter, l2Filter, fpgm, randomFilter];

/** Three convolutions of one position; the second has four filters, of which one is a twin. */
function worked(): Model {
  const g = new GraphBuilder("worked");
  const from = (data: number[]) => (shape: readonly number[]) =>
    tensor(new Float32Array(data), shape);
  let x = g.input("x", [1, 1, 2, 2]);
  x = g.conv(x, { name: "first", filters: 2, kernel: 1, weights: from([1, 1]) });
  const middle = [3, 4, 3.2, 4, 0.1, 0, -3, 0];
  x = g.conv(x, { name: "middle", filters: 4, kernel: 1, weights: from(middle) });
  x = g.conv(x, { name: "last", filters: 1, kernel: 1, weights: from([1, 10, 100, 1000]) });
  return g.output(x).build();
}

Deno.test("FPGM follows the worked example: distances to all other filters", () => {
  const model = worked();
  const { inputs: [, name] } = layersOf(model)[1];
  const sums = medianDistances(model.weights.get(name)!, 0);
  const [ab, ac, ad, bc, bd, cd] = [
    0.2,
    Math.sqrt(2.9 ** 2 + 16),
    Math.sqrt(52),
    Math.sqrt(3.1 ** 2 + 16),
    Math.sqrt(6.2 ** 2 + 16),
    3.1,
  ];
  [ab + ac + ad, ab + bc + bd, ac + bc + cd, ad + bd + cd].forEach((sum, m) =>
    assertAlmostEquals(sums[m], sum, 1e-6)
  );
});

Deno.test("FPGM removes what others replace, norms remove what is small", async () => {
  const model = worked();
  const { macs } = modelCosts(model);
  const readers = async (control: typeof fpgm, keep: number) => {
    // One filter of the middle: 2 weights, and 1 of the last.
    const target = { macs: macs / (macs - (4 - keep) * 3 * 4) };
    const left = await control.compress(model, target, {}, { seed: 1, align: 1 });
    const last = layersOf(left)[2];
    return [...values(left.weights.get(last.inputs[1])!)];
  };
  assertEquals(await readers(l1Filter, 2), [1, 10]);
  assertEquals(await readers(l2Filter, 3), [1, 10, 1000]);
  // The sums of distances are 12.35, 12.64, 13.10, 17.69.
  assertEquals(await readers(fpgm, 3), [10, 100, 1000]);
  assertEquals(await readers(fpgm, 2), [100, 1000]);
});

Deno.test("distances along the second axis are those of the transposed weight", () => {
  const w = tensor(new Float32Array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13]), [2, 3, 2]);
  const turned = tensor(new Float32Array([1, 2, 7, 8, 3, 4, 9, 10, 5, 6, 11, 13]), [3, 2, 2]);
  assertEquals(medianDistances(w, 1), medianDistances(turned, 0));
});

Deno.test("FPGM's scores of coupled filters are the root of the squares over their layers", () => {
  const model = smallResNet();
  const plan = channelPlan(model, selectionOf(model));
  const scores = medianScores(model, plan);
  const group = plan.groups.find(({ layers }) => layers.includes("4b"))!;
  assertEquals(group.layers.length, 2);
  const [bundle] = group.bundles;
  const squares = group.layers.map((layer) => {
    const node = layersOf(model).find(({ name }) => name === layer)!;
    const filter = plan.filters.get(layer)!.indexOf(bundle);
    return medianDistances(model.weights.get(node.inputs[1])!, 0)[filter] ** 2;
  });
  assertAlmostEquals(scores[bundle], Math.sqrt(squares[0] + squares[1]), 1e-4);
});

for (const control of CONTROLS) {
  Deno.test(`${control.id} meets targets closely, with the same fraction everywhere`, async () => {
    const model = smallC3d();
    const dense = modelCosts(model);
    for (const target of [{ macs: 2 }, { macs: 4 }, { params: 2 }]) {
      const left = await control.compress(model, target, {}, { seed: 1, align: 1 });
      const costs = modelCosts(left);
      const [reached, wanted] = "macs" in target
        ? [dense.macs / costs.macs, target.macs!]
        : [dense.params / costs.params, target.params!];
      assertGreaterOrEqual(reached, wanted);
      assertLess(reached, wanted * 1.05);
      const parts = [["conv2", 32], ["conv3", 48], ["conv4", 20]] as const;
      const kept = parts.map(([layer, all]) => filtersLeft(left, layer) / all);
      assertLess(Math.max(...kept) - Math.min(...kept), 0.12);
      const [rates] = left.report.traces!;
      assertEquals(rates.rows.map(([layers, all, kept]) => [layers, all, kept]), [
        ["conv2", 32, filtersLeft(left, "conv2")],
        ["conv3", 48, filtersLeft(left, "conv3")],
        ["conv4", 20, filtersLeft(left, "conv4")],
      ]);
    }
  });

  Deno.test(`${control.id} works on tied, joined and depthwise layers`, async () => {
    for (const model of [smallResNet(), smallDetector(), smallMobileNet()]) {
      const left = await control.compress(model, { macs: 1.6 }, {}, { seed: 1 });
      assertGreaterOrEqual(modelCosts(model).macs / modelCosts(left).macs, 1.6);
      assert(values(await referenceOutput(left)).every(Number.isFinite));
    }
  });

  Deno.test(`${control.id} learns for all epochs of the budget, behind the removal`, async () => {
    const { trainer, stages, evaluated } = formulaTrainer(() => 0);
    const left = await control.compress(smallC3d(), { macs: 2 }, {}, { seed: 1, trainer });
    assertEquals(stages.map(({ name, epochs }) => [name, epochs]), [["retraining", 5]]);
    assertEquals([evaluated.length, left.report.notes.includes("one-shot")], [0, false]);
  });

  Deno.test(`${control.id} refuses what it cannot do`, async () => {
    const model = smallC3d();
    const refuse = (macs: number, rates: [string, number][] = []) =>
      assertRejects(
        () =>
          control.compress(model, { macs }, {}, { seed: 1, selection: { rates: new Map(rates) } }),
        RangeError,
      );
    assert(
      /macs must be at most \d+\.\d+: current value is 1000$/.test((await refuse(1000)).message),
    );
    assert(
      (await refuse(2, [["conv2", 3]])).message.includes("shares the target among layers itself"),
    );
    assertThrows(() => control.parseOptions({ ratio: 2 }), RangeError, "it takes none");
  });
}

Deno.test("random filters change with the seed, the counts do not", async () => {
  const model = smallC3d();
  const [a, b, again] = await Promise.all(
    [1, 2, 1].map((seed) => randomFilter.compress(model, { macs: 2 }, {}, { seed })),
  );
  assertEquals(a.report.layers.map(({ macs }) => macs), b.report.layers.map(({ macs }) => macs));
  const weight = layersOf(a)[2].inputs[1];
  assertNotEquals(values(a.weights.get(weight)!), values(b.weights.get(weight)!));
  assertEquals(values(a.weights.get(weight)!), values(again.weights.get(weight)!));
});

Deno.test("FPGM refuses weights that are no numbers", () => {
  const model = smallC3d();
  const { inputs: [, name] } = layersOf(model)[1];
  const broken = { ...model, weights: new Map(model.weights) };
  const weight = zeros(model.weights.get(name)!.shape);
  weight.data[3] = NaN;
  broken.weights.set(name, weight);
  assertThrows(
    () => medianScores(broken, channelPlan(broken, selectionOf(broken))),
    RangeError,
    "finite",
  );
});
