import { assert, assertEquals } from "@std/assert";
import { type DenseLayer, fastestForm } from "./dense_form.ts";

const LAYER: DenseLayer = {
  rows: 64,
  channels: 64,
  kernel: [1, 3, 3],
  stride: [1, 1, 1],
  dilation: [1, 1, 1],
  extents: [1, 56, 56],
  pooled: false,
};

function square(channels: number, extent: number, rows: number, change: Partial<DenseLayer> = {}) {
  return fastestForm({ ...LAYER, channels, rows, extents: [1, extent, extent], ...change });
}

Deno.test("Winograd wins where products dominate, not where transforms or weights do", () => {
  // Channels, extent, filters of VGG-16, ResNet-18 and YOLOv4; twice as fast or more when measured.
  for (const [c, n, m] of [[64, 224, 64], [128, 56, 256], [512, 28, 512], [128, 40, 128]]) {
    const { form, gain } = square(c, n, m), what = `${c} channels, ${n}x${n}, ${m} filters`;
    assertEquals(form, "winograd", what);
    assert(gain > 1.5, what);
  }
  assert(square(3, 224, 64).form !== "winograd", "the first layer has too few channels");
  assertEquals(square(512, 4, 512).form, "dense", "one tile for 9.4 million transformed weights");
});

Deno.test("the dense kernels win on strides and small planes", () => {
  const stride = [1, 2, 2] as const, pointwise = { kernel: [1, 1, 1] } as const;
  assertEquals(square(128, 28, 128, { stride }).form, "dense");
  assertEquals(square(3, 112, 64, { kernel: [1, 7, 7], stride }).form, "dense");
  assertEquals(square(2048, 7, 512, pointwise).form, "dense");
  assertEquals(square(512, 7, 512).form, "dense");
});

Deno.test("few filters leave nothing to win, and no gain is below 1", () => {
  assertEquals(square(64, 56, 4), { form: "direct", gain: 1 });
});
