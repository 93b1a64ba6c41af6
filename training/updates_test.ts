import { assertAlmostEquals, assertEquals } from "@std/assert";
import { adam, adamw } from "./optimisers/adam.ts";
import { sgd } from "./optimisers/sgd.ts";
import { masked } from "./penalties/masked.ts";
import type { Penalty, Pull } from "./penalties/penalty.ts";
import { WeightUpdates } from "./updates.ts";

const rules = { optimiser: sgd({ momentum: 0 }), decay: 0, clip: Infinity, penalties: [] };
const shapes = new Map([["w", [2, 1]], ["b", [2]]]);
const weights = () => new Map([["w", Float32Array.of(1, -2)], ["b", Float32Array.of(4, 8)]]);
const gradients = () => new Map([["w", Float32Array.of(3, 0)], ["b", Float32Array.of(0, 4)]]);

/** A penalty that pulls always the same. */
function pulling(pulls: Record<string, Pull>): Penalty {
  return {
    id: "pulling",
    settings: {},
    begin() {},
    pulls: () => new Map(Object.entries(pulls)),
    value: () => 7,
    save: () => new Map(),
    restore() {},
  };
}

Deno.test("weights follow gradients, and decay where they have two axes", () => {
  const live = weights();
  const updates = new WeightUpdates(live, shapes, { ...rules, decay: 0.5 });
  const found = gradients();
  assertEquals(updates.prepare(found), 5);
  updates.follow(found, { rate: 0.5, step: 0 });
  // 1 - 0.5 * (3 + 0.5 * 1); -2 - 0.5 * (0 + 0.5 * -2).
  assertEquals([...live.get("w")!], [-0.75, -1.5]);
  assertEquals([...live.get("b")!], [4, 6]);
});

Deno.test("gradients of the loss are bounded together, pulls are added to them", () => {
  const live = weights();
  const penalties = [
    pulling({ w: { strength: 2, centre: Float32Array.of(0, -2) } }),
    pulling({ w: { strength: Float32Array.of(1, 0) } }),
  ];
  const updates = new WeightUpdates(live, shapes, { ...rules, clip: 1, penalties });
  const found = gradients();
  assertEquals(updates.prepare(found), 5);
  // [3 / 5 + 2 * 1 + 1 * 1, 0 + 2 * 0 + 0] and [0, 4 / 5].
  assertAlmostEquals(found.get("w")![0], 3.6, 1e-6);
  assertAlmostEquals(found.get("w")![1], 0, 1e-7);
  assertAlmostEquals(found.get("b")![1], 0.8, 1e-7);
  assertEquals(updates.penalty(), 14);
});

Deno.test("pulls move weights themselves where the optimiser is decoupled", () => {
  const live = weights();
  const penalties = [
    pulling({ w: { strength: 2, centre: Float32Array.of(0, -3) } }),
    pulling({ w: { strength: Float32Array.of(0, 100) }, frozen: { strength: 1 } }),
  ];
  const updates = new WeightUpdates(live, shapes, { ...rules, optimiser: adamw(), penalties });
  const none = new Map([["w", new Float32Array(2)], ["b", new Float32Array(2)]]);
  assertEquals(updates.prepare(none), 0);
  assertEquals([...none.get("w")!], [0, 0]);
  updates.follow(none, { rate: 0.1, step: 0 });
  // 1 - 0.2 * 1; -2 - 0.2 * 1, then to its centre and no further.
  assertAlmostEquals(live.get("w")![0], 0.8, 1e-6);
  assertEquals(live.get("w")![1], 0);
  assertEquals([...live.get("b")!], [4, 8]);
});

for (const optimiser of [sgd({ momentum: 0.9, nesterov: true }), adam()]) {
  Deno.test(`a mask that comes in the middle holds against momentum and decay: ${optimiser.id}`, () => {
    const live = weights();
    const mask = masked(new Map([["w", Uint8Array.of(0, 1)]]));
    let isOn = false;
    const late: Penalty = { ...mask, pulls: (live) => isOn ? mask.pulls(live) : new Map() };
    const updates = new WeightUpdates(live, shapes, {
      ...rules,
      optimiser,
      decay: 0.1,
      penalties: [late],
    });
    const step = (step: number) => {
      const found = gradients();
      updates.prepare(found);
      updates.follow(found, { rate: 0.1, step });
    };
    for (let i = 0; i < 3; i++) step(i);
    isOn = true;
    updates.begin({ epoch: 1, step: 3 });
    for (let i = 3; i < 9; i++) {
      step(i);
      assertEquals(live.get("w")![0], 0);
    }
  });
}

Deno.test("a gradient that is no number is told by the norm", () => {
  const updates = new WeightUpdates(weights(), shapes, { ...rules, clip: 1 });
  const found = gradients();
  found.get("b")![0] = NaN;
  assertEquals(updates.prepare(found), NaN);
});
