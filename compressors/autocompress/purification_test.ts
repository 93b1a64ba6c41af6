import { assertEquals, assertLess } from "@std/assert";
import { GraphBuilder } from "../../graph/builder.ts";
import { relativeError } from "../../graph/compare.ts";
import { modelCosts } from "../../graph/costs.ts";
import type { Model } from "../../graph/model.ts";
import { values } from "../../graph/tensor.ts";
import { budgetOf } from "../budget.ts";
import { selectionOf } from "../selection.ts";
import { findScheme } from "../sparsity/schemes.ts";
import { randomWeights, referenceOutput, smallResNet } from "../testing.ts";
import { problemOf } from "./problem.ts";
import { purify, type Thresholds } from "./purification.ts";
import type { HybridSpace } from "./space.ts";

function spaceOf(model: Model): HybridSpace {
  const budget = budgetOf(model, { params: 1 });
  const selection = selectionOf(model);
  const terms = { dense: model, budget, selection, structure: "filter+column", align: 1 } as const;
  return problemOf(model, 1, terms).space;
}

/** The same thresholds everywhere. */
function everywhere(
  { plan, layers }: HybridSpace,
  { filters = 0, columns = 0, channels = 0 },
): Thresholds {
  return {
    filters: plan.groups.map(() => filters),
    columns: layers.map(() => columns),
    channels: layers.map(() => channels),
  };
}

/** Scales columns of one weight in place; 0 empties them. */
function scaleColumns(model: Model, name: string, columns: readonly number[], factor: number) {
  const weight = model.weights.get(name)!;
  const all = values(weight).length / weight.shape[0];
  const data = values(weight);
  for (let i = 0; i < data.length; i++) if (columns.includes(i % all)) data[i] *= factor;
}

/** conv1 of 4 filters over 3 channels, conv2 of 5 filters that reads them, both 3x3. */
function plainNet(): Model {
  const g = new GraphBuilder("plain");
  const conv = (x: string, name: string, filters: number) =>
    g.relu(g.conv(x, { name, filters, kernel: 3, pad: 1, weights: randomWeights }));
  const x = conv(conv(g.input("x", [1, 2, 6, 6]), "conv0", 3), "conv1", 4);
  const y = conv(x, "conv2", 5);
  return g.output(g.conv(y, { name: "head", filters: 2, kernel: 1, weights: randomWeights }))
    .build();
}

Deno.test("a channel with one weak column left is emptied, and the filter before it goes: 27 + 9 * 5", async () => {
  const model = plainNet();
  const empty = Array.from({ length: 8 }, (_, i) => 18 + i);
  scaleColumns(model, "conv2.weight", empty, 0);
  scaleColumns(model, "conv2.weight", [26], 0.01);
  const layout = findScheme("column").layout([5, 4, 3, 3], { filters: 1, channels: 1 });
  const kept = Uint8Array.from(Array(36).keys(), (i) => empty.includes(i) ? 0 : 1);
  const pruned: Model = {
    ...model,
    structures: new Map([["conv2.weight", { scheme: "column", layout, kept }]]),
  };
  const space = spaceOf(pruned);
  const purified = purify(pruned, space, everywhere(space, { channels: 0.3 }));
  assertEquals(purified.weights.get("conv1.weight")!.shape, [3, 3, 3, 3]);
  assertEquals(purified.weights.get("conv2.weight")!.shape, [5, 3, 3, 3]);
  const weights = (own: Model) => modelCosts(own).denseParams;
  assertEquals(weights(model) - weights(purified), 27 + 9 * 5);
  // The last column apart, that changes nothing.
  scaleColumns(model, "conv2.weight", [26], 0);
  const expected = await referenceOutput(model);
  assertLess(relativeError(await referenceOutput(purified), expected), 1e-5);
});

Deno.test("a weak channel stays where its columns are whole, and one that is partly empty where it is strong", () => {
  const model = plainNet();
  scaleColumns(model, "conv2.weight", Array.from({ length: 9 }, (_, i) => 9 + i), 0.01);
  const space = spaceOf(model);
  const same = purify(model, space, everywhere(space, { channels: 0.3 }));
  assertEquals(modelCosts(same), modelCosts(model));
});

Deno.test("thresholds remove what lies below their percentiles, and a column is always left", () => {
  const model = plainNet();
  const space = spaceOf(model);
  const columns = purify(model, space, everywhere(space, { columns: 0.25 }));
  assertEquals(columns.structures.get("conv2.weight")!.kept.filter((bit) => !bit).length, 9);
  const filters = purify(model, space, everywhere(space, { filters: 0.5 }));
  assertEquals(filters.weights.get("conv1.weight")!.shape[0], 2);
  assertEquals(filters.weights.get("conv2.weight")!.shape, [3, 2, 3, 3]);
});

Deno.test("tied filters go only when all their readers are empty, and the output stays what it was", async () => {
  const model = smallResNet();
  const [silent, half] = [[7, 9], 11];
  for (const [name, positions] of [["3a", 9], ["4a", 9], ["4skip", 1]] as const) {
    const columns = silent.flatMap((n) =>
      Array.from({ length: positions }, (_, s) => n * positions + s)
    );
    scaleColumns(model, `${name}.weight`, columns, 0);
  }
  scaleColumns(model, "3a.weight", Array.from({ length: 9 }, (_, s) => half * 9 + s), 0);
  const space = spaceOf(model);
  const purified = purify(model, space, everywhere(space, {}));
  for (const name of ["2b", "2skip", "3b"]) {
    assertEquals(purified.weights.get(`${name}.weight`)!.shape[0], 64 - silent.length, name);
  }
  assertEquals(purified.weights.get("3a.weight")!.shape[1], 64 - silent.length);
  const expected = await referenceOutput(model);
  assertLess(relativeError(await referenceOutput(purified), expected), 1e-5);
});

Deno.test("tied filters are purified only where all layers that make them agree", () => {
  const model = smallResNet();
  // One weak filter in both branches of a sum, one in a single branch.
  for (const [name, filters] of [["2b", [3, 5]], ["2skip", [3]], ["3b", [3]]] as const) {
    const weight = values(model.weights.get(`${name}.weight`)!);
    const row = weight.length / 64;
    for (const m of filters) {
      for (let i = m * row; i < (m + 1) * row; i++) weight[i] *= 1e-3;
    }
  }
  const space = spaceOf(model);
  const thresholds = everywhere(space, {});
  const group = space.plan.groups.findIndex(({ layers }) => layers.includes("2b"));
  const filters = thresholds.filters.with(group, 0.05);
  const purified = purify(model, space, { ...thresholds, filters });
  const left = purified.weights.get("2b.weight")!.shape[0];
  assertEquals(purified.weights.get("3b.weight")!.shape[0], left);
  const kept = values(purified.weights.get("2b.weight")!);
  const weak = Array.from(
    { length: left },
    (_, m) => Math.hypot(...kept.subarray(m * kept.length / left, (m + 1) * kept.length / left)),
  ).filter((norm) => norm < 0.01);
  assertEquals(weak.length, 1);
});
