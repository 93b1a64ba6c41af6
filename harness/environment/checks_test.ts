import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type FakeSystem, fakeSystem } from "../../devices/counters/testing.ts";
import type { OpenCounter } from "../../devices/counters/perf_event.ts";
import { CHECKS, type Machine, thisMachine } from "./checks.ts";

const counting: OpenCounter = (event) =>
  event.config === 5
    ? { errno: 22 }
    : { read: () => ({ count: 1, enabled: 1, running: 1 }), [Symbol.dispose]: () => {} };

/** A machine that has everything; parts of it can be taken away. */
function machineOf({ files }: FakeSystem, change: Partial<Machine> = {}): Machine {
  return {
    output: (command) => Promise.resolve(`${command} 1.2.3\nand more`),
    opens: () => true,
    files,
    openCounter: counting,
    environment: {
      cores: "4",
      load: "1.99 3.00 3.00",
      governor: "performance",
      smt: "off",
      virtualised: "no",
    },
    ...change,
  };
}

const FILES = {
  "etc/OpenCL/vendors/pocl.icd": "libpocl.so",
  "sys/class/powercap/intel-rapl:0/name": "package-0",
  "sys/class/powercap/intel-rapl:0/energy_uj": 1,
};

async function findingsOf(machine: Machine) {
  const found = new Map<string, { ok: boolean; found: string }>();
  for (const { name, find } of CHECKS) found.set(name, await find(machine));
  return found;
}

Deno.test("a machine that has everything passes every check, and says what it has", async () => {
  using system = fakeSystem(FILES);
  const findings = await findingsOf(machineOf(system));
  findings.delete("LAPACK"); // is looked for in this very process
  for (const [name, { ok, found }] of findings) assert(ok && found !== "", name);
  assertEquals(findings.get("C compiler")!.found, "cc 1.2.3");
  assertEquals(findings.get("energy")!.found, "powercap intel-rapl:0 (package-0)");
  assertEquals(findings.get("events")!.found, "cycles, instructions, l1d-misses, llc-misses");
  assertEquals(findings.get("OpenCL")!.found, "pocl.icd");
});

Deno.test("a bare machine fails every check, each with what brings it", async () => {
  using system = fakeSystem({ "proc/sys/kernel/perf_event_paranoid": 4 });
  const findings = await findingsOf(machineOf(system, {
    output: () => Promise.resolve(undefined),
    opens: () => false,
    openCounter: () => ({ errno: 13 }),
    environment: {
      cores: "4",
      load: "2.5 0 0",
      governor: "unavailable",
      smt: "on",
      virtualised: "yes",
    },
  }));
  findings.delete("LAPACK");
  for (const [name, { ok }] of findings) assertEquals(ok, false, name);
  assertStringIncludes(findings.get("events")!.found, "perf_event_paranoid is 4");
  assertStringIncludes(findings.get("energy")!.found, "powercap: ");
});

Deno.test("a loader without a driver is no OpenCL", async () => {
  using system = fakeSystem({});
  const { ok } = (await findingsOf(machineOf(system))).get("OpenCL")!;
  assertEquals(ok, false);
});

Deno.test("every check has a name of its own, a purpose and a remedy", () => {
  assertEquals(new Set(CHECKS.map(({ name }) => name)).size, CHECKS.length);
  for (const { purpose, remedy } of CHECKS) assert(purpose !== "" && remedy !== "");
});

Deno.test("what this machine has is found: the program that runs this test, and no other", async () => {
  const machine = thisMachine();
  using _files = machine.files;
  assertStringIncludes((await machine.output(Deno.execPath(), "--version"))!, Deno.version.deno);
  assertEquals(await machine.output("no-such-program"), undefined);
  assertEquals(machine.opens("libno-such-library.so"), false);
});
