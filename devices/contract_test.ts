/**
 * What every device must keep to that runs programs on this machine.
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
import type { Program, Session, Tensors } from "./device.ts";
import { DEVICES, openDevice } from "./registry.ts";

/** Which device stands for a kind of them, and what it needs; other kinds have tests of their own. */
const EXAMPLES: Readonly<Record<string, { readonly id: string; readonly needs: string }>> = {
  "opencl:": { id: "opencl:0:untuned", needs: "pocl-opencl-icd" },
  "coexec:": { id: "coexec:0:untuned", needs: "pocl-opencl-icd" },
};

/** A device that the tests open. */
interface Subject {
  readonly id: string;
  readonly runs: "plan" | "onnx";
  /** Behind the names of its tests. */
  readonly suffix: string;
  readonly ignore: boolean;
}

const SUBJECTS: readonly Subject[] = (await Promise.all(
  DEVICES.map(async ({ id, runs }): Promise<Subject[]> => {
    if (!id.endsWith(":")) return [{ id, runs, suffix: "", ignore: false }];
    const example = EXAMPLES[id];
    if (!example) return [];
    await using device = await openDevice(example.id);
    const { available, missing } = await device.probe();
    const reason = available ? "" : `: ${missing}`;
    const suffix = ` (needs ${example.needs}${reason})`;
    return [{ id: example.id, runs, suffix, ignore: !available }];
  }),
)).flat();

const model = smallNet(3);
const inputs = randomInputs(model, 1);

/** Writes the model as a device wants it, and loads it. */
async function withSession(
  { id, runs }: Subject,
  test: (session: Session, program: Program) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const program: Program = { kind: runs, path: `${folder}/program` };
    await using device = await openDevice(id);
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

for (const subject of SUBJECTS) {
  const { id, runs, suffix, ignore } = subject;
  const test = (name: string, fn: () => Promise<void>) =>
    Deno.test({ name: `${name}${suffix}`, ignore, fn });

  test(`${id} is available here, and supports what it says it runs`, async () => {
    await using device = await openDevice(id);
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
    await withSession(subject, async (session) => {
      const [output] = (await session.run(inputs)).values();
      const same = tensor(values(output), reference.shape);
      assertLess(relativeError(same, reference), 1e-5);
    });
  });

  test(`${id} takes the samples that it is asked for, and warms up before`, async () => {
    await withSession(subject, async (session) => {
      await session.run(inputs);
      const once = await session.measure({ warmupCalls: 3, warmupMs: 0, samples: 5 });
      assertEquals([once.warmup.length, once.samples.length], [3, 5]);
      assert([...once.warmup, ...once.samples].every((ns) => ns > 0));
      const long = await session.measure({ warmupCalls: 0, warmupMs: 5, samples: 0 });
      assertGreater(long.warmup.length, 0);
      assertEquals(long.samples, []);
    });
  });

  test(`${id} refuses a file that is no program`, async () => {
    await withSession(subject, async (_session, { path }) => {
      await Deno.writeTextFile(path, "nothing of the kind");
      await using device = await openDevice(id);
      await assertRejects(() => device.load({ kind: runs, path }, { threads: 1 }), Error);
    });
  });

  test(`${id} tells times by operator and peak memory, where it tells them`, async () => {
    await withSession(subject, async (session, program) => {
      await session.run(inputs);
      const request = { warmupCalls: 0, warmupMs: 0, samples: 1, layers: true };
      const { layers } = await session.measure(request);
      await using device = await openDevice(id);
      const target = device.lowering;
      const names = lower(model, { target }).operators.map(({ name }) => name);
      if (runs === "plan") assertEquals(layers?.map(({ name }) => name), names);
      assert((layers ?? []).every(({ ns }) => ns >= 0));
      const bytes = await device.peakBytes?.(program, { threads: 1 });
      if (bytes !== undefined) assertGreater(bytes, 100 * 1024);
    });
  });
}
