import { assertEquals, assertThrows } from "@std/assert";
import { yolobile } from "./yolobile.ts";
import { smallC3d } from "./testing.ts";

const structures = async (options: Record<string, unknown>) =>
  (await yolobile.compress(smallC3d(), { macs: 2 }, yolobile.parseOptions(options), { seed: 1 }))
    .structures;

Deno.test("YOLObile prunes fully connected layers as 1x1, but no head and no first layer", async () => {
  const convolutions = ["conv2.weight", "conv3.weight", "conv4.weight"];
  assertEquals([...(await structures({})).keys()], [...convolutions, "fc5.weight"]);
  assertEquals([...(await structures({ fullyConnected: false })).keys()], convolutions);
});

Deno.test("block-punched structures have one bit per position of each block", async () => {
  const found = await structures({ block: "4x2" });
  const bits = (name: string) => found.get(name)!.kept.length;
  assertEquals(bits("conv2.weight"), (32 / 4) * (16 / 2) * 27);
  assertEquals(bits("fc5.weight"), (40 / 4) * (20 * 18 / 2));
  for (const { scheme, layout } of found.values()) {
    assertEquals([scheme, layout], [
      "block-punched",
      { filters: 4, channels: 2, positions: "each" },
    ]);
  }
});

Deno.test("options of YOLObile are checked", () => {
  assertThrows(() => yolobile.parseOptions({ fullyConnected: "yes" }), TypeError, "true or false");
  assertThrows(() => yolobile.parseOptions({ block: 8 }), TypeError, "current value is 8");
});
