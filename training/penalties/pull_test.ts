import { assertEquals } from "@std/assert";
import type { Penalty, Pull } from "./penalty.ts";
import { addPulls, pullsOf } from "./pull.ts";

function pulling(pulls: Record<string, Pull>): Penalty {
  return {
    id: "test",
    settings: {},
    begin() {},
    pulls: () => new Map(Object.entries(pulls)),
    value: () => 0,
    save: () => new Map(),
    restore() {},
  };
}

const floats = (...values: number[]) => new Float32Array(values);

function pulled(...pulls: Pull[]): number[] {
  const gradient = floats(10, 20, 30);
  const penalties = pulls.map((pull) => pulling({ w: pull }));
  addPulls(
    new Map([["w", floats(1, 2, -3)]]),
    new Map([["w", gradient]]),
    pullsOf(new Map([["w", floats(1, 2, -3)]]), penalties),
  );
  return [...gradient];
}

Deno.test("a pull of every form is added to the gradient", () => {
  const strength = floats(1, 0, 2), centre = floats(2, 2, 1);
  assertEquals(pulled({}), [10, 20, 30]);
  assertEquals(pulled({ centre }), [10, 20, 30]);
  assertEquals(pulled({ strength: 2 }), [12, 24, 24]);
  assertEquals(pulled({ strength }), [11, 20, 24]);
  assertEquals(pulled({ strength: 2, centre }), [8, 20, 22]);
  assertEquals(pulled({ strength, centre }), [9, 20, 22]);
});

Deno.test("pulls of several penalties add up, and masks come after all of them", () => {
  const mask = new Uint8Array([1, 0, 1]), other = new Uint8Array([1, 1, 0]);
  assertEquals(pulled({ mask }, { strength: 2 }, { strength: 1 }), [13, 0, 21]);
  assertEquals(pulled({ strength: 2, mask }, { mask: other }), [12, 0, 0]);
});

Deno.test("a mask stops a gradient that is no number", () => {
  const gradient = floats(NaN, -Infinity, 1);
  const penalty = pulling({ w: { mask: new Uint8Array([0, 0, 1]) } });
  addPulls(
    new Map([["w", floats(0, 0, 0)]]),
    new Map([["w", gradient]]),
    pullsOf(new Map([["w", floats(0, 0, 0)]]), [penalty]),
  );
  assertEquals([...gradient], [0, 0, 1]);
});

Deno.test("weights without a pull or without a gradient are left alone", () => {
  const gradient = floats(5);
  const weights = new Map([["w", floats(1)], ["frozen", floats(1)]]);
  addPulls(
    weights,
    new Map([["w", gradient]]),
    pullsOf(weights, [pulling({ frozen: { strength: 3 } })]),
  );
  assertEquals([...gradient], [5]);
  assertEquals([...weights.get("frozen")!], [1]);
});
