import { assertEquals } from "@std/assert";
import { allowanceText, highestRates, methodRatesText } from "./highest_rate.ts";
import type { CellRecord } from "./records.ts";
import { summarise } from "./summary.ts";
import { exampleManifest, exampleRecord } from "./testing.ts";

const DENSE_MACS = 600, DENSE_PARAMS = 1200;

/** A cell from two seeds with these top-1 in percent, at these reductions. */
function cell(
  name: string,
  label: string,
  top1: readonly [number, number],
  [params, macs]: readonly [params: number, macs: number] = [1, 1],
): CellRecord[] {
  const [method, rate = "1"] = name.split(" ");
  const spec = { cell: name, method, target: { params: Number(rate) } };
  return top1.map((value, seed) => {
    const sizes = {
      ...{ denseMacs: DENSE_MACS, macs: DENSE_MACS / macs },
      ...{ denseParams: DENSE_PARAMS, params: DENSE_PARAMS / params },
    };
    const record = exampleRecord({ ...spec, seed }, { "top-1": value / 100 }, sizes);
    return { ...record, label };
  });
}

/** What is printed of each method, weights and MACs by allowance. */
function printed(...cells: readonly CellRecord[][]): Record<string, string[]> {
  const [part] = summarise({ manifest: exampleManifest(), records: cells.flat() });
  const { methods } = highestRates(part);
  return Object.fromEntries(methods.map(({ series, rates }) => [
    series.label,
    rates.map((found) => found ? methodRatesText(found) : "none"),
  ]));
}

const dense = cell("dense", "dense", [90, 80]);

Deno.test("the highest rate is the highest whose mean over seeds is no lower than the reference's", () => {
  const tuned = cell("dense-tuned", "dense, trained on", [91, 80]);
  const rates = printed(
    dense,
    tuned,
    // By how much they differ from dense on average: 0.5, -0.25, -1.5; from the tuned one 0, -0.75, -2.
    cell("a 2", "A, 2x", [91, 80], [2, 2]),
    cell("a 4", "A, 4x", [89.5, 80], [4, 3]),
    cell("a 8", "A, 8x", [88, 79], [8, 6]),
  );
  assertEquals(rates, { A: ["2.00× / 2.00×", "4.00× / 3.00×", "2.00× / 2.00×", "2.00× / 2.00×"] });
  const [part] = summarise({ manifest: exampleManifest(), records: [...dense, ...tuned].flat() });
  assertEquals(highestRates(part).methods, []);
  assertEquals(highestRates(part).allowances.map(allowanceText), [
    ...["no loss from dense", "0.5 points from dense"],
    ...["no loss from dense, trained on", "0.5 points from dense, trained on"],
  ]);
});

Deno.test("what holds at the highest rate tried goes at least as far; what does not at the lowest, less far", () => {
  const rates = printed(
    dense,
    cell("holds 3", "holds, 3x", [90, 80], [3, 2.5]),
    // -0.5 on average, as 0.895 - 0.9 is not quite in floating point.
    cell("nearly 3", "nearly, 3x", [89.5, 79.5], [3, 2.5]),
    cell("loses 2", "loses, 2x", [88, 80], [2, 1.5]),
    cell("loses 4", "loses, 4x", [80, 80], [4, 3]),
    // Up and down: the highest that holds counts.
    cell("odd 2", "odd, 2x", [80, 80], [2, 1.5]),
    cell("odd 4", "odd, 4x", [91, 80], [4, 3]),
  );
  assertEquals(rates, {
    "holds, 3x": ["≥ 3.00× / ≥ 2.50×", "≥ 3.00× / ≥ 2.50×"],
    "nearly, 3x": ["< 3.00× / < 2.50×", "≥ 3.00× / ≥ 2.50×"],
    loses: ["< 2.00× / < 1.50×", "< 2.00× / < 1.50×"],
    odd: ["≥ 4.00× / ≥ 3.00×", "≥ 4.00× / ≥ 3.00×"],
  });
});

Deno.test("rates are those that were reached, of weights and of MACs each in its own order", () => {
  const rates = printed(
    dense,
    // Purified: beyond its target of 4.
    cell("a 4", "A, 4x weights, not even", [91, 81], [5.5, 4]),
    cell("a 6", "A, 6x MACs, not even", [85, 80], [6, 3.5]),
  );
  const both = "5.50× / ≥ 4.00×";
  assertEquals(rates, { "A, not even": [both, both] });
});

Deno.test("seeds are compared with the same seed, and what has none in common is not", () => {
  const [one, two] = cell("a 2", "A, 2x", [85, 80], [2, 2]);
  const [more, most] = cell("a 4", "A, 4x", [85, 70], [4, 4]);
  assertEquals(printed(dense, [two], [most]), { A: ["2.00× / 2.00×", "2.00× / 2.00×"] });
  assertEquals(printed([dense[1]], [one], [more]), {});
});

Deno.test("where each method has one rate, there is no table of the highest", () => {
  assertEquals(printed(dense, cell("a 2", "A, 2x", [95, 95]), cell("b 2", "B, 2x", [1, 1])), {});
});
