/**
 * The attributes of one node of a file, taken by name with the defaults of the standard.
 *
 * @module
 */

import type { AttributeValue } from "./file.ts";
import type { FileTensor } from "./file_tensor.ts";

/**
 * The attributes of one node in a file. What does not fit is noted as a problem rather than thrown,
 * so that one error can list all.
 */
export class AttributeReader {
  readonly #values: Map<string, AttributeValue>;
  readonly #problem: (text: string) => void;

  /** Reads from `values`; `problem` is called with each thing that is not supported. */
  constructor(values: ReadonlyMap<string, AttributeValue>, problem: (text: string) => void) {
    this.#values = new Map(values);
    this.#problem = problem;
  }

  /** Whether the file gives the attribute and nobody took it yet. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** Takes an integer. */
  int(name: string, fallback: number): number {
    const found = this.#take(name);
    if (!found) return fallback;
    if (found.kind === "int" && Number.isSafeInteger(found.value)) return found.value;
    return this.#wrong(name, "an integer", fallback);
  }

  /** Takes a float; the default is rounded to float32, as the file's values are. */
  float(name: string, fallback: number): number {
    const found = this.#take(name);
    if (!found) return Math.fround(fallback);
    if (found.kind === "float") return found.value;
    return this.#wrong(name, "a number", Math.fround(fallback));
  }

  /** Takes a string that must be one of some. */
  choice<Choice extends string>(
    name: string,
    choices: readonly Choice[],
    fallback: NoInfer<Choice>,
  ): Choice {
    const found = this.#take(name);
    if (!found) return fallback;
    const choice = choices.find((choice) => choice === found.value);
    if (choice !== undefined) return choice;
    this.#problem(`${name}=${shown(found)} (supported: ${choices.join(", ")})`);
    return fallback;
  }

  /** Takes a list of integers. */
  ints(name: string): readonly number[] | undefined;
  /** Takes a list of integers, with a default. */
  ints(name: string, fallback: readonly number[]): readonly number[];
  ints(name: string, fallback?: readonly number[]): readonly number[] | undefined {
    const found = this.#take(name);
    if (!found) return fallback;
    if (found.kind === "ints") return found.value;
    return this.#wrong(name, "a list of integers", fallback);
  }

  /** Takes a list of numbers. */
  floats(name: string): readonly number[] | undefined {
    const found = this.#take(name);
    if (!found || found.kind === "floats") return found?.value;
    // An empty list has no kind of its own in files that leave the type out.
    if (found.kind === "ints" && found.value.length === 0) return found.value;
    return this.#wrong(name, "a list of numbers", undefined);
  }

  /** Takes a tensor. */
  tensor(name: string): FileTensor | undefined {
    const found = this.#take(name);
    if (!found || found.kind === "tensor") return found?.value;
    return this.#wrong(name, "a tensor", undefined);
  }

  /** Takes an integer of which only one value is supported, which is also the default. */
  only(name: string, supported: number): void {
    const found = this.#take(name);
    if (found && found.value !== supported) {
      this.#problem(`${name}=${shown(found)} (supported: ${supported})`);
    }
  }

  /** Takes attributes that do not matter for inference. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#take(name);
  }

  /** Notes every attribute that nobody took. */
  end(): void {
    for (const [name, found] of this.#values) {
      this.#problem(`unknown attribute ${name}=${shown(found)}`);
    }
  }

  #take(name: string): AttributeValue | undefined {
    const value = this.#values.get(name);
    this.#values.delete(name);
    return value;
  }

  #wrong<Fallback>(name: string, expected: string, fallback: Fallback): Fallback {
    this.#problem(`${name} must be ${expected}`);
    return fallback;
  }
}

/** A value as problems show it. */
function shown({ kind, value }: AttributeValue): string {
  const text = kind === "tensor" ? "a tensor" : `${value}`;
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
