import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { hmdb51Source, ucf101Source } from "./official_splits.ts";
import { encodePng, plain, strip, withFolder } from "./testing.ts";

const options = { sampleShape: [1, 4, 14, 14], seed: 1 };

/** Writes videos of 6 frames as film strips, whose names are all that matters here. */
async function writeVideos(root: string, paths: readonly string[]) {
  const png = encodePng(strip(Array.from({ length: 6 }, () => plain(16, 16, [9, 9, 9]))));
  for (const path of paths) {
    await Deno.mkdir(`${root}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeFile(`${root}/${path}`, png);
  }
}

async function writeTexts(folder: string, texts: Readonly<Record<string, string>>) {
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(texts)) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
}

const UCF_VIDEOS = [
  "YoYo/v_YoYo_g01_c01.png",
  "YoYo/v_YoYo_g08_c01.png",
  "ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.png",
  "ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.png",
  "ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c02.png",
];

/** The published files, with line ends of Windows as they have. */
const UCF_LISTS = {
  "classInd.txt": "1 YoYo\r\n2 ApplyEyeMakeup\r\n",
  "trainlist01.txt": "ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.avi 2\r\n" +
    "ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c02.avi 2\r\nYoYo/v_YoYo_g08_c01.avi 1\r\n",
  "testlist01.txt": "ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi\r\nYoYo/v_YoYo_g01_c01.avi\r\n",
  "trainlist02.txt": "YoYo/v_YoYo_g01_c01.avi 1\r\n",
  "testlist02.txt": "ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c02.avi\r\n",
};

async function labels(set: { size: number; load(i: number): unknown } | undefined) {
  const indices = Array.from({ length: set?.size ?? 0 }, (_, i) => i);
  return await Promise.all(
    indices.map(async (i) => (await set?.load(i) as { label: number }).label),
  );
}

Deno.test("ucf101 divides by its lists, in the set or beside it, and numbers classes as they do", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/UCF-101`;
    await writeVideos(path, UCF_VIDEOS);
    for (const lists of [`${folder}/ucfTrainTestlist`, `${path}/ucfTrainTestlist`]) {
      await writeTexts(lists, UCF_LISTS);
      const { train, test } = await ucf101Source.open({ ...options, path });
      assertEquals([train.name, train.classes], ["ucf101 train", ["YoYo", "ApplyEyeMakeup"]]);
      assertStringIncludes(train.description, "4 frames 1 apart");
      assertEquals([await labels(train), await labels(test)], [[1, 1, 0], [1, 0]]);
      const split = { test: `${lists}/testlist02.txt` };
      const second = await ucf101Source.open({ ...options, path, split });
      assertEquals([await labels(second.train), await labels(second.test)], [[0], [1]]);
      await Deno.remove(lists, { recursive: true });
    }
  });
});

Deno.test("ucf101 names what is missing or does not agree", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/UCF-101`;
    await writeVideos(path, UCF_VIDEOS);
    const lists = `${folder}/ucfTrainTestlist`;
    const open = (more = {}) => () => ucf101Source.open({ ...options, path, ...more });
    await assertRejects(open(), RangeError, "current value is no trainlist01.txt");
    await assertRejects(open({ path: undefined }), RangeError, "current value is no path");
    await writeTexts(lists, UCF_LISTS);
    const split = { train: `${lists}/trainlist01.txt` };
    await assertRejects(open({ path: `${folder}/none`, split }), RangeError, "does not exist");
    await writeTexts(lists, { "classInd.txt": `${UCF_LISTS["classInd.txt"]}3 Archery\n` });
    await assertRejects(open(), RangeError, "class Archery has no folder");
    await writeTexts(lists, { "classInd.txt": "1 YoYo" });
    await assertRejects(open(), RangeError, "g08_c01.avi, whose class has no number");
    await writeTexts(lists, { "classInd.txt": "2 YoYo\n1 ApplyEyeMakeup\n" });
    await assertRejects(open(), RangeError, "g08_c01.avi class number 1, classInd.txt 2");
    await writeTexts(lists, { "classInd.txt": "YoYo" });
    await assertRejects(open(), SyntaxError, 'current value is "YoYo"');
    await writeTexts(lists, UCF_LISTS);
    await Deno.remove(`${path}/${UCF_VIDEOS[0]}`);
    await assertRejects(
      open(),
      RangeError,
      "testlist01.txt names YoYo/v_YoYo_g01_c01, which is not",
    );
    await Deno.remove(`${lists}/testlist01.txt`);
    await assertRejects(open(), RangeError, "testlist01.txt");
  });
});

Deno.test("hmdb51 divides by the numbers of its lists, whatever the names of its videos", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/hmdb51`;
    const names = ["#20_Rhythm_clap_0", "A (b) [c]_clap_1", "x_clap_2", "y;z&_clap_3"];
    await writeVideos(path, [
      ...names.map((name) => `clap/${name}.png`),
      "wave/w1.png",
      "wave/w2.png",
    ]);
    const clap = (numbers: readonly number[]) =>
      names.map((name, i) => `${name}.avi ${numbers[i]} `).join("\n");
    const lists = `${folder}/testTrainMulti_7030_splits`;
    await writeTexts(lists, {
      "clap_test_split1.txt": clap([1, 2, 0, 1]),
      "wave_test_split1.txt": "w1.avi 1 \nw2.avi 2 \n",
      "clap_test_split2.txt": clap([2, 2, 1, 2]),
      "wave_test_split2.txt": "w1.avi 2 \nw2.avi 0 \n",
    });
    await writeTexts(path, { "brush_hair_test_split1.txt": "" });
    const first = await hmdb51Source.open({ ...options, path, split: { train: lists } });
    assertEquals(first.train.classes, ["clap", "wave"]);
    assertEquals([await labels(first.train), await labels(first.test)], [[0, 0, 1], [0, 1]]);
    const split = { test: `${lists}/wave_test_split2.txt` };
    const second = await hmdb51Source.open({ ...options, path, split });
    assertEquals([await labels(second.train), await labels(second.test)], [[0], [0, 0, 0, 1]]);
  });
});

Deno.test("hmdb51 names what is missing or does not agree", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/hmdb51`;
    await writeVideos(path, ["clap/a.png", "clap/b.png"]);
    const lists = `${folder}/lists`;
    const open = (train?: string, test?: string) => () =>
      hmdb51Source.open({ ...options, path, split: { train, test } });
    await assertRejects(open(), RangeError, "testTrainMulti_7030_splits in it or beside it");
    await assertRejects(open(lists), RangeError, "a path that does not exist");
    await writeTexts(lists, { "notes.txt": "" });
    await assertRejects(open(lists), RangeError, "must hold CLASS_test_split1.txt");
    await assertRejects(open(`${lists}/notes.txt`), RangeError, "current value is another file");
    await assertRejects(open(lists, path), RangeError, "another one for tests");
    await writeTexts(lists, { "clap_test_split1.txt": "a.avi 1\nb.avi" });
    await assertRejects(open(lists), SyntaxError, 'current value is "b.avi" and undefined');
    await writeTexts(lists, { "clap_test_split1.txt": "a.avi 1\nc.avi 2" });
    await assertRejects(open(lists), RangeError, "lists names clap/c, which is not in the set");
    await writeTexts(lists, { "wave_test_split1.txt": "a.avi 1" });
    await assertRejects(open(lists), RangeError, "class wave has no folder");
  });
});
