import { assert, assertEquals } from "@std/assert";
import { checksum, DETAILS, type Field, type FieldType, layOut } from "./format.ts";
import * as format from "./format.ts";
import { MAX_RANK, type PlanOperator } from "./plan.ts";

const HEADER_FILE = new URL("../include/kerf_plan.h", import.meta.url);
const original = await Deno.readTextFile(HEADER_FILE);
const source = original.replaceAll(/\/\*[\s\S]*?\*\//g, "");

const TYPES: Readonly<Record<string, FieldType>> = {
  uint32_t: "u32",
  uint64_t: "u64",
  int64_t: "i64",
  float: "f32",
};

/** Fields of a struct of the header, in order; those of a struct inside stand in its place. */
function fieldsOf(struct: string): Field[] {
  const [, body] = new RegExp(String.raw`typedef struct \{([^}]*)\} ${struct};`).exec(source)!;
  return [...body.matchAll(/(\w+) ([^;]+);/g)].flatMap(([, type, names]) => {
    if (type === "char") return []; // the magic
    if (!(type in TYPES)) return fieldsOf(type);
    return names.split(",").map((name): Field => {
      const [, id, count] = /^(\w+)(?:\[(\w+)\])?$/.exec(name.trim())!;
      const number = count && /^\d/.test(count) ? count : count && defined(count);
      return number ? [id, TYPES[type], Number(number)] : [id, TYPES[type]];
    });
  });
}

/** Names of an enum of the header, in order, in lower case and without `prefix`. */
function namesOf(type: string, prefix: string): string[] {
  const [, body] = new RegExp(String.raw`typedef enum \{([^}]*)\} ${type};`).exec(source)!;
  return [...body.matchAll(/KERF_(\w+)/g)]
    .map(([, name]) => name.toLowerCase().replace(prefix, ""));
}

/** Value of a `#define` of the header. */
function defined(name: string): string {
  const found = new RegExp(String.raw`#define ${name} (\S+)`).exec(source);
  assert(found, name);
  return found[1].replace(/^(\d+)u$/, "$1").replaceAll('"', "");
}

Deno.test("the records of format.ts are those of kerf_plan.h", () => {
  assertEquals(format.HEADER, fieldsOf("kerf_plan_header"));
  assertEquals(format.VALUE, fieldsOf("kerf_plan_value"));
  assertEquals(format.TENSOR, fieldsOf("kerf_plan_tensor"));
  assertEquals(format.OPERATOR, fieldsOf("kerf_plan_operator"));
  assertEquals(format.MATRIX, fieldsOf("kerf_plan_matrix"));
  for (const [kind, code] of kindsOf()) {
    const record = new RegExp(String.raw`KERF_OP_\w+ = ${code}\b.*detail: (\w+)`).exec(original);
    assertEquals(DETAILS[kind as PlanOperator["kind"]], record ? fieldsOf(record[1]) : undefined);
  }
});

/** Kinds of operators of the header with their codes. */
function kindsOf(): [kind: string, code: number][] {
  return [...source.matchAll(/KERF_OP_(\w+) = (\d+)/g)]
    .map(([, name, code]) => [name.toLowerCase(), Number(code)]);
}

Deno.test("the constants of format.ts are those of kerf_plan.h", () => {
  assertEquals(format.MAGIC, defined("KERF_PLAN_MAGIC"));
  assertEquals(String(format.VERSION), defined("KERF_PLAN_VERSION"));
  assertEquals(String(MAX_RANK), defined("KERF_MAX_RANK"));
  assertEquals(`0x${format.NONE.toString(16)}u`, defined("KERF_NONE"));
  assertEquals(String(format.MAX_INPUTS), defined("KERF_MAX_INPUTS"));
  assertEquals(String(format.MAX_FUSED_POOL), defined("KERF_MAX_FUSED_POOL"));
  assertEquals(String(format.SLACK_FLOATS), defined("KERF_SLACK_FLOATS"));
});

Deno.test("the codes of format.ts are those of kerf_plan.h", () => {
  assertEquals<[string, number][]>(format.KINDS.map((kind, i) => [kind, i + 1]), kindsOf());
  // The last name of the other lists says how many there are.
  const listed = (type: string, prefix: string) => namesOf(type, prefix).slice(0, -1);
  assertEquals<readonly string[]>(format.SPACES, namesOf("kerf_plan_space", "space_"));
  assertEquals(["no_activation", ...format.ACTIVATIONS.slice(1)], listed("kerf_activation", ""));
  assertEquals<readonly string[]>(format.ELEMENTWISE, listed("kerf_elementwise", ""));
  assertEquals<readonly string[]>(format.REDUCTIONS, listed("kerf_reduction", "reduce_"));
  assertEquals<readonly string[]>(format.POOLINGS, listed("kerf_pooling", "pool_"));
});

Deno.test("records are laid out as C lays them out", () => {
  // Written out once by hand, so that a mistake in the rule is not in both.
  const { offsets, bytes } = layOut(format.HEADER, 8);
  assertEquals([offsets.checksum, offsets.file_bytes, offsets.outputs, bytes], [12, 16, 44, 96]);
  assertEquals(layOut(format.TENSOR).bytes, 88);
  const operator = layOut(format.OPERATOR);
  assertEquals([operator.offsets.output, operator.offsets.detail, operator.bytes], [32, 48, 56]);
  const sizes = Object.values(DETAILS).map((fields) => layOut(fields).bytes);
  assertEquals(sizes, [152, 112, 48, 80, 40, 68, 8, 64, 16, 16]);
});

Deno.test("the checksum sees every byte but its own field", () => {
  for (const size of [64, 100, 128, 1000]) {
    const file = Uint8Array.from({ length: size }, (_, i) => (i * 37) & 255);
    const sum = checksum(file), { checksum: own } = layOut(format.HEADER, 8).offsets;
    for (let at = 0; at < size; at++) {
      file[at] ^= 1;
      assertEquals(checksum(file) === sum, at >= own && at < own + 4, `byte ${at} of ${size}`);
      file[at] ^= 1;
    }
  }
});
