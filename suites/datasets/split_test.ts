import {
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { divide, parseSplit } from "./split.ts";
import { withFolder } from "./testing.ts";

const samples = ["b/p1_x.avi", "a/p1 y.avi", "a/p2.avi", "b/p2(1).avi", "b/p3.avi"].map((path) => ({
  path,
  className: path.split("/")[0],
}));

/** Writes split files and divides `samples` by them. */
async function divided(train?: string, test?: string) {
  let result: Awaited<ReturnType<typeof divide>> | undefined;
  await withFolder(async (folder) => {
    const split: { train?: string; test?: string } = {};
    for (const [side, text] of [["train", train], ["test", test]] as const) {
      if (text === undefined) continue;
      split[side] = `${folder}/${side}.txt`;
      await Deno.writeTextFile(split[side], text);
    }
    result = await divide("set", samples, { split, seed: 1 });
  });
  return result!;
}

Deno.test("parseSplit() reads paths, patterns and class numbers, and passes notes over", () => {
  const text =
    "# UCF101\r\nApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.avi 1\r\n\n./*/p6 x_*\t\n7 12\n";
  assertEquals(parseSplit(text, "list"), [
    { pattern: "ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.avi", number: 1 },
    { pattern: "*/p6 x_*" },
    { pattern: "7", number: 12 },
  ]);
  assertThrows(() => parseSplit("# nothing\n", "list.txt"), RangeError, '"list.txt"');
});

Deno.test("divide() takes paths with spaces and brackets as they are, and * for any characters", async () => {
  assertEquals(await divided("a/p1 y.avi\nb/p2(1).avi\n", "*/p3*\na/p2.avi"), {
    classes: ["a", "b"],
    train: [1, 3],
    test: [2, 4],
  });
  assertEquals((await divided("*1*")).train, [0, 1, 3]);
  // Across the borders of folders, but not as a regular expression.
  assertEquals((await divided("*1*", "*/p2.*")).test, [2]);
});

Deno.test("divide() gives what one file does not name to the other side", async () => {
  assertEquals(await divided("*/p1*"), { classes: ["a", "b"], train: [0, 1], test: [2, 3, 4] });
  assertEquals(await divided(undefined, "b/*"), {
    classes: ["a", "b"],
    train: [1, 2],
    test: [0, 3, 4],
  });
});

Deno.test("divide() orders classes by their numbers", async () => {
  const { classes } = await divided("b/p1_x.avi 1\na/p1 y.avi 2\n", "*2*");
  assertEquals(classes, ["b", "a"]);
});

Deno.test("divide() names all that does not fit", async () => {
  const error = await assertRejects(
    () => divided("a/p9.avi\nc*\n*/p1* 1\nb/p3.avi 2", "b/p3.avi"),
    RangeError,
    'Cannot divide set "set" as split files must name what it has',
  );
  for (
    const part of [
      "6 faults",
      "train.txt names a/p9.avi, which is not in the set",
      "train.txt has c*, which nothing in the set fits",
      "a/p1 y.avi has class number 1, as class b has",
      "b/p3.avi has class number 2, others of its class 1",
      "class a has no number while others do",
      "b/p3.avi is for training and for tests",
    ]
  ) assertStringIncludes(error.message, part);
  await assertRejects(() => divided(undefined, "*"), RangeError, "nothing is left to learn from");
  await assertRejects(() => divided("a/p2.avi 3\nb/p3.avi"), RangeError, "class b has no number");
  const many = Array.from({ length: 25 }, (_, i) => `none${i}`).join("\n");
  await assertRejects(() => divided(many), RangeError, "\n  and 15 more");
  await assertRejects(
    () => divide("set", samples, { split: { train: "nowhere.txt" }, seed: 1 }),
    RangeError,
    'Cannot read split "nowhere.txt"',
  );
});

Deno.test("divide() keeps a fifth of each class for tests by the seed where no file says", async () => {
  const set = Array.from({ length: 21 }, (_, i) => {
    const className = i < 10 ? "a" : i < 20 ? "b" : "single";
    return { path: `${className}/${i}`, className };
  });
  const [one, again, other] = await Promise.all(
    [1, 1, 2].map((seed) => divide("set", set, { seed })),
  );
  assertEquals(one, again);
  assertNotEquals(one.test, other.test);
  assertEquals(one.test.map((i) => set[i].className), ["a", "a", "b", "b"]);
  assertEquals([...one.train, ...one.test].sort((a, b) => a - b), [...set.keys()]);
});
