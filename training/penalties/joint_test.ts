import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Random } from "../../graph/random.ts";
import { groupLasso } from "./group_lasso.ts";
import { groupCount, groupShares, liveNorms, weighByMacs } from "./grouped.ts";
import type { JointGroups } from "./joint.ts";
import { reweighted } from "./reweighted.ts";
import { assertGradient } from "./testing.ts";

const start = { epoch: 0, step: 0 };

/** Two groups over filters of one weight, columns of another and a vector; one filter is in none. */
const joint: JointGroups = {
  name: "joint",
  count: 2,
  parts: [
    { name: "conv", shape: [3, 2, 2], axis: 0, groups: Int32Array.of(1, -1, 0) },
    { name: "transposed", shape: [2, 4], axis: 1, groups: Int32Array.of(0, 0, 1, -1) },
    { name: "scale", shape: [3], axis: 0, groups: Int32Array.of(1, -1, 0) },
  ],
};

const ordered = () =>
  new Map([
    ["conv", Float32Array.from({ length: 12 }, (_, i) => i)],
    ["transposed", Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8)],
    ["scale", Float32Array.of(9, 10, 11)],
  ]);

function random() {
  const weights = ordered();
  for (const [name, w] of weights) new Random(1, name).fillNormal(w);
  return weights;
}

Deno.test("a joint norm is over all that groups have in all weights", () => {
  const squares = [
    8 ** 2 + 9 ** 2 + 10 ** 2 + 11 ** 2 + 1 + 2 ** 2 + 5 ** 2 + 6 ** 2 + 11 ** 2,
    0 + 1 + 2 ** 2 + 3 ** 2 + 3 ** 2 + 7 ** 2 + 9 ** 2,
  ];
  const norms = liveNorms("test", ordered(), joint);
  squares.forEach((square, g) => assertAlmostEquals(norms[g], Math.sqrt(square), 1e-12));
  assertEquals(groupCount(joint), 2);
  assertEquals([...groupShares(joint)], [4 + 4 + 1, 4 + 2 + 1]);
});

Deno.test("joint groups are pulled along the gradient of the value, in all weights", () => {
  for (
    const penalty of [
      groupLasso([joint], { strength: 0.7, epsilon: 0.1 }),
      reweighted([{ ...joint, factor: 2 }], { strength: 0.5, epsilon: 0.1 }),
      reweighted([joint], { strength: 0.5, epsilon: 0.1, form: "square" }),
    ]
  ) {
    const weights = random();
    penalty.begin(weights, start);
    assertGradient(penalty, weights, { tolerance: 2e-4 });
    new Random(3).fillNormal(weights.get("conv")!);
    assertGradient(penalty, weights, { tolerance: 2e-4 });
  }
});

Deno.test("all elements of a group are pulled alike, those in none not at all", () => {
  const weights = random();
  const penalty = reweighted([joint], { strength: 1, epsilon: 1e-6 });
  penalty.begin(weights, start);
  const pulls = penalty.pulls(weights);
  const [a, b] = liveNorms("test", weights, joint).map((norm) => Math.fround(norm ** -3));
  const expected = {
    conv: [b, b, b, b, 0, 0, 0, 0, a, a, a, a],
    transposed: [a, a, b, 0, a, a, b, 0],
    scale: [b, 0, a],
  };
  for (const [name, values] of Object.entries(expected)) {
    const { strength } = pulls.get(name)! as { strength: Float32Array };
    values.forEach((value, i) => assertAlmostEquals(strength[i], value, 1e-5 * value));
  }
});

Deno.test("groups of one weight may be joint with different others", () => {
  const of = (name: string, position: number): JointGroups => ({
    name,
    count: 1,
    parts: [{
      name: "scale",
      shape: [3],
      axis: 0,
      groups: Int32Array.from({ length: 3 }, (_, i) => i === position ? 0 : -1),
    }],
  });
  const weights = new Map([["scale", Float32Array.of(3, 5, -4)]]);
  const penalty = groupLasso([of("first", 0), { ...of("last", 2), factor: 2 }], { strength: 1 });
  penalty.begin(weights, start);
  const { strength } = penalty.pulls(weights).get("scale")! as { strength: Float32Array };
  [1 / 3, 0, 2 / 4].forEach((a, i) => assertAlmostEquals(strength[i], a, 1e-6));
  assertGradient(penalty, weights);
});

Deno.test("what joint groups cost is what they have of all their layers", () => {
  const fc = {
    name: "fc",
    shape: [4, 3],
    layout: { filters: 1, channels: 3, positions: "all" as const },
  };
  // Of three filters two are in groups: 40 of 60 MACs; of four columns three: 6 of 8; all 20 of fc.
  const macs = new Map([["conv", 60], ["transposed", 8], ["fc", 20]]);
  const weighed = weighByMacs([joint, fc], macs);
  assertEquals(weighed.map(({ factor }) => factor), [(46 / 66) * (6 / 2), (20 / 66) * (6 / 4)]);
});

Deno.test("joint groups come back from a checkpoint, and weights that do not fit are refused", () => {
  const weights = random();
  const make = () => reweighted([joint], { strength: 0.01 });
  const [penalty, again] = [make(), make()];
  penalty.begin(weights, start);
  const state = penalty.save();
  new Random(5).fillNormal(weights.get("scale")!);
  again.restore(state);
  assertEquals(again.pulls(weights), penalty.pulls(weights));
  const short = new Map([...state, ["P/joint", new Float32Array(1)]]);
  assertThrows(() => again.restore(short), RangeError, `"P/joint" must have 2 values`);
  weights.delete("scale");
  for (const each of [make(), groupLasso([joint], { strength: 1 })]) {
    assertThrows(() => each.begin(weights, start), RangeError, `weight "scale" must have 3`);
  }
});
