/**
 * `kerf-run` as a command: the cores it keeps to, its warm-up, its clocks.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { build } from "./build.ts";
import { writePlan } from "./plan/write.ts";
import { everyKind } from "./testing/plans.ts";

/** What it prints, as far as these tests go. */
interface Report {
  readonly warmup_ns: readonly number[];
  readonly calls_ns: readonly number[];
  readonly clocks: readonly (readonly [cpu: number, before: number, after: number])[];
}

/** Gives a command for a small plan, by its further arguments; it has at most so many KiB, if any. */
async function withCommand(
  work: (command: (...args: string[]) => Deno.Command) => Promise<void>,
  limit?: number,
): Promise<void> {
  const plan = await Deno.makeTempFile();
  try {
    const { executable } = await build();
    await writePlan(everyKind(1), plan);
    const limited = limit === undefined ? [] : ["-c", `ulimit -v ${limit} && exec "$@"`, "sh"];
    await work((...words) => {
      const [program, ...args] = [...limited.length ? ["sh"] : [], ...limited, executable, plan];
      return new Deno.Command(program, {
        args: [...args, ...words],
        stdout: "piped",
        stderr: "piped",
      });
    });
  } finally {
    await Deno.remove(plan);
  }
}

/** The cores that tasks may use, of files of `/proc`, which Deno does not read by itself. */
async function allowedCores(files = "/proc/self/status"): Promise<string[]> {
  const args = ["-c", `cat ${files}`];
  const { stdout } = await new Deno.Command("sh", { args, stderr: "null" }).output();
  return [...new TextDecoder().decode(stdout).matchAll(/^Cpus_allowed_list:\s*(\S+)$/gm)]
    .map(([, list]) => list);
}

Deno.test("kerf-run warms up until calls and milliseconds are both reached", async () => {
  await withCommand(async (command) => {
    const report = async (...args: string[]) =>
      JSON.parse(new TextDecoder().decode((await command(...args).output()).stdout)) as Report;
    const plain = await report();
    assertEquals([plain.warmup_ns.length, plain.calls_ns.length], [0, 1]);
    const calls = await report("--warmup", "70", "--calls", "3");
    assertEquals([calls.warmup_ns.length, calls.calls_ns.length], [70, 3]);
    const { warmup_ns, calls_ns } = await report(
      "--warmup",
      "1",
      "--warmup-ms",
      "20",
      "--calls",
      "0",
    );
    const spent = (times: readonly number[]) => times.reduce((sum, ns) => sum + ns, 0);
    assertGreaterOrEqual(spent(warmup_ns), 20e6);
    assert(spent(warmup_ns.slice(0, -1)) < 20e6, "and no longer");
    assertEquals(calls_ns, []);
  });
});

Deno.test("kerf-run says once that there is no memory for the times of a warm-up", async () => {
  await withCommand(async (command) => {
    const { code, stdout, stderr } = await command("--warmup", "1000000000", "--calls", "0")
      .output();
    assertEquals([code, stdout.length], [1, 0]);
    assertMatch(new TextDecoder().decode(stderr), /^kerf-run: no memory for the times of \S+\n$/);
  }, 4e6);
});

Deno.test("kerf-run keeps its workers to the cores of a list", async () => {
  const [list] = await allowedCores(), last = Number(/\d+$/.exec(list)![0]);
  await withCommand(async (command) => {
    const child = command("--threads", "2", "--cpus", `${last}`, "--warmup-ms", "100000000")
      .spawn();
    try {
      const lists = () => allowedCores(`/proc/${child.pid}/task/*/status`);
      while ((await lists()).length < 3) await new Promise((resolve) => setTimeout(resolve, 10));
      assertEquals(await lists(), [last, last, last].map(String));
    } finally {
      child.kill("SIGKILL");
      await Promise.all([child.stdout.cancel(), child.stderr.cancel(), child.status]);
    }
  });
});

Deno.test("kerf-run refuses what is no list of cores, and cores that are not there", async () => {
  await withCommand(async (command) => {
    for (
      const [list, message] of [
        ["", "not a list of cores such as 0,4-7"],
        ["x", "not a list of cores such as 0,4-7: x"],
        ["1-", "not a list of cores"],
        ["3-1", "not a list of cores"],
        ["0,", "not a list of cores"],
        ["0 1", "not a list of cores"],
        ["-1", "not a list of cores"],
        ["99999999999999999999", "not a list of cores"],
        ["1000", "cannot run on cores 1000: Invalid argument"],
        [`${parseInt((await allowedCores())[0])},1000`, "are allowed"],
      ]
    ) {
      const { code, stderr } = await command("--cpus", list).output();
      assertEquals(code, 2, list);
      assertStringIncludes(new TextDecoder().decode(stderr), message);
    }
  });
});
