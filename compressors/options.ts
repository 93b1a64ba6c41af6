/**
 * Reading the options of a compressor.
 *
 * @module
 */

import { nearest } from "./nearest.ts";
import { parseBlock } from "./sparsity/schemes.ts";
import type { Block } from "./sparsity/schemes.ts";

/** Reads named options one by one; what is absent has its default. */
export class OptionReader {
  readonly #compressor: string;
  readonly #raw: Readonly<Record<string, unknown>>;

  /**
   * Checks the names that `raw` has.
   *
   * @param raw An object with some of the `names`, or undefined for all defaults.
   * @throws {TypeError} when it is no object.
   * @throws {RangeError} when it has an option of another name.
   */
  constructor(compressor: string, raw: unknown, names: readonly string[]) {
    this.#compressor = compressor;
    if (raw === undefined) raw = {};
    if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
      throw new TypeError(
        `Cannot read options of "${compressor}" as they must be an object: current value is ${raw}`,
      );
    }
    this.#raw = raw as Record<string, unknown>;
    for (const name of Object.keys(this.#raw)) {
      if (names.includes(name)) continue;
      throw new RangeError(
        `Cannot read options of "${compressor}" as it has no option "${name}": ` +
          (names.length ? `did you mean ${nearest(name, names).join(" or ")}?` : "it takes none"),
      );
    }
  }

  /** One of a few names. @throws {RangeError} when it is none of them. */
  choice<Name extends string>(name: string, names: readonly Name[], fallback: Name): Name {
    const value = this.#raw[name] ?? fallback;
    const found = names.find((candidate) => candidate === value);
    if (found !== undefined) return found;
    throw new RangeError(this.#message(name, `one of "${names.join('", "')}"`, value));
  }

  /** True or false. @throws {TypeError} when it is neither. */
  flag(name: string, fallback: boolean): boolean {
    const value = this.#raw[name] ?? fallback;
    if (typeof value === "boolean") return value;
    throw new TypeError(this.#message(name, "true or false", value));
  }

  /** An integer of at least 1. @throws {RangeError} when it is not. */
  count(name: string, fallback: number): number {
    const value = this.#raw[name] ?? fallback;
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1) return value;
    throw new RangeError(this.#message(name, "an integer of at least 1", value));
  }

  /** A number from `least` to `most`, both included. @throws {RangeError} when it is not. */
  number(name: string, fallback: number, least: number, most: number): number {
    const value = this.#raw[name] ?? fallback;
    if (typeof value === "number" && value >= least && value <= most) return value;
    throw new RangeError(this.#message(name, `a number from ${least} to ${most}`, value));
  }

  /** A block size such as `"8x4"`. @throws {TypeError|SyntaxError} when it is not one. */
  block(name: string, fallback: string): Block {
    const value = this.#raw[name] ?? fallback;
    if (typeof value === "string") return parseBlock(value);
    throw new TypeError(this.#message(name, 'a text such as "8x4"', value));
  }

  #message(name: string, expected: string, value: unknown): string {
    const shown = typeof value === "string" ? `"${value}"` : String(value);
    return `Cannot read options of "${this.#compressor}" as "${name}" must be ${expected}: ` +
      `current value is ${shown}`;
  }
}
