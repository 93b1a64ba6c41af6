import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Faults } from "./faults.ts";
import type { DataOptions } from "./source.ts";
import { encodePng, plain, withFolder } from "./testing.ts";
import { parseVoc } from "./voc_annotation.ts";
import { vocSource } from "./voc.ts";

const OPTIONS: DataOptions = { sampleShape: [3, 40, 40], seed: 1 };

function object(name: string, corners: readonly number[], more = ""): string {
  const [xmin, ymin, xmax, ymax] = corners;
  return `<object><name>${name}</name>${more}<bndbox><xmin>${xmin}</xmin><ymin>${ymin}</ymin>` +
    `<xmax>${xmax}</xmax><ymax>${ymax}</ymax></bndbox></object>`;
}

function annotation(...objects: readonly string[]): string {
  return `<annotation><size><width>40</width><height>20</height><depth>3</depth></size>` +
    `${objects.join("\n")}</annotation>`;
}

const PART = `<part><name>head</name><bndbox><xmin>1</xmin></bndbox></part>`;

Deno.test("parseVoc() counts pixels from 0 and includes the last of a box", () => {
  const text = annotation(
    object("dog", [1, 2, 40, 20], PART),
    object("cat", [0, 5, 10, 8], "<difficult>1</difficult>"),
    object("cat", [3, 5, 3, 8]),
  );
  assertEquals(parseVoc(text, "f", new Faults()), {
    width: 40,
    height: 20,
    objects: [
      { className: "dog", box: [0, 1, 40, 20], difficult: false },
      { className: "cat", box: [0, 4, 10, 8], difficult: true },
    ],
    leftOut: 1,
  });
});

Deno.test("parseVoc() says what does not fit", () => {
  const cases: [string, string][] = [
    ["<annotation/>", "no <annotation> with <size>"],
    [annotation("<object><name>a</name></object>"), "object 1 has no <bndbox>"],
    [annotation(object("", [1, 1, 2, 2])), "object 1 has no <name>"],
    [annotation(object("a", [1, 1, 42, 2])), "box 1 1 42 2 outside its 40 x 20 pixels"],
    [annotation(object("a", [9, 1, 4, 2])), "box 9 1 4 2, whose end is before its start"],
  ];
  for (const [text, message] of cases) {
    const faults = new Faults();
    parseVoc(text, "f", faults);
    assertEquals(faults.count, 1);
    let told = "";
    try {
      faults.refuse("a", "b");
    } catch (error) {
      told = (error as Error).message;
    }
    assertStringIncludes(told, message);
  }
});

/** Images `1` to `4` in one folder, with lists as given. */
async function write(folder: string, lists: Readonly<Record<string, string>>) {
  for (const part of ["Annotations", "JPEGImages", "ImageSets/Main"]) {
    await Deno.mkdir(`${folder}/${part}`, { recursive: true });
  }
  for (const name of ["1", "2", "3", "4"]) {
    const text = annotation(
      object(name === "4" ? "cow" : "dog", [11, 6, 30, 15]),
      object("cat", [1, 1, 5, 5], "<difficult>1</difficult>"),
    );
    await Deno.writeTextFile(`${folder}/Annotations/${name}.xml`, text);
    await Deno.writeFile(`${folder}/JPEGImages/${name}.png`, encodePng(plain(20, 40, [9, 9, 9])));
  }
  for (const [name, text] of Object.entries(lists)) {
    await Deno.writeTextFile(`${folder}/ImageSets/Main/${name}.txt`, text);
  }
}

Deno.test("vocSource takes the lists that belong together", async () => {
  const cases: [Record<string, string>, number, number][] = [
    [{ train: "1\n2\n3", val: "4" }, 3, 1],
    [{ train: "1", val: "2", trainval: "1\n2", test: "3\n4" }, 2, 2],
    [{ train: "1", val: "2\n3", test: "4" }, 1, 1],
  ];
  for (const [lists, trained, tested] of cases) {
    await withFolder(async (folder) => {
      await write(folder, lists);
      const { train, test } = await vocSource.open({ ...OPTIONS, path: folder });
      assertEquals([train.size, test?.size], [trained, tested]);
      // Those of tests included, sorted.
      assertEquals(train.classes, ["cat", "cow", "dog"]);
      const { label } = await train.load(0);
      assertEquals(label.letterbox, { scale: 1, left: 0, top: 10 });
      assertEquals(label.objects, [
        { box: [10, 15, 30, 25], classIndex: 2, crowd: false },
        { box: [0, 10, 5, 15], classIndex: 0, crowd: true },
      ]);
      const other = `${folder}/ImageSets/Main/${Object.keys(lists)[0]}.txt`;
      const split = { train: other, test: other };
      assertEquals(
        (await vocSource.open({ ...OPTIONS, path: folder, split })).test?.size,
        trained === 2 ? 1 : trained,
      );
    });
  }
});

Deno.test("vocSource names all that is missing or does not fit", async () => {
  await withFolder(async (folder) => {
    const open = () => vocSource.open({ ...OPTIONS, path: folder });
    await assertRejects(open, RangeError, "ImageSets/Main must hold train.txt");
    await write(folder, { train: "1\n2\n3\n5" });
    await Deno.writeTextFile(`${folder}/Annotations/2.xml`, "<annotation>");
    await Deno.remove(`${folder}/JPEGImages/3.png`);
    await Deno.writeFile(`${folder}/JPEGImages/1.png`, encodePng(plain(2, 4, [9, 9, 9])));
    const { message } = await assertRejects(open, RangeError);
    for (
      const fault of [
        'Cannot read "Annotations/2.xml"',
        "JPEGImages/3 (.png .jpg .jpeg) is missing",
        "Annotations/5.xml is missing",
        "JPEGImages/1.png has 4 x 2 pixels",
      ]
    ) assertStringIncludes(message, fault);
  });
  await assertRejects(() => vocSource.open(OPTIONS), RangeError, "no path");
});
