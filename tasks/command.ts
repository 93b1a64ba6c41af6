/**
 * How every task runs: an error is told in one line, Ctrl-C ends the work in good order, and the
 * exit code says how it went.
 *
 * @module
 */

import { ProgressLine } from "./progress_line.ts";

/** What a shell expects of a program that was interrupted. */
export const INTERRUPTED = 130;

/** What the work of a command is given. */
export interface CommandContext {
  /** Aborted by the first Ctrl-C; the second ends the process. */
  readonly signal: AbortSignal;
  /** Shows how far it is. */
  readonly progress: ProgressLine;
}

/**
 * Runs a command.
 *
 * @param onInterrupt What Ctrl-C does, in a word or two.
 * @returns The exit code: that of the work, 1 after an error, 130 when interrupted.
 */
export async function runCommand(
  work: (context: CommandContext) => number | Promise<number>,
  onInterrupt = "stopping",
): Promise<number> {
  const interrupt = new AbortController();
  const progress = new ProgressLine();
  const onSignal = () => {
    if (interrupt.signal.aborted) Deno.exit(INTERRUPTED);
    progress.say(`interrupted: ${onInterrupt} (Ctrl-C again to stop at once)`);
    interrupt.abort(new Error("interrupted"));
  };
  Deno.addSignalListener("SIGINT", onSignal);
  Deno.addSignalListener("SIGTERM", onSignal);
  try {
    return await work({ signal: interrupt.signal, progress });
  } catch (error) {
    progress.clear();
    if (interrupt.signal.aborted) return INTERRUPTED;
    console.error(`error: ${error instanceof Error ? error.message : error}`);
    if (Deno.env.get("KERF_DEBUG")) console.error(error);
    return 1;
  } finally {
    progress.clear();
    Deno.removeSignalListener("SIGINT", onSignal);
    Deno.removeSignalListener("SIGTERM", onSignal);
  }
}

/** Prints text to standard output, with one line end after it; all went well. */
export function print(text: string): 0 {
  console.log(text.trimEnd());
  return 0;
}
