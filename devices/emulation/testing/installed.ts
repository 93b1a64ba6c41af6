/**
 * Whether programs are installed that tests need.
 *
 * @module
 */

/** Whether a program can be started and tells its version. */
export async function installed(command: string): Promise<boolean> {
  try {
    return (await new Deno.Command(command, { args: ["--version"] }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
