/**
 * Python, as far as it has a module.
 *
 * @module
 */

/** The one that a person chose, by an environment for instance; then Debian's, with its packages. */
const PYTHONS = ["python3", "/usr/bin/python3"];

/** The first Python that can import `module`; undefined where there is none. */
export async function pythonWith(module: string): Promise<string | undefined> {
  for (const python of PYTHONS) {
    try {
      const { success } = await new Deno.Command(python, {
        args: ["-c", `import ${module}`],
        stdout: "null",
        stderr: "null",
      }).output();
      if (success) return python;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}
