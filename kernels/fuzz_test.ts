/**
 * Malformed plans, their checksums made right so that the checks behind are reached. The runtime
 * must refuse or run each, never read or write out of bounds: the sanitizers watch. And the reader
 * in `plan/read.ts` must come to the same verdict.
 *
 * @module
 */

import { assertEquals, assertGreater } from "@std/assert";
import { Random } from "../graph/random.ts";
import {
  bytesOf,
  checksum,
  DETAILS,
  type Field,
  HEADER,
  KINDS,
  layOut,
  OPERATOR,
  TENSOR,
  VALUE,
} from "./plan/format.ts";
import { PlanFormatError } from "./plan/plan.ts";
import { decodePlan } from "./plan/read.ts";
import { encodePlan } from "./plan/write.ts";
import { findExecutable } from "./testing/executable.ts";
import { everyKind } from "./testing/plans.ts";

const SEED = Number(Deno.env.get("KERF_FUZZ_SEED") ?? 1);
/** About how many numbers are changed. */
const CHANGES = Number(Deno.env.get("KERF_FUZZ_CHANGES") ?? 250);
/** Exit code of a run that a sanitizer ended. */
const CAUGHT = 99;

/** A malformed plan, and what was done to it. */
interface Mutant {
  readonly what: string;
  readonly file: Uint8Array<ArrayBuffer>;
}

/** One number of a table. */
interface Place {
  readonly what: string;
  readonly at: number;
  readonly bytes: 4 | 8;
}

/** Every number of the header (but size and checksum), the tables and the operators' records. */
function placesOf(file: Uint8Array<ArrayBuffer>): Place[] {
  const view = new DataView(file.buffer), header = layOut(HEADER, 8);
  const record = (what: string, at: number, fields: readonly Field[], start = 0) =>
    fields.flatMap(([name, type, count = 1]) =>
      Array.from({ length: count }, (_, i): Place => ({
        what: `${what} ${name}[${i}]`,
        at: at + layOut(fields, start).offsets[name] + i * bytesOf(type),
        bytes: bytesOf(type),
      }))
    );
  const placesOfTable = (name: string, fields: readonly Field[]) => {
    const start = Number(view.getBigUint64(header.offsets[`${name}_table`], true));
    const count = view.getUint32(header.offsets[`${name}s`], true), { bytes } = layOut(fields);
    return Array.from({ length: count }, (_, i) => start + i * bytes);
  };
  const table = (name: string, fields: readonly Field[]) =>
    placesOfTable(name, fields).flatMap((at, i) => record(`${name} ${i}`, at, fields));
  const details = placesOfTable("operator", OPERATOR).flatMap((at) => {
    const { offsets } = layOut(OPERATOR);
    const kind = KINDS[view.getUint32(at + offsets.kind, true) - 1];
    const detail = Number(view.getBigUint64(at + offsets.detail, true));
    return record(kind, detail, DETAILS[kind] ?? []);
  });
  return [
    ...record("header", 0, HEADER, 8).filter(({ what }) => !/checksum|file_bytes/.test(what)),
    ...table("tensor", TENSOR),
    ...table("operator", OPERATOR),
    ...table("input", VALUE),
    ...table("output", VALUE),
    ...details,
  ];
}

function get(view: DataView, { at, bytes }: Place): bigint {
  return bytes === 4 ? BigInt(view.getUint32(at, true)) : view.getBigUint64(at, true);
}

function set(view: DataView, { at, bytes }: Place, value: bigint): void {
  if (bytes === 4) view.setUint32(at, Number(BigInt.asUintN(32, value)), true);
  else view.setBigUint64(at, BigInt.asUintN(64, value), true);
}

/** Mutants of a valid plan: each number made extreme, numbers exchanged, contents altered, cuts. */
function* mutantsOf(valid: Uint8Array<ArrayBuffer>, random: Random): Generator<Mutant> {
  const places = placesOf(valid), { offsets } = layOut(HEADER, 8);
  const any = <T>(list: readonly T[]): T => list[random.integer(list.length)];
  const mutant = (what: string, change: (view: DataView) => void, size = valid.length): Mutant => {
    const file = valid.slice(0, size), view = new DataView(file.buffer);
    change(view);
    view.setBigUint64(offsets.file_bytes, BigInt(size), true);
    view.setUint32(offsets.checksum, checksum(file), true);
    return { what, file };
  };
  for (const place of places) {
    if (random.integer(places.length) >= CHANGES) continue;
    const near = [-1n, 1n, -64n, 64n].map((step) => (old: bigint) => old + step);
    const far = [0n, 1n, 8n, 1n << 20n, 1n << 31n, (1n << 32n) - 1n, 1n << 63n, (1n << 64n) - 1n]
      .map((extreme) => () => extreme);
    const change = any([...near, (old: bigint) => old * 2n, (old: bigint) => old / 2n, ...far]);
    const was = get(new DataView(valid.buffer), place), value = change(was);
    yield mutant(`${place.what}: ${was} made ${value}`, (view) => set(view, place, value));
  }
  for (let i = 0; i < 40; i++) {
    const a = any(places);
    const b = any(places.filter(({ bytes, what }) => bytes === a.bytes && what !== a.what));
    yield mutant(`${a.what} and ${b.what} exchanged`, (view) => {
      const was = get(view, a);
      set(view, a, get(view, b));
      set(view, b, was);
    });
  }
  const sections = Math.max(...places.map(({ at }) => at)) + 8;
  for (let i = 0; i < 60; i++) {
    const at = sections + random.integer(valid.length - sections), value = random.bits() & 255;
    yield mutant(`byte ${at} made ${value}`, (view) => view.setUint8(at, value));
  }
  for (let i = 0; i < 10; i++) {
    const size = 64 + random.integer(valid.length - 64);
    yield mutant(`cut to ${size} bytes`, () => {}, size);
  }
}

/** Why the reader refuses a file; nothing when it does not. */
function readersReason({ file, what }: Mutant): string | undefined {
  try {
    decodePlan(file);
  } catch (error) {
    if (error instanceof PlanFormatError) return error.reason;
    throw new Error(`${what}: the reader fails`, { cause: error });
  }
}

const found = await findExecutable("sanitized", {
  env: {
    ASAN_OPTIONS: `exitcode=${CAUGHT}:allocator_may_return_null=1`,
    UBSAN_OPTIONS: `exitcode=${CAUGHT}`,
  },
});

Deno.test({
  name: "no malformed plan makes the runtime read or write out of bounds (needs sanitizer" +
    ("missing" in found ? `: ${found.missing})` : ")"),
  ignore: "missing" in found,
  async fn() {
    if (!("executable" in found)) return;
    const valid = encodePlan(everyKind(SEED));
    const folder = await Deno.makeTempDir();
    let refused = 0, ran = 0;
    try {
      for (const mutant of mutantsOf(valid, new Random(SEED, "mutants"))) {
        await Deno.writeFile(`${folder}/plan`, mutant.file);
        const { code, stderr } = await found.executable.run(`${folder}/plan`, "--threads", "2");
        const what = `${mutant.what} (KERF_FUZZ_SEED=${SEED})\n${stderr}`;
        assertEquals(code, code === 0 ? 0 : 1, what);
        if (stderr.includes("no memory")) continue;
        const reason = readersReason(mutant);
        assertEquals(code, reason === undefined ? 0 : 1, `${what}\nreader: ${reason}`);
        if (code) refused++;
        else ran++;
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
    assertGreater(refused, 80);
    assertGreater(ran, 20);
  },
});
