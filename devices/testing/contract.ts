/**
 * What every device must keep to that runs programs: tests for any of them.
 *
 * @module
 */

import { assert, assertEquals, assertGreater, assertLess, assertRejects } from "@std/assert";
import { relativeError } from "../../graph/compare.ts";
import { writeOnnx } from "../../graph/onnx/write.ts";
import { openReference } from "../../graph/reference.ts";
import { randomInputs, smallNet } from "../../graph/testing.ts";
import { tensor, values } from "../../graph/tensor.ts";
import { lower } from "../../kernels/plan/lower.ts";
import { writePlan } from "../../kernels/plan/write.ts";
import type { Device, Program, Session, Tensors } from "../device.ts";

const model = smallNet(3);
const inputs = randomInputs(model, 1);

/** A device to be held to the contract. */
export interface Candidate {
  /** As typed on the command line. */
  readonly id: string;
  /** The kind of program that it runs. */
  readonly runs: Program["kind"];
  /** Opens it. */
  open(): Promise<Device>;
  /** Why it cannot be tested here; absent when it can. */
  readonly missing?: string | undefined;
}

/** Writes the model as a device wants it, and loads it. */
async function withSession(
  { runs, open }: Candidate,
  test: (session: Session, program: Program) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const program: Program = { kind: runs, path: `${folder}/program` };
    await using device = await open();
    if (runs === "plan") await writePlan(lower(model, { target: device.lowering }), program.path);
    else await writeOnnx(model, program.path);
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

/** An emulated device counts every operator, and refuses to time. */
async function countsOnly(session: Session): Promise<void> {
  const request = { warmupCalls: 0, warmupMs: 0, samples: 1 };
  await assertRejects(() => session.measure(request), TypeError, "no latency");
  const readings = await session.count!({});
  const counted = readings.filter(({ quantity }) => quantity === "instructions");
  const names = lower(model).operators.map(({ name }) => name);
  assertEquals(counted.map(({ operator }) => operator), [...names, undefined]);
  assert(counted.every(({ source, value }) => source === "emulated" && value! > 0));
}

/** Registers the tests of one device; skipped, with the reason in their names, when it is missing. */
export function testContract(candidate: Candidate): void {
  const { id, runs, open, missing: lacking } = candidate;
  const test = (name: string, fn: () => Promise<void>) =>
    Deno.test({
      name: lacking ? `${name} (needs ${lacking})` : name,
      ignore: Boolean(lacking),
      fn,
    });

  test(`${id} is available here, and supports what it says it runs`, async () => {
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

  test(`${id} gives the outputs that ONNX Runtime gives`, async () => {
    const [reference] = (await expected()).values();
    await withSession(candidate, async (session) => {
      const [output] = (await session.run(inputs)).values();
      const same = tensor(values(output), reference.shape);
      assertLess(relativeError(same, reference), 1e-5);
    });
  });

  test(`${id} takes the samples that it is asked for, and warms up before`, async () => {
    await withSession(candidate, async (session) => {
      await session.run(inputs);
      if (session.count) return await countsOnly(session);
      const once = await session.measure({ warmupCalls: 3, warmupMs: 0, samples: 5 });
      assertEquals([once.warmup.length, once.samples.length], [3, 5]);
      assert([...once.warmup, ...once.samples].every((ns) => ns > 0));
      const long = await session.measure({ warmupCalls: 0, warmupMs: 5, samples: 0 });
      assertGreater(long.warmup.length, 0);
      assertEquals(long.samples, []);
    });
  });

  test(`${id} refuses a file that is no program`, async () => {
    await withSession(candidate, async (_session, { path }) => {
      await Deno.writeTextFile(path, "nothing of the kind");
      await using device = await open();
      await assertRejects(() => device.load({ kind: runs, path }, { threads: 1 }), Error);
    });
  });

  test(`${id} tells times by operator and peak memory, where it tells them`, async () => {
    await withSession(candidate, async (session, program) => {
      await session.run(inputs);
      if (session.count) return; // has no times
      const request = { warmupCalls: 0, warmupMs: 0, samples: 1, layers: true };
      const { layers } = await session.measure(request);
      await using device = await open();
      const { operators } = lower(model, { target: device.lowering });
      if (runs === "plan") {
        assertEquals(layers?.map(({ name }) => name), operators.map(({ name }) => name));
      }
      assert((layers ?? []).every(({ ns }) => ns >= 0));
      const bytes = await device.peakBytes?.(program, { threads: 1 });
      if (bytes !== undefined) assertGreater(bytes, 100 * 1024);
    });
  });

  test(`${id} tells readings only when asked, each a number or why there is none`, async () => {
    await withSession(candidate, async (session) => {
      await session.run(inputs);
      if (session.count) return; // tells them by counting
      const request = { warmupCalls: 0, warmupMs: 0, samples: 1 };
      assertEquals((await session.measure(request)).readings, undefined);
      const { samples, readings = [] } = await session.measure({ ...request, readings: true });
      assertEquals(samples.length, 1, "the calls that readings need are none of the timed ones");
      for (const { quantity, value, unavailable } of readings) {
        assertEquals(value === undefined, unavailable !== undefined, quantity);
      }
    });
  });
}
