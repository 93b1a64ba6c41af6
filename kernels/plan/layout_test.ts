import { assertEquals, assertGreater, assertGreaterOrEqual } from "@std/assert";
import type { ConvAttributes } from "../../graph/model.ts";
import { Random } from "../../graph/random.ts";
import { Arena, haloOf, joinHalos, NO_HALO, tapGeometry, tapOffsets } from "./layout.ts";
import type { PlanTensor, Triple } from "./plan.ts";

const axes = (make: (axis: number) => number): Triple => [make(0), make(1), make(2)];

/** Calls `visit` for every cell of a box. */
function forEach([D, H, W]: Triple, visit: (at: Triple) => void): void {
  for (let d = 0; d < D; d++) {
    for (let h = 0; h < H; h++) for (let w = 0; w < W; w++) visit([d, h, w]);
  }
}

function address(t: PlanTensor, c: number, [d, h, w]: Triple): number {
  return t.base + c * t.channel + d * t.plane + h * t.row + w;
}

Deno.test("every tap of every output finds its input value, or zero where there is padding", () => {
  const random = new Random(11);
  for (let i = 0; i < 200; i++) {
    const kernel = axes(() => 1 + random.integer(4)), stride = axes(() => 1 + random.integer(3));
    const dilation = axes(() => 1 + random.integer(2));
    const before = axes(() => random.integer(4)), after = axes(() => random.integer(4));
    const reach = axes((a) => (kernel[a] - 1) * dilation[a] + 1);
    const input = axes((a) => Math.max(1, reach[a] - before[a] - after[a]) + random.integer(5));
    const output = axes((a) =>
      Math.floor((input[a] + before[a] + after[a] - reach[a]) / stride[a]) + 1
    );
    const attributes: ConvAttributes = {
      kernel_shape: kernel,
      strides: stride,
      dilations: dilation,
      pads: [...before, ...after],
      group: 1,
    };
    const taps = tapGeometry(attributes);
    const channels = 2, phases = stride[0] * stride[1] * stride[2];
    const split = axes((a) => Math.ceil(input[a] / stride[a]));

    // Neighbours in the arena are NaN: whatever reads them is seen.
    const arena = new Arena();
    const neighbour = { channels: 3, extents: [2, 3, 2] } as const;
    arena.add(neighbour, NO_HALO);
    arena.add({ channels: channels * phases, extents: split }, haloOf(taps, input, output));
    arena.add(neighbour, NO_HALO);
    const floats = new Float32Array(arena.floats);
    const [first, from, last] = arena.tensors;
    for (const t of [first, last]) {
      for (let c = 0; c < t.channels; c++) {
        forEach(neighbour.extents, (at) => floats[address(t, c, at)] = NaN);
      }
    }
    const valueAt = (c: number, at: Triple) =>
      at.every((x, a) => x >= 0 && x < input[a])
        ? 1 + ((c * input[0] + at[0]) * input[1] + at[1]) * input[2] + at[2]
        : 0;
    for (let c = 0; c < channels; c++) {
      forEach(input, (at) => {
        const [i, j, k] = axes((a) => at[a] % stride[a]);
        const phase = (c * stride[0] + i) * stride[1] * stride[2] + j * stride[2] + k;
        const cell = axes((a) => Math.floor(at[a] / stride[a]));
        floats[address(from, phase, cell)] = valueAt(c, at);
      });
    }

    const offsets = tapOffsets(taps, from);
    assertEquals(offsets.length, kernel[0] * kernel[1] * kernel[2]);
    for (let c = 0; c < channels; c++) {
      forEach(output, (out) => {
        let tap = 0;
        forEach(kernel, (k) => {
          const at = address(from, c * phases, out) + offsets[tap++];
          const wanted = axes((a) => out[a] * stride[a] + k[a] * dilation[a] - before[a]);
          assertEquals(floats[at], valueAt(c, wanted), JSON.stringify({ attributes, out, k }));
        });
      });
    }
    // Output positions are told apart by the input's rows.
    assertGreaterOrEqual(from.row, output[2]);
    assertGreaterOrEqual(from.plane, (output[1] - 1) * from.row + output[2]);
  }
});

Deno.test("a halo holds both of two, and padding is shared between neighbours", () => {
  const a = { before: [1, 2, 0], after: [0, 0, 3] } as const;
  const b = { before: [0, 3, 1], after: [1, 0, 2] } as const;
  const joined = joinHalos(a, b);
  assertEquals(joined, { before: [1, 3, 1], after: [1, 0, 3] });
  const arena = new Arena();
  arena.add({ channels: 2, extents: [3, 4, 5] }, joined);
  const [{ row, plane, channel }] = arena.tensors;
  assertEquals([row, plane, channel], [5 + 3, 8 * (4 + 3), 56 * (3 + 1)]);
});

Deno.test("a flat view is a tensor of channels over the same floats", () => {
  const arena = new Arena();
  arena.add({ channels: 3, extents: [1, 1, 7] }, NO_HALO);
  const compact = arena.add({ channels: 2, extents: [1, 3, 4] }, NO_HALO);
  const floats = arena.floats;
  const flat = arena.tensors[arena.alias(compact, { channels: 24, extents: [1, 1, 1] })];
  assertEquals(arena.floats, floats);
  assertEquals(flat.base, arena.tensors[compact].base);
  assertEquals([flat.channels, flat.channel], [24, 1]);
  assertGreater(floats, flat.base + 24);
});
