/**
 * UCF101 and HMDB51 with the split files that their authors publish.
 *
 * @module
 */

import { basename, dirname } from "node:path";
import { type DividedFolders, scanClasses } from "./class_folders.ts";
import { Faults } from "./faults.ts";
import { shortName } from "./frames.ts";
import { divideBy, parseSplit, readSplit, type SplitLine } from "./split.ts";
import { openVideoSet, setPath, type VideoSetOptions, type VideoSource } from "./video_folders.ts";
import { VIDEO_CONTENT } from "./video_item.ts";

/**
 * UCF101 (Soomro et al., 2012): 13320 videos of 101 classes. Clips are of consecutive frames, as C3D's.
 * Without split files of the options the first of three is used, from the folder `ucfTrainTestlist` in
 * the set or beside it; `classInd.txt` lies with them.
 */
export const ucf101Source: VideoSource = {
  id: "ucf101",
  description: "UCF101: class folders, and trainlist01.txt, testlist01.txt, classInd.txt",
  kind: "clips",
  generated: false,
  open: openUcf101,
};

/**
 * HMDB51 (Kuehne et al., 2011): 6766 videos of 51 classes. Clips are of consecutive frames. A split of
 * the options is the folder with `CLASS_test_split1.txt` and so on, for the first of three, or one of
 * its files, for its number; without it, the folder `testTrainMulti_7030_splits` in the set or beside it.
 */
export const hmdb51Source: VideoSource = {
  id: "hmdb51",
  description: "HMDB51: class folders, and CLASS_test_split1.txt of each class",
  kind: "clips",
  generated: false,
  open: openHmdb51,
};

async function openUcf101(options: VideoSetOptions) {
  const root = setPath(options);
  const { train: trainFile, test: testFile } = await ucfFiles(root, options.split);
  const indexFile = `${dirname(trainFile)}/classInd.txt`;
  const [train, test, index] = await Promise.all(
    [trainFile, testFile, indexFile].map(async (file) => ({
      name: basename(file),
      text: await readSplit(file),
    })),
  );
  const numbers = classIndex(index.text, indexFile);
  const faults = new Faults();
  const list = ({ name, text }: typeof train) => ({
    name,
    lines: parseSplit(text, name).map(({ pattern, number }): SplitLine => {
      const known = numbers.get(dirname(pattern));
      if (known === undefined) faults.add(`${name} names ${pattern}, whose class has no number`);
      else if ((number ?? known) !== known) {
        faults.add(`${name} gives ${pattern} class number ${number}, classInd.txt ${known}`);
      }
      return { pattern: stem(pattern), number: known };
    }),
  });
  const lists = { train: list(train), test: list(test) };
  faults.refuse(`Cannot divide set "${root}"`, "its split files must agree with each other");
  return await openVideoSet(options, {
    id: "ucf101",
    stride: 1,
    find: () => findByStem(root, [...numbers.keys()], lists),
  });
}

/** The split files of UCF101; one that is not given is the other's partner. */
async function ucfFiles(root: string, { train, test }: VideoSetOptions["split"] = {}) {
  const partner = (file: string, from: string, to: string) =>
    `${dirname(file)}/${basename(file).replace(from, to)}`;
  if (train !== undefined) return { train, test: test ?? partner(train, "trainlist", "testlist") };
  if (test !== undefined) return { train: partner(test, "testlist", "trainlist"), test };
  const folder = await splitFolder(root, "ucfTrainTestlist", "trainlist01.txt");
  return { train: `${folder}/trainlist01.txt`, test: `${folder}/testlist01.txt` };
}

/** Numbers of classes by name, of lines such as `1 ApplyEyeMakeup`. */
function classIndex(text: string, file: string): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const line of text.split("\n").map((line) => line.trim()).filter((line) => line !== "")) {
    const [, number, name] = /^(\d+)\s+(\S+)$/.exec(line) ?? [];
    if (name === undefined) {
      throw new SyntaxError(
        `Cannot read classes "${file}" as each line must be a number and a class: current value ` +
          `is ${JSON.stringify(line.slice(0, 80))}`,
      );
    }
    numbers.set(name, Number(number));
  }
  return numbers;
}

async function openHmdb51(options: VideoSetOptions) {
  const root = setPath(options);
  const { folder, number } = await hmdbFolder(root, options.split);
  const ending = `_test_split${number}.txt`;
  const classes: string[] = [];
  const train: SplitLine[] = [];
  const test: SplitLine[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(ending)) classes.push(name.slice(0, -ending.length));
  }
  if (classes.length === 0) {
    throw new RangeError(
      `Cannot read split "${folder}" as it must hold CLASS${ending} for each class: current value ` +
        `is a folder without any`,
    );
  }
  for (const className of classes.sort()) {
    const file = `${folder}/${className}${ending}`;
    for (const { pattern, number } of parseSplit(await readSplit(file), file)) {
      // The number is what the video is for: 1 training, 2 tests, 0 neither.
      if (number === undefined || number > 2) {
        throw new SyntaxError(
          `Cannot read split "${file}" as each line must be a video and 0, 1 or 2: current value ` +
            `is ${JSON.stringify(pattern)} and ${number}`,
        );
      }
      const line = { pattern: `${className}/${stem(pattern)}` };
      if (number === 1) train.push(line);
      if (number === 2) test.push(line);
    }
  }
  const name = shortName(folder, 1);
  return await openVideoSet(options, {
    id: "hmdb51",
    stride: 1,
    find: () =>
      findByStem(root, classes, { train: { name, lines: train }, test: { name, lines: test } }),
  });
}

/** The folder of the split files of HMDB51, and which of the splits is meant. */
async function hmdbFolder(root: string, { train, test }: VideoSetOptions["split"] = {}) {
  const given = train ?? test;
  if (given === undefined) {
    const name = "testTrainMulti_7030_splits";
    return { folder: await splitFolder(root, name, "brush_hair_test_split1.txt"), number: 1 };
  }
  const refusal = (value: string) =>
    new RangeError(
      `Cannot read split "${given}" as it must be the folder of HMDB51's split files, or one of ` +
        `them (CLASS_test_split1.txt), for training and tests alike: current value is ${value}`,
    );
  if (test !== undefined && test !== given) throw refusal(`another one for tests, "${test}"`);
  const info = await Deno.stat(given).catch(() => undefined);
  if (!info) throw refusal("a path that does not exist");
  const number = /_test_split([123])\.txt$/.exec(given)?.[1];
  if (!info.isDirectory && number === undefined) throw refusal("another file");
  return info.isDirectory
    ? { folder: given, number: 1 }
    : { folder: dirname(given), number: Number(number) };
}

/** The folder of official split files in a set or beside it. */
async function splitFolder(root: string, name: string, file: string): Promise<string> {
  for (const folder of [`${root}/${name}`, `${root}/../${name}`, root]) {
    if (await Deno.stat(`${folder}/${file}`).then(() => true, () => false)) return folder;
  }
  throw new RangeError(
    `Cannot divide set "${root}" as its official split files must be given, or lie in a folder ` +
      `${name} in it or beside it: current value is no ${file}`,
  );
}

/** Finds and divides by paths without extensions, as some convert a set or unpack it into frames. */
async function findByStem(
  root: string,
  classes: readonly string[],
  lists: Parameters<typeof divideBy>[2],
): Promise<DividedFolders> {
  const faults = new Faults();
  const items = await scanClasses(root, VIDEO_CONTENT, faults, { classes });
  faults.refuse(`Cannot open videos "${root}"`, VIDEO_CONTENT.rule);
  const stems = items.map(({ path, className }) => ({ path: stem(path), className }));
  return { items, division: divideBy(root, stems, lists) };
}

function stem(path: string): string {
  return path.replace(/\.[a-zA-Z0-9]{2,4}$/, "");
}
