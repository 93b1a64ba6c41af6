import { assert, assertEquals } from "@std/assert";
import { checksum, type Field, KINDS, layOut } from "./format.ts";
import * as format from "./format.ts";

const HEADER_FILE = new URL("../include/kerf_plan.h", import.meta.url);
const source = (await Deno.readTextFile(HEADER_FILE)).replaceAll(/\/\*[\s\S]*?\*\//g, "");

/** Fields of a struct of the header, in order. */
function fieldsOf(struct: string): Field[] {
  const [, body] = new RegExp(String.raw`typedef struct \{([^}]*)\} ${struct};`).exec(source)!;
  return [...body.matchAll(/(char|uint32_t|uint64_t) ([^;]+);/g)].flatMap(([, type, names]) => {
    if (type === "char") return []; // the magic
    const bytes = type === "uint64_t" ? 8 : 4;
    return names.split(",").map((name): Field => {
      const [, id, count] = /^(\w+)(?:\[(\d+)\])?$/.exec(name.trim())!;
      return count ? [id, bytes, Number(count)] : [id, bytes];
    });
  });
}

/** Value of a `#define` of the header. */
function defined(name: string): string {
  const found = new RegExp(String.raw`#define ${name} (\S+)`).exec(source);
  assert(found, name);
  return found[1].replace(/^(\d+)u$/, "$1").replaceAll('"', "");
}

Deno.test("the records of format.ts are those of kerf_plan.h", () => {
  assertEquals(format.HEADER, fieldsOf("kerf_plan_header"));
  assertEquals(format.TENSOR, fieldsOf("kerf_plan_tensor"));
  assertEquals(format.OPERATOR, fieldsOf("kerf_plan_operator"));
});

Deno.test("the constants of format.ts are those of kerf_plan.h", () => {
  assertEquals(format.MAGIC, defined("KERF_PLAN_MAGIC"));
  assertEquals(String(format.VERSION), defined("KERF_PLAN_VERSION"));
  assertEquals(String(format.FLAG_RELU), defined("KERF_FLAG_RELU"));
  assertEquals(String(format.MAX_FUSED_POOL), defined("KERF_MAX_FUSED_POOL"));
  assertEquals(String(format.SLACK_FLOATS), defined("KERF_SLACK_FLOATS"));
  const kinds = [...source.matchAll(/KERF_OP_(\w+) = (\d+)/g)]
    .map(([, name, code]) => [name.toLowerCase(), Number(code)]);
  assertEquals(Object.entries(KINDS), kinds);
});

Deno.test("records are laid out as C lays them out", () => {
  // Written out once by hand, so that a mistake in the rule is not in both.
  const { offsets, bytes } = layOut(format.HEADER, 8);
  assertEquals([offsets.checksum, offsets.file_bytes, offsets.output, bytes], [12, 16, 44, 64]);
  assertEquals(layOut(format.TENSOR).bytes, 40);
  const operator = layOut(format.OPERATOR);
  assertEquals(operator.offsets.name, 16);
  assertEquals(operator.offsets.pool_kernel, 28);
  assertEquals(operator.offsets.rows, 64);
  assertEquals(operator.offsets.tap_offsets, 104);
  assertEquals(operator.bytes, 200);
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
