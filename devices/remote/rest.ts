/**
 * How warm a machine is at rest. A run is many processes, and later ones find the machine warm; so
 * the first one's reading is kept there, with when it was taken.
 *
 * @module
 */

import type { Machine } from "./machine.ts";
import type { RunOptions } from "./shell.ts";
import { type RemoteState, warmest } from "./state.ts";

/** After so many milliseconds the room may have another temperature. */
const VALID_MS = 2 * 3_600_000;

/**
 * The lowest temperature of the last hours, degrees Celsius; undefined when there is no sensor.
 *
 * @param now Milliseconds since 1970.
 */
export async function rememberRest(
  machine: Machine,
  state: RemoteState,
  options: RunOptions,
  now = Date.now(),
): Promise<number | undefined> {
  const celsius = warmest(state)?.celsius;
  if (celsius === undefined) return undefined;
  const path = `${machine.facts.folder}/rest`;
  const { stdout } = await machine.run(["cat", path], options);
  const [, time, kept] = /^(\d+) (-?[\d.]+)$/.exec(stdout.trim()) ?? [];
  const valid = Math.abs(now - Number(time)) < VALID_MS;
  if (valid && Number(kept) <= celsius) return Number(kept);
  await machine.run(["sh", "-c", 'printf %s "$2" >"$1"', "sh", path, `${now} ${celsius}`], options);
  return celsius;
}
