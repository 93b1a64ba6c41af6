/**
 * Reading the file of a chip: every number has a reference, and nothing is there that is not read.
 *
 * @module
 */

/** An object of a file, read field by field. */
export class Fields {
  readonly #path: string;
  readonly #raw: Readonly<Record<string, unknown>>;
  readonly #references: Map<string, string>;
  readonly #texts: Readonly<Record<string, string>>;

  private constructor(
    path: string,
    raw: unknown,
    references: Map<string, string>,
    texts: Readonly<Record<string, string>>,
  ) {
    if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
      throw new TypeError(message(path, "an object", raw));
    }
    this.#path = path;
    this.#raw = raw as Record<string, unknown>;
    this.#references = references;
    this.#texts = texts;
  }

  /**
   * Reads a whole file, whose field `references` has the texts that numbers refer to by name.
   *
   * @param path What errors call the file.
   * @throws {TypeError} when it is no object, or its references are no texts.
   */
  static of(path: string, raw: unknown): Fields {
    const texts = (raw as { references?: Record<string, string> } | null)?.references ?? {};
    for (const [name, text] of Object.entries(texts)) {
      if (typeof text !== "string" || !text) {
        throw new TypeError(message(`${path}.references.${name}`, "a text", text));
      }
    }
    return new Fields(path, raw, new Map(), texts);
  }

  /** References of the numbers read so far, by their path. */
  get references(): ReadonlyMap<string, string> {
    return this.#references;
  }

  /** A text that is not empty. @throws {TypeError} when it is none. */
  text(name: string): string {
    const value = this.#raw[name];
    if (typeof value === "string" && value) return value;
    throw new TypeError(message(this.#at(name), "a text", value));
  }

  /** True or false. @throws {TypeError} when it is neither. */
  flag(name: string): boolean {
    const value = this.#raw[name];
    if (typeof value === "boolean") return value;
    throw new TypeError(message(this.#at(name), "true or false", value));
  }

  /** An object. @throws {TypeError} when it is none. */
  object(name: string): Fields {
    return new Fields(this.#at(name), this.#raw[name], this.#references, this.#texts);
  }

  /** Objects. @throws {TypeError} when it is no array of them. */
  objects(name: string): Fields[] {
    const value = this.#raw[name];
    if (!Array.isArray(value)) throw new TypeError(message(this.#at(name), "an array", value));
    return value.map((raw, i) =>
      new Fields(`${this.#at(name)}[${i}]`, raw, this.#references, this.#texts)
    );
  }

  /**
   * A number with its reference, `{ value, reference }`.
   *
   * @throws {TypeError} when it is not that.
   * @throws {RangeError} when the value is not from `least` to `most`, or the reference is unknown.
   */
  number(name: string, least: number, most: number): number {
    const path = this.#at(name), { value, reference } = this.object(name).#raw;
    if (typeof value !== "number") throw new TypeError(message(`${path}.value`, "a number", value));
    if (!(value >= least && value <= most)) {
      throw new RangeError(message(`${path}.value`, `from ${least} to ${most}`, value));
    }
    const text = this.#texts[String(reference)];
    if (!text) {
      const known = Object.keys(this.#texts).join(", ");
      throw new RangeError(message(`${path}.reference`, `one of ${known}`, reference));
    }
    this.#references.set(path, text);
    return value;
  }

  /**
   * An integer with its reference.
   *
   * @throws {TypeError|RangeError} as `number`, and when it is not whole.
   */
  integer(name: string, least: number, most: number): number {
    const value = this.number(name, least, most);
    if (Number.isInteger(value)) return value;
    throw new RangeError(message(`${this.#at(name)}.value`, "an integer", value));
  }

  /** Refuses fields of other names. @throws {RangeError} when there is one. */
  only(...names: readonly string[]): void {
    const other = Object.keys(this.#raw).find((name) => !names.includes(name));
    if (other !== undefined) {
      throw new RangeError(message(this.#path, `fields of the names ${names.join(", ")}`, other));
    }
  }

  /** Refuses a value. */
  refuse(name: string, expected: string): RangeError {
    return new RangeError(message(this.#at(name), expected, this.#raw[name]));
  }

  #at(name: string): string {
    return `${this.#path}.${name}`;
  }
}

function message(path: string, expected: string, value: unknown): string {
  return `Cannot read chip "${path.split(".")[0]}" as "${path}" must be ${expected}: ` +
    `current value is ${JSON.stringify(value)}`;
}
