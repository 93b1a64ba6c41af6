/**
 * What every device must keep to that runs programs on this machine. Peer engines that are not
 * installed are held to saying so.
 *
 * @module
 */

import { assert, assertEquals, assertGreater, assertLess, assertRejects } from "@std/assert";
import { relativeError } from "../graph/compare.ts";
import { writeOnnx } from "../graph/onnx/write.ts";
import { openReference } from "../graph/reference.ts";
import { randomInputs, smallNet } from "../graph/testing.ts";
import { tensor, values } from "../graph/tensor.ts";
import { lower } from "../kernels/plan/lower.ts";
import { writePlan } from "../kernels/plan/write.ts";
import { DeviceUnavailableError, type Program, type Session, type Tensors } from "./device.ts";
import { DEVICES } from "./registry.ts";

const model = smallNet(3);
const inputs = randomInputs(model, 1);

/** Writes the model as a device wants it, and loads it. */
async function withSession(
  id: string,
  test: (session: Session, program: Program) => Promise<void>,
): Promise<void> {
  const { runs, open } = DEVICES.find((entry) => entry.id === id)!;
  const folder = await Deno.makeTempDir();
  try {
    const program: Program = { kind: runs, path: `${folder}/program` };
    if (runs === "plan") await writePlan(lower(model), program.path);
    else await writeOnnx(model, program.path);
    await using device = await open();
    await using session = await device.load(program, { threads: 1 });
    await test(session, program);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function expected(): Promise<Tensors> {
  await using reference = await openReference(model);
  return await reference.run(inputs);
}

/** What devices lack here, by their ids; those that need nothing but the project lack nothing. */
const missing = new Map<string, readonly string[]>();
const PARTS = ["host", "onnxruntime"];
for (const { id, open } of DEVICES) {
  await using device = await open();
  const probe = await device.probe();
  if (!probe.available && !PARTS.includes(id)) missing.set(id, probe.missing);
}

for (const [id, expected] of missing) {
  Deno.test(`${id}, which is not available here, says what is missing and loads nothing`, async () => {
    await using device = await DEVICES.find((entry) => entry.id === id)!.open();
    assertGreater(expected.length, 0);
    const error = await assertRejects(
      () => device.load({ kind: "onnx", path: "no/such.onnx" }, { threads: 1 }),
      DeviceUnavailableError,
    );
    assertEquals(error.missing, expected);
  });
}

for (const { id, runs, open } of DEVICES.filter(({ id }) => !missing.has(id))) {
  Deno.test(`${id} is available here, and supports what it says it runs`, async () => {
    await using device = await open();
    assertEquals(device.id, id);
    const { available, missing, facts } = await device.probe();
    assert(available, missing.join("; "));
    assertEquals(missing, []);
    assertGreater(Object.keys(facts).length, 0);
    for (const kind of ["plan", "onnx"] as const) {
      const support = device.supports({ kind, path: "program" });
      assertEquals(support.ok, kind === runs);
    }
  });

  Deno.test(`${id} gives the outputs that ONNX Runtime gives`, async () => {
    const [reference] = (await expected()).values();
    await withSession(id, async (session) => {
      const [output] = (await session.run(inputs)).values();
      const same = tensor(values(output), reference.shape);
      assertLess(relativeError(same, reference), 1e-5);
    });
  });

  Deno.test(`${id} takes the samples that it is asked for, and warms up before`, async () => {
    await withSession(id, async (session) => {
      await session.run(inputs);
      const once = await session.measure({ warmupCalls: 3, warmupMs: 0, samples: 5 });
      assertEquals([once.warmup.length, once.samples.length], [3, 5]);
      assert([...once.warmup, ...once.samples].every((ns) => ns > 0));
      const long = await session.measure({ warmupCalls: 0, warmupMs: 5, samples: 0 });
      assertGreater(long.warmup.length, 0);
      assertEquals(long.samples, []);
    });
  });

  Deno.test(`${id} refuses a file that is no program`, async () => {
    await withSession(id, async (_session, { path }) => {
      await Deno.writeTextFile(path, "nothing of the kind");
      await using device = await open();
      await assertRejects(() => device.load({ kind: runs, path }, { threads: 1 }), Error);
    });
  });

  Deno.test(`${id} tells times by operator and peak memory, where it tells them`, async () => {
    await withSession(id, async (session, program) => {
      await session.run(inputs);
      const request = { warmupCalls: 0, warmupMs: 0, samples: 1, layers: true };
      const { layers } = await session.measure(request);
      const names = lower(model).operators.map(({ name }) => name);
      if (runs === "plan") assertEquals(layers?.map(({ name }) => name), names);
      assert((layers ?? []).every(({ ns }) => ns >= 0));
      await using device = await open();
      const bytes = await device.peakBytes?.(program, { threads: 1 });
      if (bytes !== undefined) assertGreater(bytes, 100 * 1024);
    });
  });
}
