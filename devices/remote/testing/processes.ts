/**
 * The processes of this machine. Deno reads `/proc` only where everything is allowed, so it is read
 * by `head`.
 *
 * @module
 */

/** A process. */
export interface Process {
  /** Its number. */
  readonly pid: number;
  /** The number of the one that started it. */
  readonly parent: number;
  /** Its command line. */
  readonly words: readonly string[];
}

/** All processes. */
export async function processes(): Promise<Process[]> {
  const script = "head -v -c 4096 /proc/[0-9]*/stat /proc/[0-9]*/cmdline";
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script], stderr: "null" })
    .output();
  const texts = new Map(
    new TextDecoder().decode(stdout).split(/^==> \/proc\//m).slice(1).map((section) => {
      const [path, text] = section.split(" <==\n");
      return [path, text] as const;
    }),
  );
  return [...texts].flatMap(([path, stat]) => {
    // The parent's number is the second word behind the program's name, which is in parentheses.
    const [, pid, parent] = /^(\d+) \(.*\) \S (\d+) /s.exec(path.endsWith("stat") ? stat : "") ??
      [];
    if (pid === undefined) return [];
    const words = (texts.get(`${pid}/cmdline`) ?? "").split("\0").slice(0, -1);
    return [{ pid: Number(pid), parent: Number(parent), words }];
  });
}
