import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { NETS } from "../testing/nets.ts";
import { prune, PRUNINGS } from "../testing/prunings.ts";
import { checksum, HEADER, layOut } from "./format.ts";
import { lower } from "./lower.ts";
import { PlanFormatError } from "./plan.ts";
import { decodePlan, readPlan } from "./read.ts";
import { encodePlan, writePlan } from "./write.ts";

const { offsets } = layOut(HEADER, 8);

function example(): Uint8Array<ArrayBuffer> {
  const pruning = PRUNINGS.find(({ name }) => name.startsWith("kgs"))!;
  return encodePlan(lower(prune(NETS.at(-1)!.build(1), pruning, 1)));
}

/** The example with a change, and the checksum that fits the change. */
function changed(change: (view: DataView) => void): Uint8Array<ArrayBuffer> {
  const file = example(), view = new DataView(file.buffer);
  change(view);
  view.setUint32(offsets.checksum, checksum(file), true);
  return file;
}

Deno.test("a plan is the same after it was written and read", () => {
  for (const [i, net] of NETS.entries()) {
    const model = prune(net.build(1), PRUNINGS[i % PRUNINGS.length], 1);
    const plan = lower(model), file = encodePlan(plan);
    const again = decodePlan(file);
    assertEquals(again, plan, net.name);
    assertEquals(encodePlan(again), file, net.name);
  }
});

Deno.test("bytes may begin anywhere in their buffer", () => {
  const file = example();
  const shifted = new Uint8Array(file.length + 3).subarray(3);
  shifted.set(file);
  assertEquals(decodePlan(shifted), decodePlan(file));
});

Deno.test("a file that is no plan, of another version, cut or altered is refused", () => {
  const file = example();
  const refuses = (bytes: Uint8Array<ArrayBuffer>, reason: string) =>
    assertStringIncludes(assertThrows(() => decodePlan(bytes), PlanFormatError).reason, reason);
  refuses(new Uint8Array(), "it has 0 bytes");
  refuses(file.slice(0, 63), "it has 63 bytes");
  refuses(file.slice(0, -64), "the plan is cut");
  refuses(Uint8Array.from([...file, 0]), "the plan is cut");
  refuses(changed((view) => view.setUint8(0, 0)), "does not begin with KERFPLAN");
  refuses(changed((view) => view.setUint32(offsets.version, 2, true)), "plan version 2");
  for (let at = offsets.arena_floats; at < file.length; at += 97) {
    const flipped = file.slice();
    flipped[at] ^= 16;
    refuses(flipped, "the plan is corrupt");
  }
});

Deno.test("tables outside the file are refused", () => {
  for (const table of ["tensor", "operator"]) {
    const at = offsets[`${table}_table`], count = offsets[`${table}s`];
    for (const offset of [0n, 12n, 68n, 1n << 20n, 1n << 63n, (1n << 64n) - 8n]) {
      const file = changed((view) => view.setBigUint64(at, offset, true));
      assertThrows(() => decodePlan(file), PlanFormatError, "outside the file");
    }
    const file = changed((view) => view.setUint32(count, 2 ** 32 - 1, true));
    assertThrows(() => decodePlan(file), PlanFormatError, "outside the file");
  }
});

Deno.test("a file that is refused is named; one that is not there is not found", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/a.plan`, plan = decodePlan(example());
    await writePlan(plan, path);
    assertEquals(await readPlan(path), plan);
    await Deno.writeTextFile(path, "not a plan".repeat(10));
    const { message } = await assertRejects(() => readPlan(path), PlanFormatError);
    assertEquals(
      message,
      `Cannot load plan "${path}" as it must be valid: not a plan: it does not begin with KERFPLAN`,
    );
    await assertRejects(() => readPlan(`${folder}/b.plan`), Deno.errors.NotFound);
    await assertRejects(() => writePlan(plan, `${folder}/none/a.plan`), Deno.errors.NotFound);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["a.plan"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
