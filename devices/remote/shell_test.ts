import { assertEquals, assertRejects } from "@std/assert";
import { run } from "./shell.ts";
import { eventually } from "./testing/machine_root.ts";
import { localTransport } from "./testing/local_transport.ts";
import { processes } from "./testing/processes.ts";
import { RemoteError, type Transport } from "./transport.ts";

/** A process that no other test has. */
const SLEEP = ["sleep", "987.25"];

async function sleeping(): Promise<boolean> {
  return (await processes()).some(({ words }) => words.join(" ") === SLEEP.join(" "));
}

/** Path of a program; undefined when it is not installed. */
async function pathOf(program: string): Promise<string | undefined> {
  const args = ["-c", `command -v ${program}`];
  return new TextDecoder().decode((await new Deno.Command("sh", { args }).output()).stdout)
    .trim() ||
    undefined;
}

// Boards have one of the first three, Android the last.
for (const shell of ["dash", "bash", "busybox", "mksh"]) {
  const path = await pathOf(shell);
  let transport: Pick<Transport, "start">;
  const test = (name: string, fn: () => Promise<void>) =>
    Deno.test({
      name: `${shell}: ${name} (needs ${shell})`,
      ignore: path === undefined,
      async fn() {
        const folder = await Deno.makeTempDir();
        transport = localTransport(folder);
        try {
          await Deno.symlink(path!, `${folder}/sh`);
          await fn();
        } finally {
          await Deno.remove(folder, { recursive: true });
        }
      },
    });

  test("words arrive as they are, and output, errors and code come back", async () => {
    const words = ["it's", '$HOME `id` "x" \\', "a\nb", "", "*", "# é"];
    const script = 'for word; do printf "[%s]" "$word"; done; echo no >&2; exit 3';
    assertEquals(await run(transport, ["sh", "-c", script, "sh", ...words]), {
      code: 3,
      stdout: words.map((word) => `[${word}]`).join(""),
      stderr: "no\n",
    });
  });

  test("codes tell what cannot be started, and what a signal ended", async () => {
    const codes = [["sh", "-c", "kill -9 $$"], ["/"], ["/nowhere/at all"]]
      .map(async (words) => (await run(transport, words)).code);
    assertEquals(await Promise.all(codes), [137, 126, 127]);
  });

  test("an aborted command is dead, and so is one whose time is over", async () => {
    const stop = new AbortController();
    const ended = assertRejects(
      () => run(transport, SLEEP, { signal: stop.signal }),
      Error,
      "enough of it",
    );
    await eventually(sleeping, "it sleeps");
    stop.abort(new Error("enough of it"));
    await ended;
    assertEquals(await sleeping(), false);
    await assertRejects(
      () => run(transport, SLEEP, { limitMs: 300 }),
      RemoteError,
      'Cannot wait for "sleep" longer than 0.3 s',
    );
    assertEquals(await sleeping(), false);
    await assertRejects(
      () => run(transport, SLEEP, { signal: stop.signal }),
      Error,
      "enough of it",
    );
    assertEquals(await sleeping(), false);
  });
}
