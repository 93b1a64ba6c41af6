/**
 * The caches of one core in a few lines, as an oracle: each set is a list, the line used last in
 * front.
 *
 * @module
 */

import type { Flow } from "../counts.ts";
import type { Hierarchy } from "../hierarchy.ts";
import type { Access } from "./replay.ts";

/** A line, and whether it is dirty. */
type Entry = [line: number, dirty: boolean];

/** What a stream of accesses of one core moves. */
export function referenceFlow(h: Hierarchy, stream: readonly Access[]): Flow {
  const levels = h.levels.map(({ bytes, ways }) => ({
    ways,
    sets: Array.from({ length: bytes / h.lineBytes / ways }, () => [] as Entry[]),
  }));
  const misses = levels.map(() => 0), writtenBack = levels.map(() => 0);
  let dramRead = 0, dramWritten = 0;
  const put = (level: number, line: number, dirty: boolean) => {
    if (level === levels.length) return void (dramWritten += h.lineBytes);
    const { sets, ways } = levels[level], set = sets[line % sets.length];
    const at = set.findIndex(([other]) => other === line);
    const [[, before]] = at < 0 ? [[line, false] as Entry] : set.splice(at, 1);
    set.unshift([line, dirty || before]);
    const [old, oldDirty] = set.length > ways ? set.pop()! : [0, false];
    if (oldDirty) writtenBack[level]++, put(level + 1, old, true);
  };
  for (const { address, bytes = 4, store = false } of stream) {
    const last = Math.floor((address + bytes - 1) / h.lineBytes);
    for (let line = Math.floor(address / h.lineBytes); line <= last; line++) {
      let level = 0;
      while (
        level < levels.length &&
        !levels[level].sets[line % levels[level].sets.length].some(([l]) => l === line)
      ) misses[level++]++;
      if (level === levels.length) dramRead += h.lineBytes;
      else put(level, line, store && level === 0);
      while (level-- > 0) put(level, line, store && level === 0);
    }
  }
  return { misses, writtenBack, dramRead, dramWritten };
}
