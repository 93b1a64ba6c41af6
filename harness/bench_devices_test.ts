import {
  assert,
  assertEquals,
  assertExists,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import type { Device, Session } from "../devices/device.ts";
import type { Reading } from "../devices/reading.ts";
import { openDevice } from "../devices/registry.ts";
import { withFolder } from "../suites/datasets/testing.ts";
import { tinySuite } from "../suites/testing.ts";
import { resumeBench, startBench } from "./bench.ts";
import type { RoundRequest } from "./measure/round.ts";
import { readRun } from "./records/store.ts";
import { interrupted, SCRIPTED, scriptedRounds, tinySettings } from "./testdata/tiny_run.ts";

const PHONE = "emulated-phone";
const COUNTS: readonly Reading[] = [
  { quantity: "instructions", source: "emulated", value: 1000 },
  { quantity: "instructions", operator: "conv1", source: "emulated", value: 600 },
  { quantity: "energy", source: "modelled", value: 0.002, origin: "4 nJ each" },
  { quantity: "l3-misses", source: "emulated", unavailable: "it has no third cache" },
];

/** Computes as this machine does, and counts what a script says. */
function phones(onCount: (path: string) => void = () => {}) {
  return async (id: string): Promise<Device> => {
    if (id !== PHONE) return await openDevice(id);
    const host = await openDevice("host");
    return {
      id,
      timebase: "emulated",
      probe: () =>
        Promise.resolve({ available: true, name: "a phone", facts: { cores: "8" }, missing: [] }),
      supports: (program) => host.supports(program),
      async load(program, options): Promise<Session> {
        const session = await host.load(program, options);
        return {
          run: (inputs) => session.run(inputs),
          measure: () => Promise.reject(new Error("an emulator is not timed")),
          count({ signal, onProgress }) {
            signal?.throwIfAborted();
            onProgress?.(0.5);
            onCount(program.path);
            return Promise.resolve(COUNTS);
          },
          [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
        };
      },
      [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
    };
  };
}

Deno.test("methods run on several devices side by side: an emulated one counts once and is never timed", async () => {
  await withFolder(async (out) => {
    const counted: string[] = [], requests: RoundRequest[] = [], labels: string[] = [];
    const settings = tinySettings(out, ["unstructured"], { devices: ["host", PHONE] });
    const { run, folder } = await startBench(settings, {
      openDevice: phones((path) => counted.push(path)),
      execute: (request, emit, signal) => {
        requests.push(request);
        return scriptedRounds(request, emit, signal);
      },
      onProgress: ({ label }) => labels.push(label),
    });
    const roles = (device: string) =>
      run.cases.filter(({ spec }) => spec.device === device).map(({ role }) => role);
    assertEquals(
      roles("host"),
      ["baseline", "direct", "A/A", "subject"].map((role) => role === "subject" ? "control" : role),
    );
    assertEquals(roles(PHONE), roles("host"));
    assertEquals(roles("onnxruntime"), ["peer"], "the peer runs once");
    for (const row of run.cases) {
      assertEquals(row.status, "ok", `${row.label}: ${row.reason}`);
      const emulated = row.spec.device === PHONE;
      assertEquals(row.latency === undefined, emulated, row.label);
      assertEquals(row.speedupDense, emulated ? undefined : row.speedupDense);
      assertEquals(
        row.readings?.map(({ value }) => value?.value),
        emulated ? [1000, 600, 0.002, undefined] : undefined,
      );
      if (emulated) assertEquals(row.relativeError !== undefined, true, "its output was checked");
    }
    assertEquals(new Set(counted).size, counted.length, "each program is counted once");
    assertEquals(counted.length, 3);
    for (const { cases } of requests) {
      assert(cases.every(({ device }) => device !== PHONE), "it takes no part in the rounds");
    }
    assert(labels.some((label) => label.includes("counting events, 50 %")));
    assertEquals(run.manifest.settings.devices, `host, ${PHONE}`);
    assertEquals(run.manifest.environment[`device ${PHONE}`], "a phone; cores 8");
    assertEquals(readRun(folder), run);
  });
});

Deno.test("an emulated device can run alone, and what it counted is not counted again when resumed", async () => {
  await withFolder(async (out) => {
    const change = { devices: [PHONE] };
    const settings = tinySettings(out, ["unstructured"], change);
    const rows = settings.rows.filter(({ role }) => role !== "peer");
    let counts = 0;
    const counting = { openDevice: phones(() => counts++) };
    const first = await startBench({ ...settings, rows }, {
      ...interrupted((label) => label.startsWith("unstructured")),
      ...counting,
    });
    const before = counts;
    assert(first.interrupted && before >= 1);
    const { run, folder } = await resumeBench(first.folder, {
      ...SCRIPTED,
      ...counting,
      openSuite: () => Promise.resolve(tinySuite),
    });
    assertEquals(counts, 3, "only what was not counted yet");
    assertEquals(run.cases.map(({ readings }) => readings?.length), [4, 4, 4, 4]);
    assertExists(run.manifest.finished);
    assertEquals(readRun(folder), run);
  });
});

Deno.test("the forecast counts the programs of each kind of kernels", async () => {
  await withFolder(async (out) => {
    const other = "other-kernels", told: number[] = [];
    const settings = tinySettings(out, ["unstructured"], { devices: ["host", other], rounds: 1 });
    await startBench(settings, {
      ...SCRIPTED,
      async openDevice(id): Promise<Device> {
        if (id !== other) return await openDevice(id);
        return {
          id,
          timebase: "native",
          lowering: "gpu",
          probe: () => Promise.resolve({ available: true, name: id, facts: {}, missing: [] }),
          supports: () => ({ ok: false, reason: "it only takes plans" }),
          load: () => Promise.reject(new Error("it loads nothing")),
          [Symbol.asyncDispose]: () => Promise.resolve(),
        };
      },
      onProgress: ({ label, fraction }) => {
        if (!label.startsWith("round") && fraction > (told.at(-1) ?? 0)) told.push(fraction);
      },
    });
    // Dense, by direct convolutions and compressed, on each; ONNX Runtime; the last is told by a round.
    assertEquals(told.map((fraction) => Math.round(fraction / told[0])), [1, 2, 3, 4, 5, 6]);
  });
});

Deno.test("a run is not resumed on a device that is not what it was", async () => {
  await withFolder(async (out) => {
    const settings = tinySettings(out, ["unstructured"], { devices: [PHONE] });
    const first = await startBench(settings, {
      ...interrupted((label) => label.startsWith("unstructured")),
      openDevice: phones(),
    });
    const openOther = async (id: string): Promise<Device> => {
      const device = await phones()(id);
      if (id !== PHONE) return device;
      const probe = { available: true, name: "another phone", facts: {}, missing: [] };
      return Object.assign(device, { probe: () => Promise.resolve(probe) });
    };
    const { message } = await assertRejects(() =>
      resumeBench(first.folder, {
        ...SCRIPTED,
        openDevice: openOther,
        openSuite: () => Promise.resolve(tinySuite),
      }), Error);
    assertStringIncludes(message, `"device ${PHONE}" must be what it was, "a phone; cores 8"`);
  });
});

Deno.test("a device that cannot count a program gives a row that says why", async () => {
  await withFolder(async (out) => {
    const settings = tinySettings(out, [], { devices: [PHONE], rounds: 1 });
    const rows = settings.rows.filter(({ role }) => role === "baseline");
    const { run } = await startBench({ ...settings, rows }, {
      ...SCRIPTED,
      openDevice: phones(() => {
        throw new Error("the emulator ended with code 139");
      }),
    });
    for (const { status, reason } of run.cases) {
      assertEquals(status, "failed");
      assertStringIncludes(reason!, "the emulator ended with code 139");
    }
  });
});

Deno.test("energy and events are measured when asked for, and each says where it lacks a sensor", async () => {
  await withFolder(async (out) => {
    const settings = tinySettings(out, [], { readings: true, rounds: 1, blocks: 1 });
    const told: number[] = [];
    const { run, folder } = await startBench(settings, {
      openDevice,
      onProgress: ({ fraction }) => told.push(fraction),
    });
    assertEquals([run.manifest.settings.readings, told.at(-1)], [true, 1]);
    assertEquals(told, told.toSorted((a, b) => a - b));
    for (const { label, status, readings = [], latency } of run.cases) {
      assertEquals(status, "ok", label);
      assertExists(latency);
      assert(readings.some(({ quantity }) => quantity === "energy"), label);
      for (const { value, unavailable } of readings) {
        assertEquals(value === undefined, unavailable !== undefined);
      }
    }
    assertEquals(readRun(folder), run);
  });
});
