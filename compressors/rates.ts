/**
 * Rates files: the reduction of each layer's weights, to be changed by hand or used for a re-run.
 *
 * @module
 */

import type { CompressionReport } from "./compressor.ts";
import { REMOVED } from "./report.ts";

/**
 * Reads a rates file: `{"layers": {"conv1": 3, "conv2": 1.5}}`.
 *
 * @throws {SyntaxError} when the text is not JSON.
 * @throws {TypeError} when it has another form.
 * @throws {RangeError} when a rate is below 1.
 */
export function parseRates(text: string): ReadonlyMap<string, number> {
  const file: unknown = JSON.parse(text);
  const { layers, ...others } = isRecord(file) ? file : { layers: undefined };
  if (!isRecord(layers) || Object.keys(others).length > 0) {
    throw new TypeError(
      'Cannot read rates as they must be {"layers": {NAME: RATE}}: ' +
        `current value is ${text.length > 100 ? `${text.slice(0, 100)}...` : text}`,
    );
  }
  return new Map(
    Object.entries(layers).map(([name, rate]) => {
      if (typeof rate === "number" && rate >= 1 && Number.isFinite(rate)) return [name, rate];
      throw new RangeError(
        `Cannot read rates as that of "${name}" must be a number of at least 1: ` +
          `current value is ${JSON.stringify(rate)}`,
      );
    }),
  );
}

/**
 * Writes the reductions that the touched layers of a report have reached, with all digits: a method
 * given them as rates keeps just as much.
 */
export function formatRates({ layers }: CompressionReport): string {
  const touched = layers.filter(({ reason, decision }) =>
    reason === undefined && !["dense", "input channels removed", REMOVED].includes(decision)
  );
  const rates = Object.fromEntries(touched.map(({ layer, rate }) => [layer, Math.max(1, rate)]));
  return `${JSON.stringify({ layers: rates }, null, 2)}\n`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
