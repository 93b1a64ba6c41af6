/**
 * A system made of files, and a clock that tests move.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { setImmediate } from "node:timers";
import type { Rail } from "./rail.ts";
import { SystemFiles } from "./system_files.ts";

/** A system in a temporary folder; disposing of it removes it. */
export interface FakeSystem extends Disposable {
  /** Its root. */
  readonly root: string;
  /** Its files, as readers see them. */
  readonly files: SystemFiles;
  /** Writes a file, which readers see at once. */
  write(path: string, text: string | number): void;
}

/** Makes a system with these files. */
export function fakeSystem(files: Readonly<Record<string, string | number>>): FakeSystem {
  const root = Deno.makeTempDirSync();
  const write = (path: string, text: string | number) => {
    Deno.mkdirSync(join(root, dirname(path)), { recursive: true });
    Deno.writeTextFileSync(join(root, path), `${text}\n`);
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
  const opened = SystemFiles.open(root);
  if (!opened) throw new Error("Cannot make a system as these tests need Linux");
  return {
    root,
    files: opened,
    write,
    [Symbol.dispose]() {
      opened[Symbol.dispose]();
      Deno.removeSync(root, { recursive: true });
    },
  };
}

/** A clock in seconds that stands still but while all wait, and then goes to where the first awakes. */
export function scriptedClock() {
  let time = 0;
  const waiting: { readonly until: number; readonly wake: () => void }[] = [];
  const step = () => {
    waiting.sort((a, b) => a.until - b.until);
    const { until, wake } = waiting.shift()!;
    time = until;
    wake();
  };
  return {
    now: () => time,
    delay: (seconds: number): Promise<void> =>
      new Promise((wake) => {
        waiting.push({ until: time + seconds, wake });
        setImmediate(step);
      }),
  };
}

/** A rail that shows what `read` gives. */
export function scriptedRail(
  name: string,
  kind: Rail["kind"],
  read: () => number | undefined,
): Rail {
  return { name, origin: `scripted ${name}`, kind, read, [Symbol.dispose]: () => {} };
}
