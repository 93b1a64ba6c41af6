import { assert, assertGreater } from "@std/assert";
import { Random } from "../random.ts";
import { inferShapes } from "../shapes.ts";
import { decodeOnnx } from "./read.ts";
import { file, floats, int64s, node, shapeArithmetic, value } from "./testing.ts";

const MUTATIONS = 12_000;

/** A graph of operators whose attributes and constants say much about shapes. */
const TRICKY = {
  input: [value("x", "batch", 4, 6, 5)],
  output: [value("y", 1, 3)],
  initializer: [
    floats("w", [4, 2, 3, 3], Array.from({ length: 72 }, (_, i) => i / 9)),
    floats("b", [4], [1, 2, 3, 4]),
    floats("fc", [8, 3], Array.from({ length: 24 }, (_, i) => i / 8)),
    int64s("starts", 1, -1),
    int64s("ends", 2 ** 40, -9),
    int64s("axes", 2, 3),
    int64s("steps", 2, -1),
    int64s("pads", 0, 0, 1, 0, 0, 0, 0, 1),
    int64s("flat", 0, -1),
    floats("scales", [4], [1, 1, 2, 1.5]),
    floats("none", [0], []),
  ],
  node: [
    node("Conv", ["x", "w", "b"], ["c"], { group: 2, auto_pad: "SAME_UPPER", strides: [1, 2] }),
    node("BatchNormalization", ["c", "b", "b", "b", "b"], ["n"]),
    node("Resize", ["n", "none", "scales"], ["r"], { mode: "linear" }),
    node("Pad", ["r", "pads"], ["p"], { mode: "reflect" }),
    node("Slice", ["p", "starts", "ends", "axes", "steps"], ["s"]),
    node("MaxPool", ["s"], ["m"], { kernel_shape: [2, 2], ceil_mode: 1, strides: [3, 2] }),
    node("Split", ["m"], ["one", "two"], { axis: 1 }),
    node("Mul", ["one", "two"], ["product"]),
    node("ReduceMean", ["product"], ["mean"], { axes: [3], keepdims: 0 }),
    node("Tile", ["mean", "repeats"], ["tiled"]),
    node("Reshape", ["tiled", "flat"], ["rows"]),
    node("MatMul", ["rows", "fc"], ["y"]),
  ],
};
TRICKY.initializer.push(int64s("repeats", 1, 2, 1));

/** What fields are made of: ends of varints, tags, and lengths that do not fit. */
const TELLING_BYTES = [0x00, 0x01, 0x02, 0x08, 0x0a, 0x12, 0x7f, 0x80, 0xff];

/** A few changes of the kinds that break parsers: other bytes, parts lost, doubled or moved. */
function mutated(original: Uint8Array, random: Random): Uint8Array {
  let bytes = new Uint8Array(original);
  const place = () => random.integer(bytes.length);
  // Half of the files keep their length, and so more of the structure that is read before the rest.
  const kinds = random.integer(2) ? 3 : 6;
  for (let changes = 1 + random.integer(4); changes > 0 && bytes.length > 0; changes--) {
    const [from, to] = [place(), place()].sort((a, b) => a - b);
    switch (random.integer(kinds)) {
      case 0:
        bytes[from] ^= 1 << random.integer(8);
        break;
      case 1:
        bytes[from] = TELLING_BYTES[random.integer(TELLING_BYTES.length)];
        break;
      case 2:
        bytes[from] = random.integer(256);
        break;
      case 3:
        bytes = bytes.slice(0, from);
        break;
      case 4:
        bytes = joined(bytes.subarray(0, from), bytes.subarray(Math.min(to, from + 32)));
        break;
      case 5:
        bytes = joined(bytes.subarray(0, to), bytes.subarray(from, from + 64), bytes.subarray(to));
    }
  }
  return bytes;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

Deno.test(`${MUTATIONS} mutated and truncated files are read or refused with a message`, () => {
  const originals = [shapeArithmetic(), file(TRICKY, 11)];
  const outcomes = { read: 0, SyntaxError: 0, RangeError: 0 };
  for (let i = 0; i < MUTATIONS; i++) {
    const random = new Random(i, "mutation");
    const bytes = mutated(originals[i % originals.length], random);
    try {
      inferShapes(decodeOnnx(bytes, { mostElements: 2 ** 20 }));
      outcomes.read++;
    } catch (error) {
      assert(error instanceof Error && error.message.startsWith("Cannot "), `seed ${i}: ${error}`);
      // Also what extends them, as a stack that overflows would be: that has no such message.
      assert(error instanceof SyntaxError || error instanceof RangeError, `seed ${i}: ${error}`);
      outcomes[error instanceof SyntaxError ? "SyntaxError" : "RangeError"]++;
    }
  }
  // Each way out is taken often, so the mutations reach all depths of the reader.
  for (const count of Object.values(outcomes)) assertGreater(count, MUTATIONS / 50);
});
