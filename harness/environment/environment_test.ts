import { assert, assertEquals, assertThrows } from "@std/assert";
import { dirname, join } from "node:path";
import { environmentWarnings, machineName, readEnvironment, UNAVAILABLE } from "./environment.ts";

/** The files of a machine, under a temporary root that is removed afterwards. */
function withMachine(files: Readonly<Record<string, string>>, test: (root: string) => void): void {
  const root = Deno.makeTempDirSync();
  try {
    for (const [path, text] of Object.entries(files)) {
      Deno.mkdirSync(dirname(join(root, path)), { recursive: true });
      Deno.writeTextFileSync(join(root, path), `${text}\n`);
    }
    test(root);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
}

const CPU = "sys/devices/system/cpu";

/** A quiet laptop with everything readable. */
const LAPTOP = {
  "proc/cpuinfo": [0, 1].map((n) =>
    `processor\t: ${n}\nmodel name\t: Intel(R) Core(TM) i7-8650U CPU @ 1.90GHz\n` +
    "flags\t\t: fpu sse sse4_2 avx avx2 fma\n"
  ).join("\n"),
  "proc/loadavg": "0.05 0.10 0.20 1/89 8167",
  "proc/meminfo": "MemTotal:       16000000 kB\nMemFree: 1 kB",
  "proc/sys/kernel/randomize_va_space": "2",
  "proc/sys/kernel/osrelease": "6.1.0-18-amd64",
  [`${CPU}/cpu0/cpufreq/scaling_governor`]: "performance",
  [`${CPU}/intel_pstate/no_turbo`]: "1",
  [`${CPU}/smt/control`]: "on",
  [`${CPU}/cpu0/cache/index0/level`]: "1",
  [`${CPU}/cpu0/cache/index0/type`]: "Data",
  [`${CPU}/cpu0/cache/index0/size`]: "32K",
  [`${CPU}/cpu0/cache/index1/level`]: "2",
  [`${CPU}/cpu0/cache/index1/type`]: "Unified",
  [`${CPU}/cpu0/cache/index1/size`]: "256K",
  "project/deno.lock": '{ "specifiers": { "npm:onnxruntime-node@^1.20.0": "1.30.0" } }',
};

function read(root: string) {
  return readEnvironment({
    root,
    project: join(root, "project"),
    tools: { compiler: "gcc 12.2.0" },
  });
}

Deno.test("readEnvironment() reads what the system tells", () => {
  withMachine(LAPTOP, (root) => {
    const environment = read(root);
    const expected = {
      cpu: "Intel(R) Core(TM) i7-8650U CPU @ 1.90GHz",
      cores: "2",
      isa: "sse4_2 avx avx2 fma",
      caches: "L1d 32K, L2 256K",
      governor: "performance",
      turbo: "off",
      smt: "on",
      virtualised: "no",
      aslr: "2",
      load: "0.05 0.10 0.20",
      memory: "16000000 kB",
      kernel: "6.1.0-18-amd64",
      onnxruntime: "1.30.0",
      compiler: "gcc 12.2.0",
      deno: Deno.version.deno,
    };
    const found = Object.keys(expected).map((key) => [key, environment[key]]);
    assertEquals(Object.fromEntries(found), expected);
    assertEquals(environmentWarnings(environment), []);
  });
});

Deno.test("readEnvironment() says what it cannot read, under the same keys", () => {
  withMachine(LAPTOP, (root) => {
    const keys = Object.keys(read(root));
    withMachine({}, (bare) => {
      const environment = read(bare);
      assertEquals(Object.keys(environment), keys);
      for (const key of ["cpu", "isa", "caches", "governor", "load", "commit", "dirty"]) {
        assertEquals(environment[key], UNAVAILABLE);
      }
      assertEquals(environmentWarnings(environment).map(({ code }) => code), ["governor"]);
    });
  });
});

Deno.test("readEnvironment() works on this machine", () => {
  const environment = readEnvironment();
  assert(Number(environment.cores) >= 1);
  for (const fact of Object.values(environment)) assert(fact.length > 0);
});

Deno.test("environmentWarnings() tells cause and remedy of what could spoil a run", () => {
  const warnings = environmentWarnings({
    cores: "2",
    load: "1.50 0.1 0.1",
    governor: "powersave",
    virtualised: "yes",
    dirty: "yes",
  });
  assertEquals(warnings.map(({ code }) => code), [
    "high-load",
    "governor",
    "virtual-machine",
    "dirty-tree",
  ]);
  assertEquals(warnings[0].cause, "the load was 1.5 on 2 processor(s)");
  assert(warnings.every(({ remedy }) => remedy.length > 0));
});

Deno.test("machineName() is made of processor and cores, or what the user chose", () => {
  const name = (cpu: string) => machineName({ cpu, cores: "8", architecture: "aarch64" });
  assertEquals(name("AMD EPYC"), "amd-epyc-8c");
  assertEquals(name("AMD Ryzen 9 5950X 16-Core Processor"), "amd-ryzen-9-5950x-8c");
  assertEquals(name("Intel(R) Xeon(R) CPU E5-2680 v4 @ 2.40GHz"), "intel-xeon-e5-2680-v4-8c");
  assertEquals(name(UNAVAILABLE), "aarch64-8c");
  assertEquals(machineName({}, "my-phone"), "my-phone");
  assertThrows(() => machineName({}, "../escape"), RangeError, 'current value is "../escape"');
});

Deno.test({
  name: "readEnvironment() tells the same where the network is not allowed, as the tasks run",
  ignore: Deno.build.os !== "linux",
  permissions: { read: true, run: true, env: false, net: false },
  fn() {
    const { kernel, memory } = readEnvironment();
    const told = (path: string) =>
      new TextDecoder().decode(new Deno.Command("cat", { args: [path] }).outputSync().stdout);
    assertEquals(kernel, told("/proc/sys/kernel/osrelease").trim());
    assert(told("/proc/meminfo").includes(memory));
  },
});
