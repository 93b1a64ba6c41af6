import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { tensor, values } from "../../graph/tensor.ts";
import { DeviceUnavailableError } from "../device.ts";
import { openPeer, type PeerEngine } from "./engine.ts";
import { UnsupportedModelError } from "./protocol.ts";
import { scriptedEngine } from "./testing.ts";

const PROGRAM = { kind: "onnx", path: "model.onnx" } as const;
const INPUTS = new Map([["x", tensor(new Float32Array([1, -2, 3]), [1, 3])]]);
const REQUEST = { warmupCalls: 2, warmupMs: 0, samples: 3 };

function load(fault = "", signal?: AbortSignal) {
  return openPeer(scriptedEngine(fault))
    .then((device) => device.load(PROGRAM, { threads: 2, ...(signal && { signal }) }));
}

Deno.test("an engine in a child runs a program and tells the times that the child took", async () => {
  await using device = await openPeer(scriptedEngine());
  const { available, name, facts } = await device.probe();
  assertEquals([available, name, facts.version], [true, "Scripted 1.0", "1.0"]);
  assertEquals(device.supports({ kind: "plan", path: "p" }), {
    ok: false,
    reason: "Scripted runs ONNX files",
  });
  await using session = await device.load(PROGRAM, { threads: 2 });
  assertEquals(session.notes, ["model.onnx on 2 threads"]);
  const output = (await session.run(INPUTS)).get("y")!;
  assertEquals([output.shape, [...values(output)]], [[1, 3], [2, -4, 6]]);
  assertEquals(await session.measure(REQUEST), {
    warmup: [1_000_000, 1_000_000],
    samples: [1_000_000, 1_000_001, 1_000_002],
  });
});

Deno.test("a child's times are refused when there are not as many as were asked for", async () => {
  await using session = await load("short measure");
  await assertRejects(() => session.measure(REQUEST), TypeError, "run must have been called once");
  await session.run(INPUTS);
  const request = { ...REQUEST, warmupCalls: 0 };
  await assertRejects(() => session.measure(request), RangeError, "must have 3 times");
});

Deno.test("what an engine lacks is told by its probe, and by loading", async () => {
  const missing = ["no Python with Engine: apt-get install engine"];
  const engine: PeerEngine = { ...scriptedEngine(), find: () => Promise.resolve({ missing }) };
  await using device = await openPeer(engine);
  assertEquals(await device.probe(), { available: false, name: "Scripted", facts: {}, missing });
  const error = await assertRejects(
    () => device.load(PROGRAM, { threads: 1 }),
    DeviceUnavailableError,
  );
  assertEquals(error.missing, missing);
});

Deno.test("a child that does not greet is told by the probe, which never throws", async () => {
  for (const [fault, said] of [["exit", "no more memory"], ["fail", "it did not work"]]) {
    await using device = await openPeer(scriptedEngine(`${fault} hello`));
    const { available, missing } = await device.probe();
    assertEquals(available, false);
    assertStringIncludes(missing[0], said);
  }
});

Deno.test("a model that the engine cannot run is refused with the operator", async () => {
  await assertRejects(() => load("refuse load"), UnsupportedModelError, "there is no TopK");
});

Deno.test("loading and running end when they are aborted", async () => {
  const abort = new AbortController();
  await using session = await load("hang run", abort.signal);
  const running = assertRejects(() => session.run(INPUTS), Error, "enough");
  abort.abort(new Error("enough"));
  await running;
  await assertRejects(() => load("", abort.signal), Error, "enough");
});
