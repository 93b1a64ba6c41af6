/**
 * Helpers for the tests of this folder.
 *
 * @module
 */

/** Runs with `KERF_LAPACK` set, and puts it back. */
export async function withLapack<T>(value: string, run: () => T | Promise<T>): Promise<T> {
  const before = Deno.env.get("KERF_LAPACK");
  Deno.env.set("KERF_LAPACK", value);
  try {
    return await run();
  } finally {
    if (before === undefined) Deno.env.delete("KERF_LAPACK");
    else Deno.env.set("KERF_LAPACK", before);
  }
}
