import { assertEquals, assertThrows } from "@std/assert";
import { GraphBuilder } from "../../graph/builder.ts";
import { zeros } from "../../graph/tensor.ts";
import { sgd } from "../optimisers/sgd.ts";
import { masked, structureMasks } from "./masked.ts";
import { addPulls, pullsOf } from "./pull.ts";

const start = { epoch: 0, step: 0 };

Deno.test("removed weights are set to zero and stay there under momentum and decay", () => {
  const weights = new Map([["w", new Float32Array([1, 2, 3, 4])]]);
  const w = weights.get("w")!;
  const penalty = masked(new Map([["w", new Uint8Array([1, 0, 1, 0])]]));
  penalty.begin(weights, start);
  assertEquals([...w], [1, 0, 3, 0]);
  const optimiser = sgd({ nesterov: true }), state = optimiser.start(4);
  for (let step = 0; step < 5; step++) {
    const gradient = new Float32Array([1, 1, 1, 1]);
    addPulls(weights, new Map([["w", gradient]]), pullsOf(weights, [penalty]));
    optimiser.update(w, gradient, state, { rate: 0.1, step, decay: 0.1 });
  }
  assertEquals([w[1], w[3]], [0, 0]);
  assertEquals(w[0] < 1 && w[2] < 3, true);
  assertEquals(penalty.value(weights), 0);
});

Deno.test("a mask that does not fit changes no weight", () => {
  const weights = new Map([["w", new Float32Array([1, 2])]]);
  const masks = new Map([["w", new Uint8Array(2)], ["v", new Uint8Array(3)]]);
  assertThrows(() => masked(masks).begin(weights, start), RangeError, `weight "v" must have 3`);
  assertEquals([...weights.get("w")!], [1, 2]);
});

Deno.test("masks of a model are those of its structures", () => {
  const g = new GraphBuilder("masked");
  const x = g.input("x", [1, 2, 3, 3]);
  const weights = zeros([2, 2, 1, 2]);
  const model = g.output(g.conv(x, { name: "c", filters: 2, kernel: [1, 2], weights })).build();
  const name = "c.weight";
  const structures = new Map([[name, {
    scheme: "kgs",
    layout: { filters: 2, channels: 1, positions: "each" } as const,
    kept: new Uint8Array([1, 0, 0, 1]),
  }]]);
  const masks = structureMasks({ ...model, structures });
  assertEquals([...masks.keys()], [name]);
  assertEquals([...masks.get(name)!], [1, 0, 0, 1, 1, 0, 0, 1]);
});
