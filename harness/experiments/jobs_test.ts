import type { Scale } from "../../suites/experiments/experiment.ts";
import { EXPERIMENTS } from "../../suites/experiments/registry.ts";
import { trainedComparison } from "../../suites/experiments/side_by_side.ts";
import { SUITES } from "../../suites/registry.ts";
import { plannedCells } from "./cells.ts";
import { requireMeans } from "./jobs.ts";

const SCALES: readonly Scale[] = ["quick", "small", "full"];

Deno.test("methods of all experiments have in their parts what they learn by", () => {
  for (const experiment of [...EXPERIMENTS, ...SUITES.map(({ id }) => trainedComparison(id))]) {
    for (const scale of SCALES) {
      requireMeans(
        experiment.parts(scale).map((part) => {
          const [dense, ...cells] = plannedCells(experiment, scale, part, 1, new Map());
          return { part, seed: 1, dense, cells };
        }),
      );
    }
  }
});
