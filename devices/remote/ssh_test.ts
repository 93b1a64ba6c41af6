/**
 * Boards, end to end: a real OpenSSH server on the loopback device, and behind it the AArch64
 * runner under an emulator, on a machine whose `/sys` is pretended.
 *
 * @module
 */

import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { randomInputs, smallNet } from "../../graph/testing.ts";
import { findExecutable } from "../../kernels/testing/executable.ts";
import { lower } from "../../kernels/plan/lower.ts";
import { writePlan } from "../../kernels/plan/write.ts";
import { type Device, DeviceUnavailableError, type Program } from "../device.ts";
import { testContract } from "../testing/contract.ts";
import { openSshDevice } from "./open.ts";
import { eventually, MachineRoot, TWO_CORES } from "./testing/machine_root.ts";
import { missingSshServer, SshServer } from "./testing/ssh_server.ts";
import { RemoteError } from "./transport.ts";

const found = await findExecutable("aarch64-linux", { emulator: "qemu-aarch64" });
const missing = await missingSshServer() ?? ("missing" in found ? found.missing : undefined);
const needs = `openssh-server, qemu-user and gcc-aarch64-linux-gnu${missing ? `: ${missing}` : ""}`;

const model = smallNet(2);
const REQUEST = { warmupCalls: 1, warmupMs: 0, samples: 2 };
/** More calls than anyone would wait for. */
const FOREVER = { warmupCalls: 0, warmupMs: 1e8, samples: 1 };

let root: MachineRoot, server: SshServer, config: string;
Deno.test.beforeAll(async () => {
  if (missing) return;
  root = await MachineRoot.make({ arch: "aarch64" });
  server = await SshServer.start(root);
  config = await server.config();
});
Deno.test.afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await root?.[Symbol.asyncDispose]();
});

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `${name} (needs ${needs})`, ignore: missing !== undefined, fn });
}

/** Writes a plan for the time of a test. */
async function withPlan(work: (program: Program) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".plan" });
  try {
    await writePlan(lower(model), path);
    await work({ kind: "plan", path });
  } finally {
    await Deno.remove(path);
  }
}

function open(argument = "board", more: Partial<Parameters<typeof openSshDevice>[0]> = {}) {
  return openSshDevice({ argument, config, ...more });
}

testContract({ id: "ssh:board", runs: "plan", open: () => open(), missing: missing && needs });

test("a board tells what it is, and its cores by clusters", async () => {
  await using device = await open();
  const { name, facts } = await device.probe();
  assertMatch(name, /^Pretended Board Rev 1\.2/);
  assertEquals(facts.arch, "aarch64");
  assertEquals(facts.system, "Linux 4.19.113");
  assertEquals(facts.cores, "big 1 (2.84 GHz), little 0 (1.80 GHz)");
});

test("a board runs on the cores that were chosen and tells their clocks and temperatures", async () => {
  await withPlan(async (program) => {
    for (
      const [argument, threads, hertz] of [
        ["board", 1, { cpu1: 2841600000 }],
        ["board#little", 1, { cpu0: 1804800000 }],
        ["board", 2, { cpu0: 1804800000, cpu1: 2841600000 }],
      ] as const
    ) {
      await using device = await open(argument);
      await using session = await device.load(program, { threads });
      await session.run(randomInputs(model));
      const { conditions } = await session.measure(REQUEST);
      const celsius = { "cpu-1-0-usr": 41.3 };
      assertEquals(conditions, { before: { celsius, hertz }, after: { celsius, hertz } });
    }
    await using device = await open("board#big");
    await assertRejects(
      () => device.load(program, { threads: 2 }),
      RangeError,
      "Cannot run 2 threads on the big cores as each needs one of its own: current value is 1",
    );
  });
});

test("a file goes to a board once, and is pushed anew when it is cut there", async () => {
  await withPlan(async (program) => {
    const folder = "home/.cache/kerf";
    const pushed = async () => {
      const labels: string[] = [];
      await using device = await open("board", { onProgress: (label) => labels.push(label) });
      await (await device.load(program, { threads: 1 }))[Symbol.asyncDispose]();
      return [...new Set(labels.join("\n").match(/copying [\w -]+? to/g) ?? [])].sort();
    };
    for (const name of await root.files(folder)) await Deno.remove(`${root.path}/${name}`);
    assertEquals(await pushed(), ["copying kerf-run to", "copying the plan to"]);
    assertEquals(await pushed(), []);
    const plan = (await root.files(folder)).find((name) => name.endsWith(".plan"))!;
    await Deno.truncate(`${root.path}/${plan}`, 100);
    assertEquals(await pushed(), ["copying the plan to"]);
    assertEquals((await root.files(folder)).filter((name) => /scratch/.test(name)), []);
  });
});

test("a board that was slowed down marks its times", async () => {
  const limit = "sys/devices/system/cpu/cpu1/cpufreq/scaling_max_freq";
  try {
    await withPlan(async (program) => {
      await using device = await open();
      await using session = await device.load(program, { threads: 1 });
      await root.write(limit, "1401600");
      const { conditions } = await session.measure(REQUEST);
      assertEquals(conditions?.throttled, "cpu1 was held to 1.40 of 2.84 GHz");
    });
  } finally {
    await root.write(limit, TWO_CORES["devices/system/cpu/cpu1/cpufreq/scaling_max_freq"]);
  }
});

test("a hot board is waited for, also by a later process, until its device is closed", async () => {
  const zone = "sys/class/thermal/thermal_zone0/temp";
  try {
    await withPlan(async (program) => {
      await using first = await open();
      await first.probe(); // which keeps the temperature at rest on the board
      await root.write(zone, "70000");
      let device: Device | undefined = undefined as Device | undefined;
      const labels: string[] = [];
      const onProgress = (label: string) => {
        labels.push(label);
        if (label.startsWith("cooling")) device?.[Symbol.asyncDispose]();
      };
      device = await open("board", { onProgress });
      await using session = await device.load(program, { threads: 1 });
      await assertRejects(() => session.measure(REQUEST), Error, '"ssh:board" was closed');
      assertEquals(labels.at(-1), "cooling down: cpu-1-0-usr at 70.0 °C, wanted 44.3");
    });
  } finally {
    await root.write(zone, TWO_CORES["class/thermal/thermal_zone0/temp"]);
  }
});

test("closing a device kills what runs on the board and leaves nothing in its scratch", async () => {
  await withPlan(async (program) => {
    const device = await open();
    const session = await device.load(program, { threads: 1 });
    const measured = assertRejects(() => session.measure(FOREVER), Error, "was closed");
    await eventually(async () => (await root.runners()).length > 0, "it runs");
    await device[Symbol.asyncDispose]();
    await measured;
    assertEquals(await root.runners(), []);
    assertEquals((await root.files("home")).filter((name) => /scratch/.test(name)), []);
    await session[Symbol.asyncDispose]();
  });
});

test("when our process is killed, what it ran on the board dies with it", async () => {
  await withPlan(async ({ path }) => {
    const script = `
      import { openSshDevice } from "${new URL("open.ts", import.meta.url)}";
      const device = await openSshDevice({ argument: "board", config: "${config}" });
      const session = await device.load({ kind: "plan", path: "${path}" }, { threads: 1 });
      await session.measure(${JSON.stringify(FOREVER)});`;
    const child = new Deno.Command(Deno.execPath(), { args: ["eval", script] }).spawn();
    await eventually(async () => (await root.runners()).length > 0, "it runs");
    child.kill("SIGKILL");
    await child.status;
    await eventually(async () => (await root.runners()).length === 0, "nothing runs");
    const scratch = async () => (await root.files("home")).filter((name) => /scratch/.test(name));
    await eventually(async () => (await scratch()).length === 0, "the scratch folder is gone");
  });
});

test("a board that goes away while it measures is told, and so is every later call", async () => {
  await withPlan(async (program) => {
    await using device = await open();
    const session = await device.load(program, { threads: 1 });
    const measured = assertRejects(
      () => session.measure(FOREVER),
      Error,
      'Cannot go on as the connection to "board" broke',
    );
    await eventually(async () => (await root.runners()).length > 0, "it runs");
    await server.cut();
    await measured;
    await assertRejects(() => session.measure(REQUEST), Error, "the connection");
    await session[Symbol.asyncDispose]();
  });
});

test("a runner that crashes is told by its signal and its words", async () => {
  await withPlan(async (program) => {
    await using device = await open();
    await using session = await device.load(program, { threads: 1 });
    const measured = assertRejects(
      () => session.measure(FOREVER),
      Error,
      'kerf-run crashed on "ssh:board" by SIGSEGV, a wrong address',
    );
    await eventually(async () => (await root.runners()).length > 0, "it runs");
    for (const pid of await root.runners()) Deno.kill(pid, "SIGSEGV");
    await measured;
  });
});

test("what keeps us from a board is told with what to do about it", async () => {
  const unknown = await server.config({ knownHosts: "/dev/null" });
  const stranger = await server.config({ key: "stranger" });
  for (
    const [argument, settings, message] of [
      ["board", stranger, 'Cannot log in to "board" as ssh must do so without asking'],
      ["board", unknown, 'Cannot trust "board" as its host key must be known'],
      ["127.0.0.1:1", config, 'Cannot reach "127.0.0.1": is it on'],
    ] as const
  ) {
    await using device = await openSshDevice({ argument, config: settings });
    const { available, missing } = await device.probe();
    assertEquals([available, missing.length], [false, 1]);
    assertStringIncludes(missing[0], message);
    await withPlan(async (program) => {
      await assertRejects(
        () => device.load(program, { threads: 1 }),
        DeviceUnavailableError,
        message,
      );
    });
  }
});

test("a board without a place for files, or of another kind, is refused with the reason", async () => {
  await root.script("mktemp", "echo mktemp: No space left on device >&2; exit 1");
  try {
    await using device = await open();
    assertMatch((await device.probe()).missing[0], /^Cannot make a folder .* No space left/);
  } finally {
    await Deno.remove(`${root.path}/bin/mktemp`);
  }
  await using old = await MachineRoot.make({ arch: "armv7l" });
  await using there = await SshServer.start(old);
  await using device = await openSshDevice({ argument: "board", config: await there.config() });
  assertStringIncludes((await device.probe()).missing[0], '"uname -m" says armv7l');
});

test("a board that has no room for a plan says how much it needs", async () => {
  await using before = await open();
  await before.probe(); // brings the runner there
  const full = '[ $# = 0 ] || exec /bin/cat "$@"; echo cat: No space left on device >&2; exit 1';
  await root.script("cat", full);
  const path = await Deno.makeTempFile();
  try {
    await writePlan(lower(smallNet(3, 9)), path); // one that is not there yet
    await using device = await open();
    await assertRejects(
      () => device.load({ kind: "plan", path }, { threads: 1 }),
      RemoteError,
      'Cannot copy plan to "ssh:board" as 1 MB must be free there',
    );
  } finally {
    await Deno.remove(path);
    await Deno.remove(`${root.path}/bin/cat`);
  }
});

test("a board of this machine's kind gets a build of its own, which it must be let start", async () => {
  await using alike = await MachineRoot.make();
  await using there = await SshServer.start(alike);
  const settings = await there.config();
  const probe = async () => {
    await using device = await openSshDevice({ argument: "board", config: settings });
    return await device.probe();
  };
  assertStringIncludes((await probe()).facts.build, `${Deno.build.arch}-linux `);
  const files = await alike.files("home");
  await Deno.chmod(`${alike.path}/${files.find((name) => name.endsWith(".kerf-run"))}`, 0o600);
  const [message] = (await probe()).missing;
  assertMatch(message, /^Cannot start kerf-run .* not mounted "noexec": .*Permission denied$/);
});
