import { assertEquals } from "@std/assert";
import { Random } from "../../../graph/random.ts";
import { sizeOf } from "../../../graph/tensor.ts";
import { NO_HALO, rowMajor } from "../layout.ts";
import {
  broadcast,
  isCompact,
  merge,
  mergedViews,
  permute,
  reshape,
  slice,
  type View,
} from "./view.ts";

/** Offsets of all elements in row-major order. */
function offsets({ offset, extents, strides }: View): number[] {
  let all = [offset];
  extents.forEach((extent, axis) => {
    all = all.flatMap((at) => Array.from({ length: extent }, (_, i) => at + i * strides[axis]));
  });
  return all;
}

function compact(...extents: number[]): View {
  const memory = { floats: sizeOf(extents), padded: [] };
  return { memory, offset: 0, extents, strides: rowMajor(extents), halo: NO_HALO };
}

/** A view that slices and transpositions have been done to. */
function randomView(random: Random): View {
  let view = compact(...Array.from({ length: 1 + random.integer(4) }, () => 1 + random.integer(4)));
  for (let i = 0; i < random.integer(4); i++) {
    const axis = random.integer(view.extents.length), extent = view.extents[axis];
    if (random.integer(2)) {
      const start = random.integer(extent), count = 1 + random.integer(extent - start);
      view = slice(view, axis, start, count);
    } else {
      const perm = view.extents.map((_, a) => (a + axis) % view.extents.length);
      view = permute(view, perm);
    }
  }
  return view;
}

Deno.test("joining axes changes no element of any view", () => {
  const random = new Random(3);
  for (let i = 0; i < 300; i++) {
    const a = randomView(random), b = broadcast(compact(1), a.extents);
    const { extents, strides } = merge([a, b]);
    assertEquals(offsets({ ...a, extents, strides: strides[0] }), offsets(a));
    assertEquals(offsets({ ...b, extents, strides: strides[1] }), offsets(b));
  }
  assertEquals(merge([compact(2, 3, 4)]).extents, [24]);
});

Deno.test("axes that would be too long for a tensor are joined in two", () => {
  const [{ extents, strides }] = mergedViews([compact(3, 2 ** 10, 2 ** 10)]);
  assertEquals([extents, strides], [[3, 2 ** 20], [2 ** 20, 1]]);
  assertEquals(mergedViews([compact(1, 255, 76, 76)])[0].extents, [2, 736440]);
});

Deno.test("a reshaped view has the same elements in the same order, or there is none", () => {
  const random = new Random(4);
  let views = 0;
  for (let i = 0; i < 500; i++) {
    const view = randomView(random);
    const factors = view.extents.flatMap((n) => n === 4 ? [2, 2] : [n]);
    const at = random.integer(factors.length);
    const shape = random.integer(2)
      ? [sizeOf(factors)]
      : [1, sizeOf(factors.slice(0, at)), ...factors.slice(at)];
    const reshaped = reshape(view, shape);
    if (!reshaped) {
      assertEquals(isCompact(view), false);
      continue;
    }
    views++;
    assertEquals(reshaped.extents, shape);
    assertEquals(offsets(reshaped), offsets(view));
  }
  assertEquals(views > 200, true);
});

Deno.test("broadcasting repeats axes that are missing or of extent 1", () => {
  const view = broadcast(compact(3, 1), [2, 3, 2]);
  assertEquals(offsets(view), [0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2]);
});

Deno.test("a slice backwards begins at its first position", () => {
  assertEquals(offsets(slice(compact(5), 0, 4, 3, -2)), [4, 2, 0]);
});
