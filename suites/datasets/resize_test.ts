import { assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import onnxProto from "onnx-proto";
import { Random } from "../../graph/random.ts";
import { openReference } from "../../graph/reference.ts";
import { tensor, values } from "../../graph/tensor.ts";
import type { Image } from "./image.ts";
import { centreWindow, resize, type Size, sizeCovering, sizeWithShorterSide } from "./resize.ts";
import { noise } from "./testing.ts";

const { onnx } = onnxProto;

/** One row of gray pixels. */
function row(...values: number[]): Image {
  return {
    height: 1,
    width: values.length,
    data: Uint8Array.from(values.flatMap((v) => [v, v, v])),
  };
}

Deno.test("resize() interpolates between pixel centres and repeats the edges", () => {
  // Doubling: output centres lie at -1/4, 1/4, 3/4 and 5/4 of the input.
  const red = resize(row(0, 100), { height: 1, width: 4 }).subarray(0, 4);
  assertEquals([...red], [0, 25, 75, 100]);
});

Deno.test("resize() halves by averaging the two middle neighbours", () => {
  const red = resize(row(10, 20, 50, 90), { height: 1, width: 2 }).subarray(0, 2);
  assertEquals([...red], [15, 70]);
});

Deno.test("resize() to the same size changes nothing but the layout", () => {
  const image: Image = { height: 1, width: 2, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
  assertEquals([...resize(image, image)], [1, 4, 2, 5, 3, 6]);
});

/** An ONNX model with one `Resize` of a `[1, 3, h, w]` input to `size`. */
function resizeModel(from: Size, size: Size): Uint8Array {
  const dims = (extents: number[]) => ({ dim: extents.map((dimValue) => ({ dimValue })) });
  const value = (name: string, { height, width }: Size) => ({
    name,
    type: { tensorType: { elemType: 1, shape: dims([1, 3, height, width]) } },
  });
  const text = (name: string, s: string) => ({ name, type: 3, s: new TextEncoder().encode(s) });
  return onnx.ModelProto.encode(onnx.ModelProto.fromObject({
    irVersion: 8,
    opsetImport: [{ domain: "", version: 13 }],
    graph: {
      name: "resize",
      input: [value("x", from)],
      output: [value("y", size)],
      initializer: [
        { name: "sizes", dataType: 7, dims: [4], int64Data: [1, 3, size.height, size.width] },
      ],
      node: [{
        opType: "Resize",
        input: ["x", "", "", "sizes"],
        output: ["y"],
        attribute: [
          text("mode", "linear"),
          text("coordinate_transformation_mode", "half_pixel"),
        ],
      }],
    },
  })).finish();
}

Deno.test("resize() agrees with Resize (linear, half_pixel) of ONNX Runtime", async () => {
  const random = new Random(11, "resize");
  const cases: [Size, Size][] = [
    [{ height: 64, width: 64 }, { height: 128, width: 128 }],
    [{ height: 120, width: 160 }, { height: 128, width: 171 }],
    [{ height: 240, width: 320 }, { height: 128, width: 171 }],
    [{ height: 37, width: 5 }, { height: 9, width: 23 }],
    [{ height: 1, width: 1 }, { height: 3, width: 4 }],
  ];
  for (const [from, size] of cases) {
    const image = noise(from.height, from.width, random);
    await using session = await openReference(resizeModel(from, size));
    const input = tensor(resize(image, from), [1, 3, from.height, from.width]);
    const expected = values((await session.run(new Map([["x", input]]))).get("y")!);
    const actual = resize(image, size);
    assertEquals(actual.length, expected.length);
    const error = actual.reduce((worst, v, i) => Math.max(worst, Math.abs(v - expected[i])), 0);
    // ONNX Runtime computes positions in float32: 255 grey levels times a few of its roundings.
    assertLess(error, 0.01, `${JSON.stringify(from)} to ${JSON.stringify(size)}`);
  }
});

Deno.test("resize() computes a window of the result as the same values", () => {
  const image = noise(20, 30, new Random(12, "window"));
  const size = { height: 33, width: 41 };
  const whole = resize(image, size);
  const window = { top: 5, left: 7, height: 9, width: 4 };
  const part = resize(image, size, window);
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < 9; y++) {
      for (let x = 0; x < 4; x++) {
        assertEquals(part[(c * 9 + y) * 4 + x], whole[(c * 33 + y + 5) * 41 + x + 7]);
      }
    }
  }
});

Deno.test("resize() never leaves the range of the image's values", () => {
  const random = new Random(13, "range");
  for (let i = 0; i < 20; i++) {
    const image = noise(1 + random.integer(12), 1 + random.integer(12), random);
    const [low, high] = [Math.min(...image.data), Math.max(...image.data)];
    const size = { height: 1 + random.integer(30), width: 1 + random.integer(30) };
    for (const value of resize(image, size)) {
      assertAlmostEquals(Math.min(Math.max(value, low), high), value, 1e-4);
    }
  }
});

Deno.test("sizeWithShorterSide() keeps the aspect ratio, as C3D's 240 x 320 to 128 x 171", () => {
  assertEquals(sizeWithShorterSide({ height: 240, width: 320 }, 128), { height: 128, width: 171 });
  assertEquals(sizeWithShorterSide({ height: 320, width: 240 }, 128), { height: 171, width: 128 });
  assertEquals(sizeWithShorterSide({ height: 64, width: 64 }, 128), { height: 128, width: 128 });
});

Deno.test("centreWindow() leaves equal margins, the odd pixel below and on the right", () => {
  const window = { height: 112, width: 100 };
  assertEquals(centreWindow({ height: 128, width: 171 }, window), { top: 8, left: 35, ...window });
});

Deno.test("centreWindow() refuses a window larger than the image", () => {
  assertThrows(
    () => centreWindow({ height: 100, width: 200 }, { height: 112, width: 112 }),
    RangeError,
    "Cannot crop an image as the window must fit into its 100 x 200 pixels: current value is 112 x 112",
  );
});

Deno.test("sizeCovering() keeps the aspect ratio and leaves no gap", () => {
  const cases: [from: [number, number], window: [number, number], to: [number, number]][] = [
    [[120, 160], [64, 64], [64, 85]],
    [[160, 120], [64, 64], [85, 64]],
    [[64, 64], [56, 112], [112, 112]],
    // Rounded alone, the width would be 2.
    [[7, 5], [4, 3], [4, 3]],
    [[1000, 1], [3, 1], [1000, 1]],
  ];
  for (const [from, window, to] of cases) {
    const size = ([height, width]: readonly number[]): Size => ({ height, width });
    assertEquals(sizeCovering(size(from), size(window)), size(to));
  }
});
