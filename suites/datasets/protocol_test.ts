import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { Random } from "../../graph/random.ts";
import { c3dProtocol, centreFrames, clipShape, toClip } from "./protocol.ts";
import { noise, plain } from "./testing.ts";

Deno.test("c3dProtocol makes clips of the network's input shape", () => {
  assertEquals(clipShape(c3dProtocol), [1, 3, 16, 112, 112]);
});

Deno.test("centreFrames() takes 16 consecutive frames from the middle, or all there are", () => {
  assertEquals(centreFrames(36, c3dProtocol), { first: 10, count: 16 });
  assertEquals(centreFrames(27, c3dProtocol), { first: 5, count: 16 });
  assertEquals(centreFrames(16, c3dProtocol), { first: 0, count: 16 });
  assertEquals(centreFrames(9, c3dProtocol), { first: 0, count: 9 });
});

Deno.test("toClip() crops the centre, subtracts the mean and lays out [1, 3, T, H, W]", async () => {
  const random = new Random(21, "frames");
  // Of the protocol's size already, so that every value can be followed by hand.
  const frames = Array.from({ length: 16 }, () => noise(128, 171, random));
  const clip = await toClip(frames, c3dProtocol);
  assertEquals(clip.shape, [1, 3, 16, 112, 112]);
  for (let i = 0; i < 500; i++) {
    const [c, t] = [random.integer(3), random.integer(16)];
    const [y, x] = [random.integer(112), random.integer(112)];
    const pixel = frames[t].data[((y + 8) * 171 + x + 29) * 3 + c];
    assertEquals(clip.get(0, c, t, y, x), pixel - [104, 117, 128][c]);
  }
});

Deno.test("toClip() divides by the deviation after subtracting the mean", async () => {
  const protocol = { ...c3dProtocol, mean: [10, 20, 30], std: [2, 4, 5] } as const;
  const clip = await toClip([plain(30, 40, [12, 40, 25])], protocol);
  for (const [c, expected] of [1, 5, -1].entries()) {
    assertAlmostEquals(clip.get(0, c, 7, 50, 60), expected, 1e-6);
  }
});

Deno.test("toClip() repeats the last frame of a short video, and mixes sizes", async () => {
  const clip = await toClip([plain(20, 30, [1, 2, 3]), plain(300, 200, [4, 5, 6])], c3dProtocol);
  assertEquals(clip.get(0, 0, 0, 0, 0), 1 - 104);
  for (const t of [1, 2, 15]) assertEquals(clip.get(0, 2, t, 111, 111), 6 - 128);
});

Deno.test("toClip() refuses no frames and too many", async () => {
  await assertRejects(
    () => toClip([], c3dProtocol),
    RangeError,
    'Cannot make a C3D clip as "frames" must be 1 to 16 frames: current value is none',
  );
  const seventeen = Array.from({ length: 17 }, () => plain(8, 8, [0, 0, 0]));
  await assertRejects(() => toClip(seventeen, c3dProtocol), RangeError, "current value is more");
});
