import { assertAlmostEquals, assertEquals } from "@std/assert";
import { GraphBuilder } from "../../graph/builder.ts";
import type { Model } from "../../graph/model.ts";
import { randomBatchNorm } from "../../graph/testing.ts";
import { tensor, values } from "../../graph/tensor.ts";
import { admm } from "../../training/penalties/admm.ts";
import { addPulls, pullsOf } from "../../training/penalties/pull.ts";
import { budgetOf } from "../budget.ts";
import { selectionOf } from "../selection.ts";
import { randomWeights } from "../testing.ts";
import { problemOf } from "./problem.ts";
import { constrainedWeights, hybridProjection } from "./projection.ts";
import type { PrunedStructure } from "./space.ts";

const W = [1, -2, 0.5, 3, 0.2, 1, -0.4, -1];

/** Three 1x1 layers of 4, 2 and 3 filters; the weight of the second is `W`. */
function net(): Model {
  const g = new GraphBuilder("net");
  const conv = (x: string, name: string, filters: number) =>
    g.conv(x, { name, filters, kernel: 1, weights: randomWeights });
  const x = g.relu(conv(g.input("x", [1, 3, 2, 2]), "first", 4));
  const y = g.relu(g.batchNorm(conv(x, "second", 2), randomBatchNorm("second/bn")));
  const model = g.output(conv(y, "third", 3)).build();
  const weights = new Map(model.weights);
  weights.set("second.weight", tensor(Float32Array.from(W), [2, 4, 1, 1]));
  return { ...model, weights };
}

const model = net();
function spaceOf(structure: PrunedStructure) {
  const selection = selectionOf(model);
  const terms = { dense: model, budget: budgetOf(model, { params: 1 }), selection, structure };
  return problemOf(model, 1, { ...terms, align: 1 }).space;
}
const space = spaceOf("filter+column");
const all = new Uint8Array(space.plan.channels.count).fill(1);
const choiceOf = (columns: number[], kept = all) => ({
  chosen: new Map([["second.weight", Uint8Array.from(columns)]]),
  kept,
  cost: 0,
  dead: 0,
});
const close = (found: ArrayLike<number>, expected: readonly number[]) => {
  assertEquals(found.length, expected.length);
  expected.forEach((value, i) => assertAlmostEquals(found[i], value, 1e-6));
};

Deno.test("columns are projected, W, Z and U follow and the penalty grows as in the worked example", () => {
  const project = hybridProjection(model, space, choiceOf([1, 1, 0, 0]));
  const name = "second.weight";
  const live = new Map([[name, Float32Array.from(W)]]);
  // Which columns stay is chosen by their norms, not by the choice: 1 and 3.
  close(project(name, live.get(name)!), [0, -2, 0, 3, 0, 1, 0, -1]);
  const penalty = admm({ sizes: new Map([[name, 8]]), project, rho: 0.1 });
  penalty.begin(live, { epoch: 0, step: 0 });
  assertAlmostEquals(penalty.value(live), 0.0725, 1e-6);
  const gradients = new Map([[name, new Float32Array(8)]]);
  addPulls(live, gradients, pullsOf(live, [penalty]));
  const w = live.get(name)!;
  gradients.get(name)!.forEach((gradient, i) => w[i] -= gradient);
  close(w, [0.9, -2, 0.45, 3, 0.18, 1, -0.36, -1]);
  penalty.begin(live, { epoch: 1, step: 1 });
  const centre = penalty.pulls(live).get(name)!.centre!;
  // Z - U, with U = [.9, 0, .45, 0, .18, 0, -.36, 0].
  close(centre, [-0.9, -2, -0.45, 3, -0.18, 1, 0.36, -1]);
  assertAlmostEquals(penalty.value(live), 0.2349, 1e-6);
});

Deno.test("columns are ranked over the filters that are left, and what belongs to the others goes", () => {
  const [bundle] = space.plan.filters.get("second")!;
  const kept = all.with(bundle, 0);
  const choice = choiceOf([1, 1, 0, 0], kept);
  const project = hybridProjection(model, space, choice);
  // Of the second filter alone the largest are columns 1 and 3, then 2.
  close(project("second.weight", Float32Array.from(W)), [0, 0, 0, 0, 0, 1, 0, -1]);
  const scale = model.nodes.find(({ op }) => op === "BatchNormalization")!.inputs[1];
  close(project(scale, Float32Array.of(3, 5)), [0, 5]);
  close(project("third.weight", Float32Array.of(1, 2, 3, 4, 5, 6)), [0, 2, 0, 4, 0, 6]);
  const constrained = constrainedWeights(model, space, choice);
  assertEquals(constrained.includes(scale), true);
  assertEquals(constrained.includes("third.weight"), true);
  assertEquals(constrained.includes("first.weight"), false);
  // Running statistics do not learn.
  assertEquals(constrained.length, 4);
});

Deno.test("single weights are projected to the largest", () => {
  const own = spaceOf("non-structured");
  const project = hybridProjection(model, own, choiceOf([1, 1, 1, 0, 0, 0, 0, 0]));
  close(project("second.weight", Float32Array.from(W)), [1, -2, 0, 3, 0, 0, 0, 0]);
  close(values(model.weights.get("second.weight")!), W);
});
