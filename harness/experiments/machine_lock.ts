/**
 * Who has the machine: any number of trainings share it, whatever process they are of, and a timing has
 * it alone, so that no time is taken while something else computes.
 *
 * @module
 */

import { join } from "node:path";

/** How often it is looked whether others have let go. */
const POLL_MS = 1000;

/**
 * Waits until the machine may be shared, or had alone, and holds it until it is disposed of or the
 * process ends.
 *
 * @param folder Existing folder, the same for all processes.
 * @throws the signal's reason when it is aborted meanwhile.
 */
export async function takeMachine(
  folder: string,
  how: "shared" | "alone",
  signal?: AbortSignal,
): Promise<Disposable> {
  const file = await Deno.open(join(folder, "machine.lock"), { create: true, write: true });
  try {
    while (!await file.tryLock(how === "alone")) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      signal?.throwIfAborted();
    }
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}
