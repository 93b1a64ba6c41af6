/**
 * Optimisers by name, for command lines, manifests and checkpoints.
 *
 * @module
 */

import { adam, adamw } from "./adam.ts";
import type { Optimiser } from "./optimiser.ts";
import { sgd } from "./sgd.ts";

/** Options of an optimiser by name. */
type Options = Readonly<Record<string, number | boolean>>;

const OPTIMISERS: Readonly<Record<string, (options: Options) => Optimiser>> = { sgd, adam, adamw };

/** Ids of all optimisers. */
export const OPTIMISER_IDS = Object.keys(OPTIMISERS) as readonly string[];

/**
 * Makes an optimiser from what a command line or a checkpoint says of it.
 *
 * @example
 * ```ts
 * import { parseOptimiser } from "./parse.ts";
 *
 * const optimiser = parseOptimiser("sgd", { momentum: 0.9, nesterov: true });
 * ```
 *
 * @param options Those which are absent have their defaults.
 * @throws {RangeError} when there is none with this id, it has no such option, or a value is out of
 *   range.
 * @throws {TypeError} when a value is of another type.
 */
export function parseOptimiser(
  id: string,
  options: Readonly<Record<string, unknown>> = {},
): Optimiser {
  if (!Object.hasOwn(OPTIMISERS, id)) {
    throw new RangeError(
      `Cannot find optimiser "${id}": it must be one of "${OPTIMISER_IDS.join('", "')}"`,
    );
  }
  const defaults = OPTIMISERS[id]({}).options;
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(defaults, name)) {
      throw new RangeError(
        `Cannot make optimiser "${id}" as it has no option "${name}": ` +
          `it takes "${Object.keys(defaults).join('", "')}"`,
      );
    }
    if (typeof value === typeof defaults[name] || value === undefined) continue;
    throw new TypeError(
      `Cannot make optimiser "${id}" as "${name}" must be a ${typeof defaults[name]}: ` +
        `current value is ${typeof value === "string" ? `"${value}"` : value}`,
    );
  }
  return OPTIMISERS[id](options as Options);
}
