/**
 * The caches of a chip as the model in `kernels/emulation/hierarchy.h` reads them.
 *
 * @module
 */

import type { CacheLevel, Soc } from "./soc.ts";

/** Caches that some cores work with. */
export interface Hierarchy extends Pick<Soc, "lineBytes" | "prefetchLines"> {
  /** Cores at work. */
  readonly cores: number;
  /** The first level first. */
  readonly levels: readonly Pick<CacheLevel, "name" | "bytes" | "ways" | "shared">[];
}

/** Writes them down, as `kerf_hierarchy_read` wants it. */
export function hierarchyText({ lineBytes, prefetchLines, cores, levels }: Hierarchy): string {
  return [
    `line ${lineBytes}`,
    `cores ${cores}`,
    `prefetch ${prefetchLines}`,
    ...levels.map(({ name, bytes, ways, shared }) =>
      `level ${name} ${bytes} ${ways} ${shared ? "shared" : "own"}`
    ),
    "",
  ].join("\n");
}
