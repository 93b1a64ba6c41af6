import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { parseCoco } from "./coco_annotations.ts";
import { cocoSource } from "./coco.ts";
import { Faults } from "./faults.ts";
import type { DataOptions } from "./source.ts";
import { encodePng, plain, withFolder } from "./testing.ts";

const OPTIONS: DataOptions = { sampleShape: [3, 32, 32], seed: 1 };

/** Two images of 40 x 20 pixels, ids and categories with gaps and out of order. */
const SET = {
  images: [
    { id: 900, file_name: "b.png", width: 40, height: 20 },
    { id: 7, file_name: "a.png", width: 40, height: 20 },
  ],
  categories: [{ id: 44, name: "cat" }, { id: 3, name: "dog" }],
  annotations: [
    { id: 1, image_id: 7, category_id: 44, bbox: [10, 5, 20, 10], area: 150, iscrowd: 0 },
    { id: 2, image_id: 7, category_id: 3, bbox: [0, 0, 40, 20], iscrowd: 1 },
    { id: 3, image_id: 900, category_id: 3, bbox: [1, 2, 0, 4] },
  ],
};

/** What `change` makes wrong with the set. */
function faultsOf(change: (set: typeof SET) => void): string {
  const set = structuredClone(SET);
  change(set);
  const faults = new Faults();
  parseCoco(JSON.stringify(set), "f.json", faults);
  try {
    faults.refuse("Cannot open", "it must fit");
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

Deno.test("parseCoco() sorts images and categories by id and leaves out boxes without area", () => {
  const { classes, images, leftOut } = parseCoco(JSON.stringify(SET), "f.json", new Faults());
  assertEquals(classes, ["dog", "cat"]);
  assertEquals(images.map(({ fileName }) => fileName), ["a.png", "b.png"]);
  assertEquals(images[0].objects, [
    { box: [10, 5, 30, 15], classIndex: 1, crowd: false, area: 150 },
    { box: [0, 0, 40, 20], classIndex: 0, crowd: true },
  ]);
  assertEquals([images[1].objects, leftOut], [[], 1]);
});

Deno.test("parseCoco() says what does not fit", () => {
  const [first] = SET.annotations;
  const cases: [(set: typeof SET) => void, string][] = [
    [(set) => set.annotations[0] = { ...first, image_id: 8 }, "annotation 1 is of unknown image 8"],
    [
      (set) => set.annotations[0] = { ...first, category_id: 1 },
      "annotation 1 is of unknown category 1",
    ],
    [(set) => set.annotations[0] = { ...first, bbox: [1, 2, 3] }, "no box of four numbers"],
    [(set) => set.annotations[0] = { ...first, bbox: [1, 2, -3, 4] }, "positive sides: [1,2,-3,4]"],
    [
      (set) => set.annotations[0] = { ...first, bbox: [30, 2, 12, 4] },
      "leaves its image of 40 x 20",
    ],
    [(set) => set.annotations[0] = { ...first, bbox: [-2, 2, 12, 4] }, "leaves its image"],
    [(set) => set.images[0].id = 7, "image id 7 is there twice"],
    [(set) => set.categories[0].id = 3, "category id 3 is there twice"],
    [(set) => set.images[0].width = 0, "images[0] has no integer"],
    [(set) => set.categories[0].id = 1.5, "categories[0] has no integer"],
  ];
  for (const [change, message] of cases) assertStringIncludes(faultsOf(change), message);
  // Rounding at a border is no fault.
  assertEquals(faultsOf((set) => set.annotations[0] = { ...first, bbox: [30, 2, 10.5, 4] }), "");
});

Deno.test("parseCoco() lists faults up to a bound", () => {
  const message = faultsOf((set) => {
    for (let id = 10; id < 40; id++) {
      set.annotations.push({ ...SET.annotations[0], id, image_id: 1 });
    }
  });
  assertStringIncludes(message, "30 faults");
  assertStringIncludes(message, "and 20 more");
});

Deno.test("parseCoco() refuses other files", () => {
  const cases: [string, string][] = [
    ["{", "must be JSON"],
    ["[]", "JSON of another form"],
    ['{"images": [], "categories": []}', 'a file without "annotations"'],
    ['{"images": [3], "categories": [], "annotations": []}', '"images" of another form'],
  ];
  for (const [text, message] of cases) {
    assertThrows(() => parseCoco(text, "f.json", new Faults()), SyntaxError, message);
  }
});

async function write(folder: string, files: Readonly<Record<string, unknown>>) {
  for (const [name, content] of Object.entries(files)) {
    const path = `${folder}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    if (content instanceof Uint8Array) await Deno.writeFile(path, content);
    else {await Deno.writeTextFile(
        path,
        typeof content === "string" ? content : JSON.stringify(content),
      );}
  }
}

const IMAGE = encodePng(plain(20, 40, [255, 0, 51]));
const TEST = {
  ...SET,
  images: [{ ...SET.images[1], file_name: "c.png" }],
  annotations: [SET.annotations[0]],
};

Deno.test("cocoSource finds annotations and images in the layouts that are around", async () => {
  const layouts: Record<string, unknown>[] = [
    {
      "annotations/instances_train2017.json": SET,
      "annotations/instances_val2017.json": TEST,
      "train2017/a.png": IMAGE,
      "train2017/b.png": IMAGE,
      "val2017/c.png": IMAGE,
    },
    {
      "instances_train.json": SET,
      "instances_val.json": SET,
      "instances_test.json": TEST,
      "images/a.png": IMAGE,
      "images/b.png": IMAGE,
      "images/c.png": IMAGE,
    },
  ];
  for (const files of layouts) {
    await withFolder(async (folder) => {
      await write(folder, files);
      const { train, test } = await cocoSource.open({ ...OPTIONS, path: folder });
      assertEquals([train.size, test?.size, train.classes], [2, 1, ["dog", "cat"]]);
      assertStringIncludes(train.description, "2 images, 2 boxes, 2 classes");
      assertStringIncludes(train.description, "boxes without area left out: 1");
      const { values, label } = await train.load(0);
      // 40 x 20 in 32 x 32: scale 0.8, 8 rows of gray above and below.
      assertEquals(label.letterbox, { scale: 0.8, left: 0, top: 8 });
      assertEquals(label.image, "a.png");
      assertEquals(label.objects[0], {
        box: [8, 12, 24, 20],
        classIndex: 1,
        crowd: false,
        area: 150,
      });
      const at = (c: number, y: number) => values[c * 1024 + y * 32 + 5];
      const gray = Math.fround(114 / 255);
      assertEquals([at(0, 7), at(0, 8), at(1, 8), at(2, 23), at(2, 24)], [
        gray,
        1,
        0,
        Math.fround(0.2),
        gray,
      ]);
    });
  }
});

Deno.test("cocoSource takes one file, and other files by split", async () => {
  await withFolder(async (folder) => {
    await write(folder, {
      "my.json": SET,
      "other.json": TEST,
      "a.png": IMAGE,
      "b.png": IMAGE,
      "c.png": IMAGE,
    });
    const path = `${folder}/my.json`;
    const { train, test } = await cocoSource.open({ ...OPTIONS, path });
    assertEquals([train.size, test, train.name], [2, undefined, "coco my"]);
    const both = await cocoSource.open({
      ...OPTIONS,
      path,
      split: { test: `${folder}/other.json` },
    });
    assertEquals([both.train.size, both.test?.size], [2, 1]);
  });
});

Deno.test("cocoSource names all that is missing or does not fit", async () => {
  await withFolder(async (folder) => {
    const open = () => cocoSource.open({ ...OPTIONS, path: folder });
    await assertRejects(open, RangeError, "a folder without instances_*.json");
    await write(folder, { "instances_val.json": SET });
    await assertRejects(open, RangeError, "current value is instances_val.json");
    await write(folder, { "instances_train.json": SET });
    await assertRejects(
      open,
      RangeError,
      `a.png of instances_train.json is in none of ${folder}/train`,
    );
    const odd = {
      ...SET,
      images: [...SET.images, { id: 1000, file_name: "d.png", width: 40, height: 20 }],
    };
    await write(folder, {
      "instances_train.json": odd,
      "images/a.png": IMAGE,
      "images/b.png": encodePng(plain(20, 41, [0, 0, 0])),
    });
    const error = await assertRejects(open, RangeError);
    assertStringIncludes(
      error.message,
      "images/b.png has 41 x 20 pixels, its annotations say 40 x 20",
    );
    assertStringIncludes(error.message, "images/d.png is missing");
    await write(folder, { "images/b.png": "no image", "instances_train.json": SET });
    await assertRejects(open, SyntaxError, "b.png");
    await write(folder, {
      "images/b.png": IMAGE,
      "instances_val.json": {
        ...SET,
        categories: [{ id: 44, name: "bird" }, { id: 3, name: "dog" }],
      },
    });
    await assertRejects(open, RangeError, "different categories");
  });
  await assertRejects(() => cocoSource.open(OPTIONS), RangeError, "no path");
  await assertRejects(
    () => cocoSource.open({ ...OPTIONS, path: "/no/such/folder" }),
    RangeError,
    "does not exist",
  );
});

Deno.test("cocoSource refuses inputs that are not of images in colour", async () => {
  await withFolder(async (folder) => {
    await write(folder, {
      "instances_train.json": SET,
      "images/a.png": IMAGE,
      "images/b.png": IMAGE,
    });
    for (const sampleShape of [[1, 32, 32], [3, 16, 32, 32]]) {
      await assertRejects(
        () => cocoSource.open({ sampleShape, seed: 1, path: folder }),
        RangeError,
      );
    }
  });
});

const shared = new URL("../../../shared/data/detection/", import.meta.url).pathname;
const available = await Deno.stat(shared).then(() => true, () => false);

Deno.test({
  name: "cocoSource opens real sets and loads from them (needs ../shared)",
  ignore: !available,
  async fn() {
    const bccd = await cocoSource.open({ ...OPTIONS, path: `${shared}/bccd` });
    assertEquals([bccd.train.size, bccd.test?.size], [205, 72]);
    assertEquals(bccd.train.classes, ["RBC", "WBC", "Platelets"]);
    const coco128 = await cocoSource.open({ ...OPTIONS, path: `${shared}/coco128` });
    assertEquals([coco128.train.size, coco128.test?.size], [128, 128]);
    assertEquals(coco128.train.classes.length, 80);
    const { label } = await coco128.test!.load(0);
    assertEquals(label.image, "000000000139.jpg");
    // The first annotation: x 236.98, y 142.51 at scale 32 / 640; 426 rows become 21, 5 above them.
    assertEquals(label.letterbox, { scale: 0.05, left: 0, top: 5 });
    assertEquals(label.objects[0].box.map((edge) => Math.round(edge * 100)), [
      1185,
      1213,
      1308,
      1560,
    ]);
  },
});
