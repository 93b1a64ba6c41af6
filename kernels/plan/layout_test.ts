import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import { Random } from "../../graph/random.ts";
import { coversHalo, haloOf, joinHalos, layOutValue, NO_HALO, tapsOf } from "./layout.ts";
import type { Triple } from "./plan.ts";

const axes = (make: (axis: number) => number): Triple => [make(0), make(1), make(2)];

/** Calls `visit` for every cell of a box. */
function forEach([D, H, W]: Triple, visit: (at: Triple) => void): void {
  for (let d = 0; d < D; d++) {
    for (let h = 0; h < H; h++) for (let w = 0; w < W; w++) visit([d, h, w]);
  }
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
    const taps = tapsOf({ kernel, stride, dilation, pad: before });
    assertEquals(taps.length, kernel[0] * kernel[1] * kernel[2]);
    const channels = 2, phases = stride[0] * stride[1] * stride[2];
    const split = axes((a) => Math.ceil(input[a] / stride[a]));
    const halo = haloOf(taps, split, output);
    const layout = layOutValue([phases, channels, ...split], halo);
    const [image, channel, plane, row] = layout.strides;
    const address = (phase: Triple, c: number, [d, h, w]: Triple) =>
      layout.offset + ((phase[0] * stride[1] + phase[1]) * stride[2] + phase[2]) * image +
      c * channel + d * plane + h * row + w;

    // What lies outside of the buffer is NaN: whatever reads it is seen.
    const floats = new Float32Array(layout.floats);
    const valueAt = (c: number, at: Triple) =>
      at.every((x, a) => x >= 0 && x < input[a])
        ? 1 + ((c * input[0] + at[0]) * input[1] + at[1]) * input[2] + at[2]
        : 0;
    for (let c = 0; c < channels; c++) {
      forEach(input, (at) => {
        const cell = axes((a) => Math.floor(at[a] / stride[a]));
        floats[address(axes((a) => at[a] % stride[a]), c, cell)] = valueAt(c, at);
      });
    }
    for (let c = 0; c < channels; c++) {
      forEach(output, (out) => {
        let tap = 0;
        forEach(kernel, (k) => {
          const { phase, shift } = taps[tap++];
          const at = address(phase, c, axes((a) => out[a] + shift[a]));
          const wanted = axes((a) => out[a] * stride[a] + k[a] * dilation[a] - before[a]);
          assertEquals(floats[at], valueAt(c, wanted), JSON.stringify({ kernel, stride, out, k }));
        });
      });
    }
    // Output positions are told apart by the input's rows.
    assertGreaterOrEqual(row, output[2]);
    assertGreaterOrEqual(plane, (output[1] - 1) * row + output[2]);
  }
});

Deno.test("a halo holds both of two, and padding is shared between neighbours", () => {
  const a = { before: [1, 2, 0], after: [0, 0, 3] } as const;
  const b = { before: [0, 3, 1], after: [1, 0, 2] } as const;
  const joined = joinHalos(a, b);
  assertEquals(joined, { before: [1, 3, 1], after: [1, 0, 3] });
  assertEquals([coversHalo(joined, a), coversHalo(joined, b), coversHalo(a, b)], [
    true,
    true,
    false,
  ]);
  const [, channel, plane, row] = layOutValue([1, 2, 3, 4, 5], joined).strides;
  assertEquals([row, plane, channel], [5 + 3, 8 * (4 + 3), 56 * (3 + 1)]);
});

Deno.test("a value without padding is compact, unless its channels would alias in a cache", () => {
  assertEquals(layOutValue([2, 3, 5, 7], NO_HALO).strides, [105, 35, 7, 1]);
  assertEquals(layOutValue([4, 6], NO_HALO).strides, [6, 1]);
  const { strides, floats } = layOutValue([1, 3, 16, 16], NO_HALO);
  assertEquals([strides[1] % 256 === 0, strides[2], floats >= 3 * 256], [false, 16, true]);
});
