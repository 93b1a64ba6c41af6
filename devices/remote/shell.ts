/**
 * Commands on another machine whose lives hang on ours: each holds on to its input, and when that
 * ends, because we abort, end, are killed or lose the connection, the command is killed there.
 *
 * @module
 */

import { type Limits, withLimit } from "./limit.ts";
import type { Ending, Transport } from "./transport.ts";

/** A word of a POSIX command line. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command with its arguments as a line of POSIX shell. */
export function commandLine(words: readonly string[]): string {
  return words.map(quote).join(" ");
}

/**
 * Runs its arguments as a command, and kills it when input ends. Input is read by a shell's own
 * `read`, so that no other process is left waiting for it; a milder signal than 9 is lost on a
 * subshell of Android's that has only just been made.
 */
const LIFELINE = 'exec 3<&0; "$@" </dev/null 3<&- & p=$!; ' +
  "{ read -r line <&3; kill -9 $p; } >/dev/null 2>&1 & w=$!; " +
  "wait $p; s=$?; kill -9 $w 2>/dev/null; exit $s";

/** How long a command may take to die when it is told to, milliseconds. */
const GRACE_MS = 5000;

/** What a command said, and how it ended. */
export interface Output extends Ending {
  /** All of its output. */
  readonly stdout: string;
}

/** Options of {@linkcode run}. */
export interface RunOptions extends Partial<Limits> {
  /** Milliseconds. @default {60_000} */
  readonly limitMs?: number;
}

/**
 * Runs a command to its end, whatever its code.
 *
 * @throws {RemoteError} when the connection breaks or time is over. The signal's reason when it is
 * aborted; the command is then dead, if the other side still answers.
 */
export function run(
  transport: Pick<Transport, "start">,
  words: readonly string[],
  { signal, limitMs = 60_000 }: RunOptions = {},
): Promise<Output> {
  const limits = { limitMs, ...(signal && { signal }) };
  return withLimit(`"${words[0]}"`, limits, async (signal) => {
    const command = await transport.start(
      commandLine(["sh", "-c", LIFELINE, "sh", ...words]),
      { signal },
    );
    let grace: ReturnType<typeof setTimeout> | undefined;
    const stop = () => {
      command.endInput().catch(() => command.abandon());
      grace = setTimeout(() => command.abandon(), GRACE_MS);
    };
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    try {
      const [stdout, ending] = await Promise.all([
        new Response(command.stdout).text(),
        command.ended,
      ]);
      return { ...ending, stdout };
    } finally {
      signal.removeEventListener("abort", stop);
      clearTimeout(grace);
    }
  });
}
