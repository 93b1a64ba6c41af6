/**
 * `deno task build`: compiles the kernels, or says that it was done before.
 *
 * @module
 */

import { dirname, relative } from "node:path";
import { parseArgs } from "@std/cli";
import { nearest } from "../compressors/nearest.ts";
import { build, type BuildTarget } from "../kernels/build.ts";

const HELP = `deno task build [--target NAME]

Compiles the kernels with the system's C compiler (CC, cc, gcc or clang) into .build/<target>/<key>,
where the key is a hash of sources, flags and compiler. What has been built is not built again.

  --target NAME     native          this machine (default)
                    aarch64-linux   64-bit ARM, by aarch64-linux-gnu-gcc
                    sanitized       this machine, with address and undefined-behaviour checks
                    emulation       the emulator's plugin, for the emulated phones
  --help            this text
`;

const TARGETS = [
  "native",
  "aarch64-linux",
  "sanitized",
  "emulation",
] as const satisfies readonly BuildTarget[];

function targetOf(name: string): BuildTarget {
  const found = TARGETS.find((target) => target === name);
  if (found) return found;
  throw new RangeError(
    `Cannot find target "${name}": did you mean ${nearest(name, TARGETS).join(" or ")}?`,
  );
}

async function main(args: string[]): Promise<void> {
  const flags = parseArgs(args, {
    string: ["target"],
    boolean: ["help"],
    unknown: (argument: string) => {
      throw new RangeError(`Cannot build as "${argument}" is no option: see --help`);
    },
  });
  if (flags.help) return console.log(HELP.trimEnd());
  const target = targetOf(flags.target ?? "native");
  let compiled = 0;
  const { key, executable, compiler } = await build({
    target,
    onProgress: (message) => {
      compiled++;
      console.log(message);
    },
  });
  const folder = relative(Deno.cwd(), dirname(executable));
  console.log(
    `${compiled ? "built" : "up to date"}: ${target}, key ${key}\n` +
      `compiler  ${compiler}\nfolder    ${folder}`,
  );
}

if (import.meta.main) {
  try {
    await main(Deno.args);
  } catch (error) {
    console.error(error instanceof Error ? `error: ${error.message}` : error);
    Deno.exit(1);
  }
}
