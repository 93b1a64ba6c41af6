import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertExists,
  assertGreater,
  assertGreaterOrEqual,
  assertInstanceOf,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { parseArgs } from "@std/cli";
import { parse, stringify } from "@std/csv";

Deno.test("assertions accept what holds", async () => {
  assert(1);
  assertEquals({ a: [1, NaN], b: new Map([["x", 1]]) }, { a: [1, NaN], b: new Map([["x", 1]]) });
  assertEquals(new Float32Array([1, 2]), new Float32Array([1, 2]));
  assertNotEquals([1], [2]);
  assertAlmostEquals(0.1 + 0.2, 0.3);
  assertAlmostEquals(Infinity, Infinity);
  assertGreater(2, 1);
  assertGreaterOrEqual(2, 2);
  assertLess(1, 2);
  assertLessOrEqual(2, 2);
  assertExists(0);
  assertInstanceOf(new RangeError("x"), Error);
  assertStringIncludes("kernel", "kern");
  assertMatch("conv1", /\d$/);
  const thrown = assertThrows(() => JSON.parse("{"), SyntaxError);
  assertInstanceOf(thrown, SyntaxError);
  await assertRejects(() => Promise.reject(new RangeError("rate is 0")), RangeError, "rate");
});

Deno.test("assertions refuse what does not hold", async () => {
  const failing: (() => unknown)[] = [
    () => assert(0),
    () => assertEquals<unknown>([1, 2], [1, 3]),
    () => assertEquals<unknown>(new Float32Array([1]), new Float64Array([1])),
    () => assertNotEquals([NaN], [NaN]),
    () => assertAlmostEquals(1, 1.001),
    () => assertAlmostEquals(NaN, 1),
    () => assertGreater(1, 1),
    () => assertGreater(NaN, 1),
    () => assertGreaterOrEqual(1, 2),
    () => assertLess(1, 1),
    () => assertLessOrEqual(2, 1),
    () => assertExists(null),
    () => assertInstanceOf(1, Error),
    () => assertStringIncludes("a", "b"),
    () => assertMatch("a", /b/),
    () => assertThrows(() => {}),
    () => assertThrows(() => JSON.parse("{"), RangeError),
    () =>
      assertThrows(
        () => {
          throw new Error("a");
        },
        Error,
        "b",
      ),
  ];
  for (const f of failing) assertThrows(f, Error, "", f.toString());
  await assertRejects(() => assertRejects(() => Promise.resolve()), Error, "reject");
  await assertRejects(() => assertRejects(() => Promise.reject(new Error("a")), TypeError), Error);
});

Deno.test("parseArgs sets declared options under every alias", () => {
  const args = parseArgs(["c3d", "--rate=3.6", "-m", "a", "--methods", "b", "-h", "--no-color"], {
    string: ["rate", "methods", "out"],
    boolean: ["help", "quick", "color"],
    collect: ["methods"],
    negatable: ["color"],
    alias: { help: "h", methods: ["m"] },
    default: { color: true, out: "results" },
  });
  assertEquals(args, {
    _: ["c3d"],
    rate: "3.6",
    m: ["a", "b"],
    methods: ["a", "b"],
    h: true,
    help: true,
    quick: false,
    color: false,
    out: "results",
  });
});

Deno.test("parseArgs reports unknown arguments, and drops them on false", () => {
  const unknown: unknown[] = [];
  const args = parseArgs(["a", "--rtae", "3", "-x", "--", "--b"], {
    boolean: ["help"],
    unknown: (arg, key, value) => {
      unknown.push([arg, key, value]);
      return key === undefined;
    },
  });
  assertEquals(unknown, [
    ["a", undefined, undefined],
    ["--rtae", "rtae", 3],
    ["-x", "x", true],
    ["--b", undefined, undefined],
  ]);
  assertEquals(args, { _: ["a", "--b"], help: false });
});

Deno.test("CSV survives a round trip with quotes, separators and line feeds", () => {
  const columns = ["name", "value", "flag"] as const;
  const rows = [
    { name: 'a "quoted", one', value: 1.5, flag: true },
    { name: "two\nlines", value: null, flag: false },
  ];
  const text = stringify(rows, { columns });
  assertEquals(
    text,
    'name,value,flag\r\n"a ""quoted"", one",1.5,true\r\n"two\nlines",,false\r\n',
  );
  const expected = [
    { name: 'a "quoted", one', value: "1.5", flag: "true" },
    { name: "two\nlines", value: "", flag: "false" },
  ];
  assertEquals(parse(text, { skipFirstRow: true }), expected);
  assertEquals(parse(text, { skipFirstRow: true, columns }), expected);
  assertEquals(parse("a,b\n\nc\n"), [["a", "b"], ["c"]]);
  assertEquals(stringify([[1, 2]], { headers: false }), "1,2\r\n");
  assertThrows(() => parse("a,b\n1\n", { skipFirstRow: true }), SyntaxError);
  assertThrows(() => stringify([{ a: 1 }]), TypeError);
});
