/**
 * What records call devices whose ids tell of someone: an address, a serial number, a folder.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { OWN } from "./peers/own.ts";
import { parseAdbAddress, parseSshAddress } from "./remote/address.ts";

/** A device as others may know it. */
export interface PublishedDevice {
  /** What it is and a short hash, e.g. `"ssh:raspberry-pi-4-model-b-1f09c2#big"`. */
  readonly id: string;
  /** Texts that tell where it is, in place of which what it is may stand. */
  readonly secrets: readonly string[];
}

/**
 * Hex digits of a hash: enough to tell devices apart, too few to search the address behind it, as
 * thousands of others share them.
 */
const HASH_DIGITS = 6;

const PUBLISHED: Readonly<Record<string, (rest: string, name: string) => PublishedDevice>> = {
  "ssh:": (rest, name) => {
    const { host, user, cluster } = parseSshAddress(rest);
    const [place] = rest.split("#");
    const login = user === undefined ? [] : [`${user}@${host}`];
    return { id: called("ssh:", name, place, cluster), secrets: [place, ...login, host] };
  },
  "adb:": (rest, name) => {
    const { serial, cluster } = parseAdbAddress(rest);
    return { id: called("adb:", name, serial, cluster), secrets: [serial] };
  },
  [OWN]: (path) => {
    const id = `${OWN}${basename(path)}`, content = contentOf(path);
    return {
      id: content ? `${id}-${shortHash(content)}` : id,
      secrets: [resolve(path), ...(path.includes("/") ? [path] : [])],
    };
  },
};

/**
 * What records call a device; its id where that tells nothing of anyone.
 *
 * @param id As typed, e.g. `"ssh:pi@board#big"`.
 * @param name What the device says it is.
 */
export function publishDevice(id: string, name: string): PublishedDevice {
  const kind = Object.keys(PUBLISHED).find((kind) => id.startsWith(kind));
  return kind === undefined ? { id, secrets: [] } : PUBLISHED[kind](id.slice(kind.length), name);
}

/** The same place has the same name from run to run, and another place of the same model another. */
function called(kind: string, name: string, place: string, cluster: string | undefined): string {
  const model = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").slice(0, 40)
    .replaceAll(/^-+|-+$/g, "");
  const words = [model, shortHash(kind + place)].filter(Boolean).join("-");
  return `${kind}${words}${cluster === undefined ? "" : `#${cluster}`}`;
}

function shortHash(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex").slice(0, HASH_DIGITS);
}

/** Undefined of a program that is not here, which the device itself tells. */
function contentOf(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
