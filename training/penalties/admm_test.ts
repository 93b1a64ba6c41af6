import { assert, assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import { Random } from "../../graph/random.ts";
import { admm, type Projection } from "./admm.ts";
import { addPulls, pullsOf } from "./pull.ts";
import { assertGradient } from "./testing.ts";

const start = { epoch: 0, step: 0 };

/** Keeps the `count` columns of a 2 x 4 weight that are longest. */
const columns = (count: number): Projection => (_, w) => {
  const norms = [0, 1, 2, 3].map((j) => Math.hypot(w[j], w[j + 4]));
  const least = norms.toSorted((a, b) => b - a)[count - 1];
  return w.map((value, i) => norms[i % 4] >= least ? value : 0);
};

function near(actual: ArrayLike<number>, expected: readonly number[], tolerance = 1e-6) {
  expected.forEach((value, i) => assertAlmostEquals(actual[i], value, tolerance));
}

Deno.test("ADMM follows the worked example: one step of the weights, one update", () => {
  const w = new Float32Array([1, -2, 0.5, 3, 0.2, 1, -0.4, -1]), weights = new Map([["w", w]]);
  const penalty = admm({ sizes: new Map([["w", 8]]), project: columns(2), rho: 0.1 });
  penalty.begin(weights, start);
  near(penalty.pulls(weights).get("w")!.centre!, [0, -2, 0, 3, 0, 1, 0, -1]);
  assertAlmostEquals(penalty.value(weights), 0.0725, 1e-7);

  const gradient = new Float32Array(8);
  addPulls(weights, new Map([["w", gradient]]), pullsOf(weights, [penalty]));
  w.forEach((value, i) => w[i] = value - gradient[i]);
  near(w, [0.9, -2, 0.45, 3, 0.18, 1, -0.36, -1]);

  penalty.begin(weights, { epoch: 1, step: 1 });
  near(penalty.save().get("dual/w")!, [0.9, 0, 0.45, 0, 0.18, 0, -0.36, 0]);
  assertAlmostEquals(penalty.value(weights), 0.2349, 1e-6);
  const apart = Math.hypot(0.9, 0.45, 0.18, 0.36);
  assertAlmostEquals(penalty.residual(weights), apart / Math.hypot(apart, 2, 3, 1, 1), 1e-6);
});

Deno.test("ADMM pulls along the gradient of its value", () => {
  const w = new Random(1).fillNormal(new Float32Array(8)), weights = new Map([["w", w]]);
  const sizes = new Map([["w", 8]]);
  const penalty = admm({ sizes, project: columns(2), rho: 0.7, growth: 1.5 });
  for (let epoch = 0; epoch < 3; epoch++) {
    penalty.begin(weights, { epoch, step: epoch });
    assertGradient(penalty, weights);
    new Random(epoch).fillNormal(w);
  }
});

Deno.test("ADMM converges on a quadratic, to less than what is left of its minimum by pruning at once", () => {
  // f(W) = sum h (W - T)^2 / 2: the longest columns of T are not those which matter.
  const target = [1, 2, 3, 1.5, 1, 2, 3, 1.5], curvature = [9, 1, 0.1, 8, 9, 1, 0.1, 8];
  const w = new Float32Array(target), weights = new Map([["w", w]]);
  const penalty = admm({
    sizes: new Map([["w", 8]]),
    project: columns(2),
    rho: 0.3,
    growth: 1.05,
    largest: 100,
  });
  penalty.begin(weights, start);
  const first = penalty.residual(weights);
  for (let step = 0; step < 2000; step++) {
    if (step % 20 === 0) penalty.begin(weights, { epoch: step / 20, step });
    const gradient = w.map((value, i) => curvature[i] * (value - target[i]));
    addPulls(weights, new Map([["w", gradient]]), pullsOf(weights, [penalty]));
    const { strength } = penalty.pulls(weights).get("w")! as { strength: number };
    w.forEach((value, i) => w[i] = value - gradient[i] / (curvature[i] + strength));
  }
  assertLess(penalty.residual(weights), first / 100);
  const loss = (w: ArrayLike<number>) =>
    curvature.reduce((sum, h, i) => sum + h * (w[i] - target[i]) ** 2 / 2, 0);
  assertAlmostEquals(loss([0, 2, 3, 0, 0, 2, 3, 0]), 27, 1e-9);
  // Columns 1 and 3 are kept, and are what they would be without the others.
  near(w, [0, 2, 0, 1.5, 0, 2, 0, 1.5], 1e-4);
  assertAlmostEquals(loss(w), 9.9, 1e-3);
});

Deno.test("ADMM grows rho at updates, up to a bound, and shrinks its dual by as much", () => {
  const w = new Float32Array([1, -2, 0.5, 3, 0.2, 1, -0.4, -1]), weights = new Map([["w", w]]);
  const sizes = new Map([["w", 8]]);
  const penalty = admm({ sizes, project: columns(2), rho: 1, growth: 4, largest: 8, every: 2 });
  const rho = (epoch: number) => {
    penalty.begin(weights, { epoch, step: epoch });
    return penalty.pulls(weights).get("w")!.strength;
  };
  assertEquals([0, 1, 2].map(rho), [1, 1, 4]);
  near(penalty.save().get("dual/w")!, [0.25, 0, 0.125, 0, 0.05, 0, -0.1, 0]);
  assertEquals([2, 3, 4, 6].map(rho), [4, 4, 8, 8]);
});

Deno.test("ADMM goes on from its state as if it had never stopped", () => {
  const w = new Random(1).fillNormal(new Float32Array(8)), weights = new Map([["w", w]]);
  const options = { sizes: new Map([["w", 8]]), project: columns(1), rho: 0.3, growth: 1.7 };
  const penalty = admm(options), again = admm(options);
  penalty.begin(weights, start);
  penalty.begin(weights, { epoch: 1, step: 7 });
  again.restore(penalty.save());
  new Random(2).fillNormal(w);
  for (const epoch of [1, 2]) {
    for (const each of [penalty, again]) each.begin(weights, { epoch, step: 7 + epoch });
    assertEquals(again.pulls(weights), penalty.pulls(weights));
    assertEquals(again.residual(weights), penalty.residual(weights));
    assertEquals(again.save(), penalty.save());
  }
});

Deno.test("ADMM starts anew with a new training", () => {
  const w = new Random(1).fillNormal(new Float32Array(8)), weights = new Map([["w", w]]);
  const penalty = admm({ sizes: new Map([["w", 8]]), project: columns(1), growth: 2 });
  penalty.begin(weights, start);
  const fresh = penalty.save();
  penalty.begin(weights, { epoch: 1, step: 7 });
  penalty.begin(weights, start);
  assertEquals(penalty.save(), fresh);
});

Deno.test("ADMM refuses what does not fit", () => {
  const sizes = new Map([["w", 8]]), project = columns(1);
  const weights = new Map([["w", new Float32Array(8)]]);
  assertThrows(() => admm({ sizes, project, rho: 0 }), RangeError, `"rho" must be above 0`);
  assertThrows(
    () => admm({ sizes, project, growth: 0.5 }),
    RangeError,
    `"growth" must be at least 1`,
  );
  assertThrows(() => admm({ sizes, project, rho: 2, largest: 1 }), RangeError, "at least rho, 2");
  assertThrows(() => admm({ sizes, project, every: 0.5 }), RangeError, "a number of epochs");
  assertThrows(() => admm({ sizes, project }).begin(new Map(), start), RangeError, "8 values");
  const same = admm({ sizes, project: (_, w) => w });
  assertThrows(() => same.begin(weights, start), RangeError, "must be a new array");
  const penalty = admm({ sizes, project });
  assertThrows(() => penalty.restore(new Map()), RangeError, `state "centre/w" must have 8 values`);
  penalty.begin(weights, start);
  assert(penalty.residual(weights) === 0);
});
