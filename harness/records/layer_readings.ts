/**
 * What devices told of layers, as a table to work with: `readings.csv` added up by layer of the dense
 * model and by factor. Made from the other records together with the page.
 *
 * @module
 */

import { QUANTITIES, type Quantity } from "../../devices/reading.ts";
import { ADDITIVE, layerReadings } from "../layer_readings.ts";
import type { RunResult } from "../result.ts";
import { CASE_COLUMNS } from "./case_columns.ts";
import type { Column, Row } from "./schema.ts";

/** Name of the file in a run's folder. */
export const LAYER_READINGS_FILE = "layer_readings.csv";

/** `layer_readings.csv`: one row for each case, layer, part and quantity. */
export const LAYER_READING_COLUMNS = [
  ...CASE_COLUMNS,
  { name: "label", type: "text", description: "Name of the case for people." },
  { name: "device", type: "text", description: "Where the case ran." },
  { name: "threads", type: "integer", description: "Worker threads." },
  { name: "layer", type: "text", description: "Layer of the dense model." },
  {
    name: "part",
    type: "text",
    optional: true,
    description:
      "Factor of the layer, e.g. `core`; empty for the whole layer, of which factors are " +
      "parts. Groups, phases and paddings are in what they belong to.",
  },
  {
    name: "quantity",
    type: "text",
    values: ["macs", ...ADDITIVE] as readonly ("macs" | Quantity)[],
    description: "What it is; see the table of quantities. `macs` are multiply-accumulates.",
  },
  { name: "unit", type: "text", description: "Unit of the value; `1` for counts." },
  {
    name: "source",
    type: "text",
    values: ["measured", "emulated", "modelled", "derived"],
    description: "Where the number comes from.",
  },
  { name: "value", type: "number", description: "Of one call." },
] as const satisfies readonly Column[];

/** A row of `layer_readings.csv`. */
export type LayerReadingRow = Row<typeof LAYER_READING_COLUMNS>;

/** The rows of a run; none where devices told nothing of operators. */
export function layerReadingRows({ manifest, cases }: RunResult): readonly LayerReadingRow[] {
  const shown = cases.filter(({ role, status }) => role !== "A/A" && status === "ok");
  return shown.flatMap((row) =>
    layerReadings(row).flatMap(({ layer, part, macs, told }): LayerReadingRow[] => {
      const place = {
        run: manifest.run,
        case: row.id,
        label: row.label,
        device: row.spec.device,
        threads: row.spec.threads,
        layer,
        ...(part !== "" && { part }),
      };
      return [
        { ...place, quantity: "macs", unit: "MAC", source: "derived", value: macs },
        ...[...told].map(([quantity, { source, value }]): LayerReadingRow => (
          { ...place, quantity, unit: QUANTITIES[quantity].unit, source, value: value.value }
        )),
      ];
    })
  );
}
