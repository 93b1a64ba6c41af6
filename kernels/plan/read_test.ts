import {
  assertEquals,
  assertLessOrEqual,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { everyKind } from "../testing/plans.ts";
import { checksum, HEADER, layOut } from "./format.ts";
import { PlanFormatError } from "./plan.ts";
import { decodePlan, readPlan } from "./read.ts";
import { encodePlan, writePlan } from "./write.ts";

const { offsets } = layOut(HEADER, 8);

function example(): Uint8Array<ArrayBuffer> {
  return encodePlan(everyKind(1));
}

/** The example with a change, and the checksum that fits the change. */
function changed(change: (view: DataView) => void): Uint8Array<ArrayBuffer> {
  const file = example(), view = new DataView(file.buffer);
  change(view);
  view.setUint32(offsets.checksum, checksum(file), true);
  return file;
}

Deno.test("a plan is the same after it was written and read", () => {
  for (const seed of [1, 2]) {
    const plan = everyKind(seed), file = encodePlan(plan);
    const again = decodePlan(file);
    assertEquals(again, plan);
    assertEquals(encodePlan(again), file);
  }
});

Deno.test("weights that several operators share are written once", () => {
  const plan = everyKind(1), shared = { ...plan, operators: [...plan.operators] };
  shared.operators.push(...plan.operators.filter(({ kind }) => kind === "winograd"));
  const records = 56 + 48 + 64; // of the operator and its kind, and its name
  const more = encodePlan(shared).length - encodePlan(plan).length;
  assertLessOrEqual(more, Math.ceil(records / 64) * 64);
  const [first, second] = decodePlan(encodePlan(shared)).operators
    .flatMap((op) => op.kind === "winograd" ? [op.weights.byteOffset] : []);
  assertEquals(first, second);
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
  refuses(file.slice(0, 95), "it has 95 bytes");
  refuses(file.slice(0, -64), "the plan is cut");
  refuses(Uint8Array.from([...file, 0]), "the plan is cut");
  refuses(changed((view) => view.setUint8(0, 0)), "does not begin with KERFPLAN");
  refuses(changed((view) => view.setUint32(offsets.version, 1, true)), "plan version 1");
  for (let at = offsets.arena_floats; at < file.length; at += 97) {
    const flipped = file.slice();
    flipped[at] ^= 16;
    refuses(flipped, "the plan is corrupt");
  }
});

Deno.test("tables outside the file are refused", () => {
  for (const table of ["tensor", "operator", "input", "output"]) {
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
