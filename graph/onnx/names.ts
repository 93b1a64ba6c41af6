/**
 * Names that nothing else has.
 *
 * @module
 */

/** Names that are taken. */
export class Names {
  /** How often each has been asked for. */
  readonly #counts = new Map<string, number>();

  /** Starts with names that are taken. */
  constructor(names: Iterable<string> = []) {
    for (const name of names) this.add(name);
  }

  /** Takes a name. */
  add(name: string): void {
    this.#counts.set(name, 1);
  }

  /** `name`, or else `name_2` and so on, which is then taken. */
  free(name: string): string {
    let count = this.#counts.get(name) ?? 0;
    let free = name;
    while (this.#counts.has(free)) free = `${name}_${++count}`;
    this.#counts.set(name, Math.max(count, 1));
    this.#counts.set(free, 1);
    return free;
  }
}
