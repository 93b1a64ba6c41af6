import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { MockDevice } from "../devices/mock.ts";
import { DEVICES } from "../devices/registry.ts";
import { openCl } from "../kernels/testing/opencl.ts";
import { devicesTask, type ListedDevice, renderDevices } from "./devices.ts";
import { captured, runTask } from "./testing.ts";

const runs = "plan" as const;

Deno.test("named devices are asked, with what they are", async () => {
  const { code, stdout, stderr } = await runTask("devices", "onnxruntime");
  assertEquals(code, 0, stderr);
  assertMatch(stdout, /^onnxruntime +available +.*\n +ONNX Runtime \d.*provider cpu\n$/);
});

Deno.test("every device of the registry is asked, and of kinds those that are found are told", async () => {
  const asked: string[] = [];
  const { code, stdout } = await captured(() =>
    devicesTask(["--json"], (id) => {
      asked.push(id);
      return Promise.resolve(new MockDevice({}, 0, id));
    })
  );
  assertEquals(code, 0);
  const listed = JSON.parse(stdout) as ListedDevice[];
  const known = DEVICES.map(({ id }) => id);
  const members = listed.filter(({ id }) => !known.includes(id));
  assertEquals(listed.filter((device) => !members.includes(device)).map(({ id }) => id), known);
  assertEquals(asked, known.filter((id) => !id.endsWith(":")));
  for (const { id, probe, found } of listed) {
    const entry = DEVICES.find((device) => device.id === id);
    assertEquals(found !== undefined, entry?.find !== undefined, id);
    if (!found) continue;
    assertEquals(members.filter((member) => member.id.startsWith(id)).length, found.count);
    assertEquals(probe, undefined);
    assertEquals(found.count > 0, found.missing.length === 0, "none, or why there is none");
  }
});

Deno.test({
  name: `OpenCL devices and their pairs are found by number, with their names (${openCl.needs})`,
  ignore: !openCl.device,
  async fn() {
    const { code, stdout, stderr } = await runTask("devices", "opencl:", "coexec:", "opencl:99");
    assertEquals(code, 0, stderr);
    const { device } = openCl.device!.facts;
    for (const line of [/^opencl: +[1-9]\d* here +OpenCL/m, /^coexec: +[1-9]\d* here +OpenCL/m]) {
      assertMatch(stdout, line);
    }
    const [, name] = /^opencl:0 +available +(.+)\n +platform /m.exec(stdout)!;
    assert(name.startsWith(device), name);
    const [, pair] = /^coexec:0 +available +(.+)\n/m.exec(stdout)!;
    assert(pair.startsWith(`${name} and this machine's processor`), pair);
    assertMatch(stdout, /^opencl:99 +missing .*\n.*there is no OpenCL device 99/m);
  },
});

Deno.test("one that lacks something, or cannot be opened, says so and the others go on", async () => {
  const { code, stdout } = await captured(() =>
    devicesTask(["host", "onnxruntime"], (id) => {
      if (id === "host") return Promise.reject(new Error("no compiler: apt-get install gcc"));
      return Promise.resolve(new MockDevice({}, 0, id));
    })
  );
  assertEquals(code, 0);
  assertMatch(
    stdout,
    /^host +missing .*\n +no compiler: apt-get install gcc\nonnxruntime +available/,
  );
});

Deno.test("an emulated device is marked, and a kind says how to name one", () => {
  const probe = { available: true, name: "a phone", facts: { cores: "8" }, missing: [] };
  const text = renderDevices([
    { id: "phone", description: "an emulated one", runs, timebase: "emulated", probe },
    { id: "ssh:", description: "a board", runs },
    { id: "adb:", description: "phones", runs, found: { count: 0, missing: ["no server"] } },
    { id: "adb:", description: "phones", runs, found: { count: 1, missing: [] } },
    { id: "adb:X", description: "Pixel", runs, probe: { ...probe, name: "Pixel", facts: {} } },
  ]);
  const lines = text.split("\n");
  assertStringIncludes(lines[0], "(counts, never times)");
  assertEquals(lines[1].trim(), "a phone, cores 8");
  assert(lines[2].startsWith("ssh:   name one"));
  assertStringIncludes(lines[3], "deno task devices ssh:NAME");
  assertEquals(lines.slice(4).map((line) => line.trim().split(/ {2,}/)), [
    ["adb:", "none here", "phones"],
    ["no server"],
    ["adb:", "1 here", "phones"],
    ["adb:X", "available", "Pixel"],
  ]);
});

Deno.test("an unknown device is refused before any is asked", async () => {
  const { code, stderr } = await runTask("devices", "host", "fone");
  assertEquals(code, 1);
  assertStringIncludes(stderr, 'Cannot find device "fone": did you mean');
});
