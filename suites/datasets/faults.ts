/**
 * What is wrong with a set on disk, told all at once.
 *
 * @module
 */

/** Longer lists end with how many more there are. */
const MOST = 10;

/** Collects what is wrong with a set, so that one refusal names all of it. */
export class Faults {
  readonly #texts: string[] = [];
  #damagedOnly = true;

  /** Number of faults so far. */
  get count(): number {
    return this.#texts.length;
  }

  /** Something is missing or does not fit. */
  add(text: string): void {
    this.#texts.push(text);
    this.#damagedOnly = false;
  }

  /** A file is damaged. */
  addDamage(text: string): void {
    this.#texts.push(text);
  }

  /**
   * Refuses the set when there are faults.
   *
   * @param what What cannot be done with what, e.g. `Cannot open videos "ucf"`.
   * @param rule What is accepted, e.g. `"each class must be a folder of videos"`.
   * @throws {SyntaxError} when all faults are damaged files.
   * @throws {RangeError} when there are others.
   */
  refuse(what: string, rule: string): void {
    if (this.count === 0) return;
    const listed = this.#texts.slice(0, MOST);
    if (this.count > MOST) listed.push(`and ${this.count - MOST} more`);
    const value = this.count === 1 ? listed[0] : `${this.count} faults\n  ${listed.join("\n  ")}`;
    const message = `${what} as ${rule}: current value is ${value}`;
    throw this.#damagedOnly ? new SyntaxError(message) : new RangeError(message);
  }
}
