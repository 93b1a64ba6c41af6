/**
 * `deno task doctor`: everything optional on this machine, what it is for, and what brings it.
 *
 * @module
 */

import {
  type Check,
  CHECKS,
  type Finding,
  type Machine,
  thisMachine,
} from "../harness/environment/checks.ts";
import { printable } from "../harness/report/format.ts";
import { print, runCommand } from "./command.ts";
import { readFlags, UsageError } from "./flags.ts";

const HELP = `deno task doctor [--json]

Tells what Kerf can use on this machine: programs, libraries, counters, sensors and settings, each
with what it is for, and what brings it where it is missing. Nothing here is needed but the C
compiler. The exit code is 0 whatever is missing.

  --json            print everything as JSON
  --help            this text
`;

/** A check with what it found. */
interface Checked extends Finding {
  readonly name: string;
  readonly purpose: string;
  readonly remedy: string;
}

/** Does what a command line asks for; gives the exit code. */
export function doctor(args: string[], machine: () => Machine = thisMachine): Promise<number> {
  return runCommand(async ({ progress, signal }) => {
    const flags = readFlags(args, {
      values: [],
      switches: ["json", "help"],
      alias: { help: "h" },
    });
    if (flags.help) return print(HELP);
    if (flags._.length > 0) {
      throw new UsageError(
        `Cannot run as there must be no words but options: current value is "${flags._[0]}"`,
      );
    }
    const looked = machine();
    using _files = looked.files;
    const checked: Checked[] = [];
    for (const check of CHECKS) {
      signal.throwIfAborted();
      progress.show({ label: check.name, fraction: checked.length / CHECKS.length });
      checked.push(await carryOut(check, looked));
    }
    progress.clear();
    return print(flags.json ? JSON.stringify(checked, null, 2) : renderChecks(checked));
  });
}

async function carryOut({ name, purpose, remedy, find }: Check, machine: Machine) {
  return { name, purpose, remedy, ...await find(machine) };
}

/** What was found, as text: what is there first, then what is missing, each with what brings it. */
function renderChecks(checked: readonly Checked[]): string {
  const width = Math.max(...checked.map(({ name }) => name.length)) + 2;
  const line = (name: string, text: string) => `  ${name.padEnd(width)}${printable(text)}`;
  const good = checked.filter(({ ok }) => ok), bad = checked.filter(({ ok }) => !ok);
  return [
    "here",
    ...good.map(({ name, found, purpose }) => line(name, found || purpose)),
    "",
    "missing, or not as it should be",
    ...bad.flatMap(({ name, found, purpose, remedy }) => [
      line(name, purpose),
      ...(found === "" ? [] : [line("", `now:  ${found}`)]),
      line("", `want: ${remedy}`),
    ]),
    ...(bad.length === 0 ? ["  nothing"] : []),
  ].join("\n");
}

if (import.meta.main) Deno.exit(await doctor(Deno.args));
