import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { GraphBuilder, type ResizeOptions } from "../../../graph/builder.ts";
import { openReference } from "../../../graph/reference.ts";
import { randomTensor } from "../../../graph/testing.ts";
import { values } from "../../../graph/tensor.ts";
import type { ResampleTable } from "../plan.ts";
import { tableOf } from "./resample.ts";

/** A row of 7 resampled by a table. */
function apply({ taps, positions, weights }: ResampleTable, x: Float32Array): number[] {
  return Array.from({ length: positions.length / taps }, (_, i) => {
    let sum = 0;
    for (let k = i * taps; k < (i + 1) * taps; k++) sum += weights[k] * x[positions[k]];
    return sum;
  });
}

const TRANSFORMATIONS = [
  "half_pixel",
  "half_pixel_symmetric",
  "pytorch_half_pixel",
  "align_corners",
  "asymmetric",
] as const;

const METHODS: readonly Partial<ResizeOptions>[] = TRANSFORMATIONS.flatMap((
  coordinate_transformation_mode,
) => [
  ...(["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"] as const).map(
    (nearest_mode) => ({ mode: "nearest", coordinate_transformation_mode, nearest_mode }) as const,
  ),
  { mode: "linear", coordinate_transformation_mode },
  { mode: "cubic", coordinate_transformation_mode },
  { mode: "cubic", coordinate_transformation_mode, cubic_coeff_a: -0.5 },
  { mode: "cubic", coordinate_transformation_mode, exclude_outside: 1 },
  { mode: "linear", coordinate_transformation_mode, antialias: 1 },
  { mode: "cubic", coordinate_transformation_mode, antialias: 1 },
]);

for (const width of [1, 3, 5, 7, 9, 14, 19]) {
  Deno.test(`tables that make ${width} of 7 are those of ONNX Runtime in every mode`, async () => {
    const x = randomTensor([1, 1, 7, 7], 3);
    for (const method of METHODS) {
      const g = new GraphBuilder("resize");
      const y = g.resize(g.input("x", x.shape), { name: "r", sizes: [7, width], ...method });
      const model = g.output(y).build();
      await using session = await openReference(model);
      const expected = values((await session.run(new Map([["x", x]]))).get("r")!);
      const [{ attributes }] = model.nodes;
      assert("scales" in attributes);
      const table = tableOf(attributes, 7, width, attributes.scales[3]);
      const actual = apply(table, values(x).subarray(0, 7));
      actual.forEach((value, i) => {
        assertAlmostEquals(value, expected[i], 1e-5, `${JSON.stringify(method)}, position ${i}`);
      });
    }
  });
}

Deno.test("an axis that does not change has one position with weight 1", () => {
  const method = {
    mode: "cubic",
    coordinate_transformation_mode: "half_pixel",
    nearest_mode: "floor",
    cubic_coeff_a: -0.75,
    exclude_outside: 0,
    antialias: 0,
  } as const;
  const { taps, positions, weights } = tableOf(method, 3, 3, 1);
  assertEquals([taps, [...positions], [...weights]], [1, [0, 1, 2], [1, 1, 1]]);
});
