/**
 * What long steps of a compression do between layers.
 *
 * @module
 */

import type { CompressionContext } from "./compressor.ts";

/**
 * Between two layers: tells how far the work is, lets pending events (Ctrl-C) through, and stops
 * when the caller asked for it.
 *
 * @throws the signal's reason when it is aborted.
 */
export async function checkpoint(
  { signal, onProgress }: CompressionContext,
  label: string,
  done: number,
  total: number,
): Promise<void> {
  onProgress?.({ label, done, total });
  await new Promise((resolve) => setTimeout(resolve, 0));
  signal?.throwIfAborted();
}
