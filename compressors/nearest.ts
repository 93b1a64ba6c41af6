/**
 * Names near to a mistyped one, for error messages.
 *
 * @module
 */

/** Levenshtein distance: insertions, deletions and substitutions that turn `a` into `b`. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(previous[j] + 1, row[j - 1] + 1, substituted));
    }
    previous = row;
  }
  return previous[b.length];
}

/** The `count` names nearest to `name`, quoted, nearest first; equally near ones in given order. */
export function nearest(name: string, names: readonly string[], count = 2): string[] {
  return names
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map(({ candidate }) => `"${candidate}"`);
}
