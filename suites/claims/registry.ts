/**
 * All published values with how they are tested.
 *
 * @module
 */

import { autocompressEntries } from "./autocompress.ts";
import { type Published, publishedValues } from "./published.ts";
import type { Entry } from "./question.ts";
import { rt3dEntries } from "./rt3d.ts";
import { tuckerEntries } from "./tucker.ts";
import { yolobileEntries } from "./yolobile.ts";

/** A published value with what is asked of it. */
export interface LedgerLine {
  readonly published: Published;
  readonly entry: Entry;
}

/**
 * All lines, in the order of the published list.
 *
 * @throws {RangeError} when a value is asked for twice or not at all, or an entry names none.
 */
export function ledgerLines(): readonly LedgerLine[] {
  const entries = new Map<string, Entry>();
  const all = [
    ...rt3dEntries(),
    ...yolobileEntries(),
    ...tuckerEntries(),
    ...autocompressEntries(),
  ];
  for (const entry of all) {
    for (const id of entry.claims) {
      if (entries.has(id)) throw new RangeError(`Cannot test "${id}" as it must have one entry`);
      entries.set(id, entry);
    }
  }
  const lines = publishedValues().map((published): LedgerLine => {
    const entry = entries.get(published.id);
    if (!entry) throw new RangeError(`Cannot test "${published.id}" as it must have an entry`);
    entries.delete(published.id);
    return { published, entry };
  });
  for (const id of entries.keys()) {
    throw new RangeError(`Cannot test "${id}" as it must be in the published list`);
  }
  return lines;
}
