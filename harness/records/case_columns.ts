/**
 * Columns that say which case a row is about.
 *
 * @module
 */

import type { Column } from "./schema.ts";

/** In every file that people read on its own. */
export const CASE_COLUMNS = [
  { name: "run", type: "text", description: "Name of the run's folder." },
  { name: "case", type: "text", description: "Content hash of the case, 12 hex digits." },
] as const satisfies readonly Column[];
