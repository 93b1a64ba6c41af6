/**
 * What records call the devices of a run, so that nobody's address, name or folders stand in them.
 *
 * @module
 */

import { homedir } from "node:os";
import { publishDevice } from "../devices/published.ts";

/** Fields whose texts are said by devices, compilers and systems. */
const MESSAGES = new Set(["message", "reason", "notes", "unavailable", "origin"]);

/** The names of a run's devices, both ways. */
export class PublishedNames {
  readonly #published = new Map<string, string>();
  readonly #typed = new Map<string, string>();
  readonly #secrets = new Map<string, string>();
  readonly #pattern: RegExp | undefined;

  /**
   * @param devices Ids as typed, each with what the device says it is.
   * @throws {RangeError} when two ids mean the same device.
   */
  constructor(devices: Iterable<readonly [id: string, name: string]>) {
    for (const [typed, name] of devices) {
      const { id, secrets } = publishDevice(typed, name);
      const same = this.#typed.get(id);
      if (same !== undefined) {
        throw new RangeError(
          `Cannot compare "${typed}" with "${same}" as both are the same device, ${id}`,
        );
      }
      this.#published.set(typed, id);
      this.#typed.set(id, typed);
      const [, word] = /^\w+:(.*?)(?:#.*)?$/.exec(id) ?? [];
      for (const secret of secrets) this.#secrets.set(secret, word);
      if (secrets.length) this.#secrets.set(typed, id);
    }
    this.#pattern = patternOf([...this.#secrets.keys()]);
  }

  /** What records call a device; anything else as it is. */
  published(id: string): string {
    return this.#published.get(id) ?? id;
  }

  /** How a device of the records is opened; anything else as it is. */
  typed(id: string): string {
    return this.#typed.get(id) ?? id;
  }

  /** How devices are opened that records call otherwise; undefined when there are none. */
  get addresses(): Readonly<Record<string, string>> | undefined {
    const other = [...this.#typed].filter(([id, typed]) => id !== typed);
    return other.length ? Object.fromEntries(other) : undefined;
  }

  /** A text without the devices' addresses. */
  inText(text: string): string {
    if (this.#pattern === undefined) return text;
    return text.replaceAll(this.#pattern, (secret) => this.#secrets.get(secret) ?? secret);
  }

  /** What someone or something said, also without folders of a person and addresses of a network. */
  inMessage(message: string): string {
    const text = withoutFolders(this.inText(message));
    return this.#secrets.size ? text.replaceAll(/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, "(address)") : text;
  }

  /** A value whose messages are told by {@linkcode inMessage}. */
  inMessagesOf<T>(value: T): T {
    return walk(value, undefined, (text) => this.inMessage(text)) as T;
  }
}

/**
 * A text in which files of a person, of this machine or another one, have their last name alone:
 * those in homes, in folders of temporary files and in the one where the command is typed.
 */
function withoutFolders(text: string): string {
  const homes = ["/home/[^/\\s\"']+", "/Users/[^/\\s\"']+", "/root", ...known([homedir()])];
  const others = known(["/tmp", "/var/tmp", "/var/folders", "/private", Deno.cwd()]);
  const name = "[^\\s/\"'`,;:()]+";
  const within = (folders: readonly string[]) =>
    new RegExp(`(?<![\\w./-])(?:${folders.join("|")})(?:/${name})*/(${name})/?`, "g");
  return text
    .replaceAll(within(others), "$1")
    .replaceAll(within(homes), "$1")
    .replaceAll(new RegExp(`(?<![\\w./-])(?:${homes.join("|")})(?![\\w-])`, "g"), "~");
}

function known(folders: readonly string[]): string[] {
  return folders.filter((folder) => folder.length > 1).map((folder) => RegExp.escape(folder));
}

/** The longest first, each as a whole word. */
function patternOf(texts: readonly string[]): RegExp | undefined {
  if (texts.length === 0) return undefined;
  const longest = texts.toSorted((a, b) => b.length - a.length).map(RegExp.escape).join("|");
  return new RegExp(`(?<![\\w-]|\\w\\.)(?:${longest})(?![\\w-]|\\.\\w)`, "g");
}

function walk(value: unknown, key: string | undefined, tell: (text: string) => string): unknown {
  if (typeof value === "string") {
    return key !== undefined && MESSAGES.has(key) ? tell(value) : value;
  }
  if (Array.isArray(value)) return value.map((one) => walk(one, key, tell));
  if (value === null || typeof value !== "object") return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, walk(part, name, tell)]),
  );
}
