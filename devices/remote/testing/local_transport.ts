/**
 * Commands on this machine, by a shell of choice.
 *
 * @module
 */

import type { Transport } from "../transport.ts";

/** A way to this machine on which `sh` is the one in a folder, e.g. a link to another shell. */
export function localTransport(folder: string): Pick<Transport, "start"> {
  return {
    start(line) {
      const child = new Deno.Command(`${folder}/sh`, {
        args: ["-c", line],
        env: { PATH: `${folder}:${Deno.env.get("PATH")}` },
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const ended = Promise.all([new Response(child.stderr).text(), child.status])
        .then(([stderr, { code }]) => ({ code, stderr }))
        .finally(() => child.stdin.close().catch(() => {})); // closed already
      return Promise.resolve({
        stdout: child.stdout,
        ended,
        endInput: () => child.stdin.close(),
        abandon: () => child.kill(),
      });
    },
  };
}
