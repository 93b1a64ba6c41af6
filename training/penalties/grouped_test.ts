import { existsSync } from "node:fs";
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Random } from "../../graph/random.ts";
import { sizeOf } from "../../graph/tensor.ts";
import { groupLasso } from "./group_lasso.ts";
import { type GroupedWeight, weighByMacs } from "./grouped.ts";
import { reweighted } from "./reweighted.ts";
import { assertGradient, workedWeight } from "./testing.ts";

const start = { epoch: 0, step: 0 };
const kgs = { filters: 2, channels: 2, positions: "each" } as const;
const worked: GroupedWeight = { name: "w", shape: [4, 4, 1, 2, 2], layout: kgs };
const workedWeights = () => new Map([["w", workedWeight()]]);

/** Two weights of which one is cut at the edges of its blocks, and one weight that is free. */
function mixed() {
  const grouped: GroupedWeight[] = [
    { name: "conv", shape: [5, 3, 2, 2], layout: kgs },
    {
      name: "fc",
      shape: [4, 3],
      layout: { filters: 1, channels: 3, positions: "all" },
      factor: 2.5,
    },
  ];
  const weights = new Map([["bias", new Float32Array([1, 2])]]);
  for (const { name, shape } of grouped) {
    const values = new Float32Array(sizeOf(shape));
    weights.set(name, new Random(1, name).fillNormal(values));
  }
  return { grouped, weights };
}

Deno.test("group lasso has the value of RT3D's worked example", () => {
  const penalty = groupLasso([worked], { strength: 1, epsilon: 1e-12 });
  assertAlmostEquals(penalty.value(workedWeights()), 122.4056251487, 1e-9);
});

Deno.test("group lasso pulls every group with the same force, towards zero", () => {
  const weights = workedWeights();
  const penalty = groupLasso([worked], { strength: 3 });
  penalty.begin(weights, start);
  const { strength } = penalty.pulls(weights).get("w")! as { strength: Float32Array };
  // Position 0 of the first kernel group has norm sqrt(55).
  assertAlmostEquals(strength[0], 3 / Math.sqrt(55), 1e-6);
  const force = strength.reduce((sum, a, i) => sum + (a * weights.get("w")![i]) ** 2, 0);
  assertAlmostEquals(force, 16 * 3 ** 2, 1e-4);
});

Deno.test("group lasso pulls along the gradient of its value", () => {
  const { grouped, weights } = mixed();
  const penalty = groupLasso(grouped, { strength: 0.7, epsilon: 0.1 });
  penalty.begin(weights, start);
  assertGradient(penalty, weights, { tolerance: 2e-4 });
});

Deno.test("group lasso pulls a group of zeros nowhere", () => {
  const weights = new Map([["w", new Float32Array(64)]]);
  const penalty = groupLasso([worked], { strength: 1 });
  const { strength } = penalty.pulls(weights).get("w")! as { strength: Float32Array };
  assertEquals(strength.every((a) => a === Math.fround(1e4)), true);
  assertGradient(penalty, weights);
});

const FORMS = ["norm", "square"] as const;

Deno.test("reweighted has the values of RT3D's worked example", () => {
  const weights = workedWeights();
  const penalty = reweighted([worked], { strength: 1, epsilon: 1e-6 });
  penalty.begin(weights, start);
  assertAlmostEquals(penalty.value(weights), 2.1347055568, 1e-7);
  assertAlmostEquals(penalty.save().get("P/w")![0], 0.0181818, 1e-7);
  const { strength } = penalty.pulls(weights).get("w")! as { strength: Float32Array };
  assertAlmostEquals(strength[0], 1 / 55 / Math.sqrt(55), 1e-8);
});

Deno.test("with squares every group counts 1 right after an update, but for epsilon", () => {
  const weights = workedWeights();
  const penalty = reweighted([worked], { strength: 1, epsilon: 1e-6, form: "square" });
  penalty.begin(weights, start);
  assertAlmostEquals(penalty.value(weights), 16, 1e-5);
  const { strength } = penalty.pulls(weights).get("w")! as { strength: Float32Array };
  assertAlmostEquals(strength[0], 2 / 55, 1e-7);
});

const fixture = new URL("../../../shared/methods/fixtures/kgs.json", import.meta.url);

Deno.test({
  name: "reweighted pulls by the norms of the fixture (needs ../shared)",
  ignore: !existsSync(fixture),
  fn() {
    const { W, kgs_norm2: squares } = JSON.parse(Deno.readTextFileSync(fixture));
    const weights = new Map([["w", Float32Array.from(W.flat(2))]]);
    assertEquals(weights.get("w"), workedWeight());
    const penalty = reweighted([worked], { strength: 1, epsilon: 1e-6 });
    penalty.begin(weights, start);
    const { strength } = penalty.pulls(weights).get("w")! as { strength: Float32Array };
    for (let i = 0; i < 64; i++) {
      const [m, n, k] = [i >> 4, i >> 2 & 3, i & 3];
      assertAlmostEquals(strength[i], squares[m >> 1][n >> 1][k] ** -1.5, 1e-8);
    }
  },
});

Deno.test("reweighted pulls along the gradient of its value, whatever the weights became", () => {
  for (const form of FORMS) {
    const { grouped, weights } = mixed();
    const penalty = reweighted(grouped, { strength: 0.5, epsilon: 0.1, form });
    penalty.begin(weights, start);
    assertGradient(penalty, weights, { tolerance: 1e-4 });
    new Random(3).fillNormal(weights.get("conv")!);
    assertGradient(penalty, weights, { tolerance: 1e-4 });
  }
});

Deno.test("reweighted is updated every so many epochs, once", () => {
  for (const [form, power] of [["norm", 1], ["square", 2]] as const) {
    const weights = workedWeights(), w = weights.get("w")!;
    const penalty = reweighted([worked], { strength: 1, every: 2, epsilon: 1e-6, form });
    penalty.begin(weights, start);
    const first = penalty.value(weights);
    w.forEach((value, i) => w[i] = value / 2);
    penalty.begin(weights, { epoch: 1, step: 10 });
    assertAlmostEquals(penalty.value(weights), first / 2 ** power, 1e-5);
    penalty.begin(weights, { epoch: 2, step: 20 });
    assertAlmostEquals(penalty.value(weights), first * 2 ** (2 - power), 1e-5);
    w.fill(0);
    penalty.begin(weights, { epoch: 2, step: 25 });
    assertAlmostEquals(penalty.value(weights), 0, 2e-3);
    assertAlmostEquals(penalty.save().get("P/w")![0], 4 / 55, 1e-6);
  }
});

Deno.test("reweighted is as strong near zero as it is told, and tells its form", () => {
  const weights = new Map([["w", new Float32Array(64)]]);
  for (const [form, strongest] of [["norm", 1], ["square", 2]] as const) {
    const penalty = reweighted([worked], { strength: 5e-4, form });
    penalty.begin(weights, start);
    const { strength } = penalty.pulls(weights).get("w")! as { strength: Float32Array };
    assertEquals(strength.every((a) => Math.abs(a - strongest) < 1e-6), true);
    assertEquals(penalty.settings.form, form);
  }
});

Deno.test("reweighted sends small groups to zero and leaves large ones almost alone", () => {
  const weights = new Map([["w", new Float32Array([0.1, 1])]]), w = weights.get("w")!;
  const layout = { filters: 1, channels: 1, positions: "all" } as const;
  const penalty = reweighted([{ name: "w", shape: [2, 1], layout }], { strength: 1e-3, every: 1 });
  for (let step = 0; step < 400; step++) {
    if (step % 20 === 0) penalty.begin(weights, { epoch: step / 20, step });
    const { strength } = penalty.pulls(weights).get("w")! as { strength: Float32Array };
    w.forEach((value, i) => w[i] -= 0.1 * strength[i] * value);
  }
  assertEquals(Math.abs(w[0]) < 1e-3 && w[1] > 0.9, true);
});

Deno.test("reweighted goes on from its state as if it had never stopped", () => {
  for (const form of FORMS) {
    const { grouped, weights } = mixed();
    const penalty = reweighted(grouped, { strength: 0.01, every: 3, form });
    penalty.begin(weights, start);
    new Random(2).fillNormal(weights.get("conv")!);
    const again = reweighted(grouped, { strength: 0.01, every: 3, form });
    again.restore(penalty.save());
    for (const epoch of [0, 2, 3]) {
      for (const each of [penalty, again]) each.begin(weights, { epoch, step: 5 + epoch });
      assertEquals(again.pulls(weights), penalty.pulls(weights));
      assertEquals(again.value(weights), penalty.value(weights));
    }
  }
});

Deno.test("a state that does not fit is refused", () => {
  const { grouped, weights } = mixed();
  const penalty = reweighted(grouped, { strength: 0.01 });
  penalty.begin(weights, start);
  const state = new Map(penalty.save());
  state.set("P/fc", new Float32Array(3));
  assertThrows(() => penalty.restore(state), RangeError, `"P/fc" must have 4 values`);
  state.delete("P/fc");
  assertThrows(() => penalty.restore(state), RangeError, "current value is none");
});

Deno.test("weights and options that do not fit are refused", () => {
  const { grouped, weights } = mixed();
  weights.delete("fc");
  for (const make of [groupLasso, reweighted]) {
    const penalty = make(grouped, { strength: 1 });
    assertThrows(() => penalty.begin(weights, start), RangeError, `weight "fc" must have 12`);
    assertThrows(() => make(grouped, { strength: 0 }), RangeError, `"strength" must be above 0`);
    assertThrows(
      () => make([{ ...worked, factor: -1 }], { strength: 1 }),
      RangeError,
      "factor of w",
    );
  }
  assertThrows(() => reweighted([worked], { strength: 1, every: 0 }), RangeError, "epochs");
});

Deno.test("layers are weighed by their MACs for each group", () => {
  const { grouped } = mixed();
  // 3 x 2 x 4 groups of conv and 4 of fc.
  const weighed = weighByMacs(grouped, new Map([["conv", 600], ["fc", 200]]));
  assertEquals(weighed.map(({ factor }) => factor), [0.75 * 28 / 24, 0.25 * 28 / 4]);
  assertThrows(() => weighByMacs(grouped, new Map([["conv", 1]])), RangeError, `"fc" as its MACs`);
});
