/**
 * How a process ended, in words.
 *
 * @module
 */

/** How much of what a process wrote to its standard error is kept for a message, characters. */
export const STDERR_TAIL = 2000;

/** Signals that mean that native code went wrong, in words. */
const SIGNAL_MEANINGS: Readonly<Record<string, string>> = {
  SIGABRT: "it aborted itself",
  SIGBUS: "bad memory access",
  SIGFPE: "bad arithmetic",
  SIGILL: "illegal instruction",
  SIGKILL: "killed from outside, often for lack of memory",
  SIGSEGV: "bad memory access",
};

/**
 * How a process ended, e.g. `"ended by SIGSEGV (bad memory access): TEXT"`.
 *
 * @param errors What it wrote to its standard error, of which the end is told.
 */
export function describeEnd({ code, signal }: Deno.CommandStatus, errors: string): string {
  const meaning = signal === null ? undefined : SIGNAL_MEANINGS[signal];
  const how = signal !== null
    ? `by ${signal}${meaning ? ` (${meaning})` : ""}`
    : `with exit code ${code}`;
  const tail = errors.trim().slice(-STDERR_TAIL);
  return `ended ${how}${tail && `: ${tail}`}`;
}
