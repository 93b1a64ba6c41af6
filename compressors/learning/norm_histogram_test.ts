import { assertAlmostEquals, assertEquals } from "@std/assert";
import { tensor } from "../../graph/tensor.ts";
import { normHistogram } from "./norm_histogram.ts";
import { inUsualSizes, usualSize } from "./relative.ts";
import { stripesNetwork } from "./testing.ts";

const layout = { filters: 2, channels: 1, positions: "each" } as const;

/** The network with other values in a weight of 4 groups of 2. */
function withGroups(...sizes: number[]) {
  const weights = new Map([["w", tensor(Float32Array.from([...sizes, ...sizes]), [2, 4])]]);
  return { ...stripesNetwork(), weights };
}

Deno.test("the histogram counts groups by the size of their weights, in fifths of powers of ten", () => {
  const before = withGroups(1.1, 1.1, 1.1, 0.11), after = withGroups(1.1, 1e-9, 0, 0.011);
  const { rows, columns, chart } = normHistogram(before, after, [{
    name: "w",
    shape: [2, 4],
    layout,
  }]);
  assertEquals(columns.length, 3);
  assertEquals(chart?.y, columns.slice(1));
  const filled = rows.filter(([, a, b]) => Number(a) + Number(b) > 0);
  // 1.1 is in the bin from 1 to 10 ** 0.2; what is smaller than all bins is in the first.
  assertEquals(filled, [[-4.7, 0, 50], [-1.9, 0, 25], [-0.9, 25, 0], [0.1, 75, 25]]);
  assertEquals(rows.length, 25);
});

Deno.test("weights are compared by what is usual in their layer", () => {
  const before = withGroups(3, 4, 0, 0), after = withGroups(1, 0, 0, 1);
  assertAlmostEquals(usualSize(before, "w"), 2.5, 1e-12);
  const scaled = inUsualSizes(before, after, ["w"]).weights.get("w")!;
  assertEquals(scaled.data, Float32Array.from([0.4, 0, 0, 0.4, 0.4, 0, 0, 0.4]));
  assertEquals(usualSize(withGroups(0, 0, 0, 0), "w"), 1);
});
