/**
 * Waiting for a machine to cool down.
 *
 * @module
 */

import { type RemoteState, warmest } from "./state.ts";

/** How a machine is waited for. */
export interface CoolDown {
  /** Temperature at rest, degrees Celsius; undefined when there is no sensor. */
  readonly rest: number | undefined;
  /** Reads the machine's state. */
  read(): Promise<RemoteState>;
  /** Waits so many milliseconds. */
  sleep(ms: number): Promise<void>;
  /** Told what is waited for. */
  onProgress?(label: string): void;
}

/** So far above rest, degrees, is cool enough. */
const MARGIN = 3;

/** Milliseconds from one look to the next. */
const STEP_MS = 2000;

/** Milliseconds after which the machine is taken as it is. */
const LIMIT_MS = 180_000;

/** Waits until the processor is nearly as cool as at rest, or time is over; gives the state then. */
export async function coolDown({ rest, read, sleep, onProgress }: CoolDown): Promise<RemoteState> {
  for (let waited = 0;; waited += STEP_MS) {
    const state = await read(), warm = warmest(state);
    const cool = !warm || rest === undefined || warm.celsius <= rest + MARGIN;
    if (cool || waited >= LIMIT_MS) return state;
    const now = warm.celsius.toFixed(1), wanted = (rest + MARGIN).toFixed(1);
    onProgress?.(`cooling down: ${warm.name} at ${now} °C, wanted ${wanted}`);
    await sleep(STEP_MS);
  }
}
