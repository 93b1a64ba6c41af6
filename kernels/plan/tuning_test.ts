import { assert } from "@std/assert";
import { winogradSpeedup } from "./tuning.ts";

function speedup(channels: number, extent: number, rows: number): number {
  return winogradSpeedup({ rows, channels, depthTaps: 1, extents: [1, extent, extent] });
}

Deno.test("Winograd wins where products dominate, not where transforms or weights do", () => {
  // Channels, extent, filters of VGG-16, ResNet-18 and YOLOv4; twice as fast or more when measured.
  for (const [c, n, m] of [[64, 224, 64], [128, 56, 256], [512, 28, 512], [128, 40, 128]]) {
    assert(speedup(c, n, m) > 1.6, `${c} channels, ${n}x${n}, ${m} filters`);
  }
  assert(speedup(3, 224, 64) < 1, "the first layer has too few channels");
  assert(speedup(64, 56, 4) < 1.3, "few filters leave little to win");
  assert(speedup(512, 4, 512) < 1, "one tile for 9.4 million transformed weights");
});
