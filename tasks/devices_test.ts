import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { MockDevice } from "../devices/mock.ts";
import { DEVICES } from "../devices/registry.ts";
import { devicesTask, renderDevices } from "./devices.ts";
import { captured, runTask } from "./testing.ts";

const runs = "plan" as const;

Deno.test("named devices are asked, with what they are", async () => {
  const { code, stdout, stderr } = await runTask("devices", "onnxruntime");
  assertEquals(code, 0, stderr);
  assertMatch(stdout, /^onnxruntime +available +.*\n +ONNX Runtime \d.*provider cpu\n$/);
});

Deno.test("every device of the registry is asked, but kinds of devices, which have no name yet", async () => {
  const asked: string[] = [];
  const { code, stdout } = await captured(() =>
    devicesTask(["--json"], (id) => {
      asked.push(id);
      return Promise.resolve(new MockDevice({}, 0, id));
    })
  );
  assertEquals(code, 0);
  const listed = JSON.parse(stdout) as { id: string; probe?: { name: string } }[];
  assertEquals(listed.map(({ id }) => id), DEVICES.map(({ id }) => id));
  assertEquals(asked, DEVICES.map(({ id }) => id).filter((id) => !id.endsWith(":")));
  for (const { id, probe } of listed) {
    assertEquals(probe?.name, id.endsWith(":") ? undefined : "mock");
  }
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
    { id: "phone", description: "a phone", runs, timebase: "emulated", probe },
    { id: "ssh:", description: "a board", runs },
  ]);
  const lines = text.split("\n");
  assertStringIncludes(lines[0], "(counts, never times)");
  assertEquals(lines[1].trim(), "a phone, cores 8");
  assert(lines[2].startsWith("ssh:   name one"));
  assertStringIncludes(lines[3], "deno task devices ssh:NAME");
});

Deno.test("an unknown device is refused before any is asked", async () => {
  const { code, stderr } = await runTask("devices", "host", "fone");
  assertEquals(code, 1);
  assertStringIncludes(stderr, 'Cannot find device "fone": did you mean');
});
