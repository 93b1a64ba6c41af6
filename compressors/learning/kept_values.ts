/**
 * Values that were costly to find, remembered by key, in a file where one is given.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { fromNumberJson, toNumberJson } from "../../training/number_json.ts";

/** Numbers by name. */
type Numbers = Readonly<Record<string, number>>;

/** Remembers what was found. The file has one line of JSON for each key and is only ever added to. */
export class KeptValues {
  readonly #path: string | undefined;
  readonly #known = new Map<string, Numbers>();

  /**
   * Reads what the file has. A last line that a killed process left half written is dropped.
   *
   * @param path Of the file, which need not exist. @default nothing is kept
   */
  constructor(path?: string) {
    this.#path = path;
    if (path === undefined || !existsSync(path)) return;
    const text = Deno.readTextFileSync(path);
    const end = text.lastIndexOf("\n") + 1;
    if (end < text.length) {
      Deno.truncateSync(path, new TextEncoder().encode(text.slice(0, end)).length);
    }
    for (const line of text.slice(0, end).split("\n").filter((line) => line !== "")) {
      const [key, value] = fromNumberJson(line) as [string, Numbers];
      this.#known.set(key, value);
    }
  }

  /** What is remembered under `key`, else what `find` finds, which is then remembered. */
  async get<Value extends Numbers>(key: string, find: () => Promise<Value>): Promise<Value> {
    const known = this.#known.get(key);
    if (known) return known as Value;
    const found = await find();
    this.#known.set(key, found);
    if (this.#path !== undefined) {
      Deno.writeTextFileSync(this.#path, `${toNumberJson([key, found])}\n`, { append: true });
    }
    return found;
  }
}
