import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Random } from "../../graph/random.ts";
import { clipExtents, cutClip, type FrameStack, grayStack, stackFrames } from "./frame_stack.ts";
import { noise, plain } from "./testing.ts";

/** Levels as they are. */
const identity = Float32Array.from({ length: 256 }, (_, level) => level);

Deno.test("cutClip() reads frames a stride apart, a window of each, mirrored where asked for", () => {
  // Level 100 t + 10 y + 2 x + c of three frames of 3 x 4 with three channels.
  const data = Uint8Array.from({ length: 108 }, (_, i) => {
    const [t, y, x, c] = [Math.floor(i / 36), Math.floor(i / 12) % 3, Math.floor(i / 3) % 4, i % 3];
    return 100 * t + 10 * y + 2 * x + c;
  });
  const stack: FrameStack = { count: 3, height: 3, width: 4, channels: 3, data };
  const cut = { first: 0, stride: 2, top: 1, left: 1, flip: false };
  const tables = [identity, identity, identity.map((level) => -level)];
  // deno-fmt-ignore
  assertEquals([...cutClip(stack, cut, [3, 2, 2, 3], tables)], [
    12, 14, 16, 22, 24, 26, 212, 214, 216, 222, 224, 226,
    13, 15, 17, 23, 25, 27, 213, 215, 217, 223, 225, 227,
    -14, -16, -18, -24, -26, -28, -214, -216, -218, -224, -226, -228,
  ]);
  const flipped = cutClip(stack, { ...cut, first: 1, flip: true }, [3, 1, 1, 3], tables);
  assertEquals([...flipped], [116, 114, 112, 117, 115, 113, -118, -116, -114]);
  const gray = { ...stack, channels: 1 as const, width: 12 };
  assertEquals([...cutClip(gray, cut, [1, 1, 1, 2], [identity])], [11, 12]);
});

Deno.test("stackFrames() keeps frames that are as small as the window, in colour or gray", async () => {
  const random = new Random(5, "stack");
  const frames = [noise(6, 9, random), noise(6, 9, random)];
  const colour = await stackFrames(frames, { height: 6, width: 6 }, 3, "x");
  assertEquals({ ...colour, data: 0 }, { count: 2, height: 6, width: 9, channels: 3, data: 0 });
  assertEquals([...colour.data], frames.flatMap(({ data }) => [...data]));
  const gray = await stackFrames(frames, { height: 6, width: 6 }, 1, "x");
  const [red, green, blue] = frames[1].data.slice(-3);
  assertEquals(gray.data.at(-1), Math.round(0.299 * red + 0.587 * green + 0.114 * blue));
  assertEquals(grayStack(colour), gray);
  assertEquals(grayStack(gray), gray);
});

Deno.test("stackFrames() resizes frames to the least size that covers the window", async () => {
  const { height, width, data } = await stackFrames(
    [plain(120, 160, [1, 2, 3])],
    { height: 64, width: 64 },
    3,
    "x",
  );
  assertEquals([height, width, ...data.slice(0, 3)], [64, 85, 1, 2, 3]);
  const wide = await stackFrames([plain(10, 10, [9, 9, 9])], { height: 5, width: 20 }, 1, "x");
  assertEquals([wide.height, wide.width], [20, 20]);
});

Deno.test("stackFrames() refuses frames of several sizes, and none", async () => {
  const window = { height: 2, width: 2 };
  const sizes = [plain(4, 4, [0, 0, 0]), plain(4, 5, [0, 0, 0])];
  await assertRejects(() => stackFrames(sizes, window, 3, "a/b"), RangeError, "4 x 5 after 4 x 4");
  await assertRejects(() => stackFrames([], window, 3, "a/b"), RangeError, 'clip "a/b"');
});

Deno.test("clipExtents() takes clips in colour or gray and refuses other shapes", () => {
  assertEquals(clipExtents([1, 8, 32, 40]), { channels: 1, frames: 8, height: 32, width: 40 });
  for (const shape of [[3, 32, 32], [2, 8, 32, 32], [3, 0, 32, 32], [3, 8, 1.5, 32]]) {
    assertThrows(() => clipExtents(shape), RangeError, `current value is [${shape}]`);
  }
  assertThrows(() => clipExtents([3, 3, 32, 32], { frames: 4, side: 16 }), RangeError, "T 4 or");
});
