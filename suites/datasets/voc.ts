/**
 * Sets in PASCAL VOC's form: an XML file for each image, and lists of images for each purpose.
 *
 * @module
 */

import type { DetectionLabel } from "../../training/data/dataset.ts";
import { type AnnotatedImage, detectionDataset } from "./detection_set.ts";
import { Faults } from "./faults.ts";
import { shortName } from "./frames.ts";
import { decodeImage } from "./image.ts";
import { checkImages } from "./image_files.ts";
import { IMAGES, list, withInputFile } from "./input_file.ts";
import type { DataOptions, DataSplits, DetectionSource } from "./source.ts";
import { parseSplit, readSplit } from "./split.ts";
import { parseVoc, type VocAnnotation } from "./voc_annotation.ts";

const EXPECTED = {
  what: "set",
  rule: "it must be a folder with Annotations/ (.xml), JPEGImages/ and ImageSets/Main/ (.txt)",
};

/**
 * Sets in VOC's form. Where `ImageSets/Main/` has `test.txt`, that is for tests and `trainval.txt`, or
 * `train.txt` where there is no such list, is learnt from; else `train.txt` is learnt from and
 * `val.txt` is for tests. `split` names other lists. Classes are sorted by name.
 *
 * Objects marked as difficult are not learnt and need not be found. What finds one is ignored, as
 * COCO does with crowds.
 */
export const vocSource: DetectionSource = {
  id: "voc",
  description: "images with boxes: a folder with VOC's Annotations, JPEGImages and ImageSets/Main",
  kind: "detection",
  generated: false,
  async open(options) {
    const { path, signal } = options;
    signal?.throwIfAborted();
    if (path === undefined) {
      throw new RangeError(`Cannot open set "voc" as ${EXPECTED.rule}: current value is no path`);
    }
    const files = await withInputFile(path, EXPECTED, async ({ kind, refusal }) => {
      if (kind !== "folder") throw refusal();
      return await findLists(path, options.split);
    });
    const faults = new Faults();
    const train = await openList(path, files.train, faults, signal);
    const test = files.test && await openList(path, files.test, faults, signal);
    faults.refuse(
      `Cannot open set "${path}"`,
      "each listed image must have its file in Annotations/ and JPEGImages/, and boxes inside",
    );
    return splitsOf(train, test || undefined, options);
  },
};

/** Lists of images, by what they are for. */
async function findLists(
  path: string,
  split: DataOptions["split"],
): Promise<{ train: string; test?: string }> {
  const folder = `${path}/ImageSets/Main`;
  const find = async (...names: string[]) => {
    for (const name of names) {
      if (await isFile(`${folder}/${name}.txt`)) return `${folder}/${name}.txt`;
    }
  };
  const isJudged = await isFile(`${folder}/test.txt`);
  const train = split?.train ?? await (isJudged ? find("trainval", "train") : find("train"));
  const test = split?.test ?? await find("test", "val");
  if (train !== undefined) return { train, test };
  throw new RangeError(
    `Cannot load set "${path}" as its folder ImageSets/Main must hold train.txt, or trainval.txt ` +
      `and test.txt: current value is a folder without them`,
  );
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** An image of a list with its annotation. */
interface ListedImage extends VocAnnotation {
  readonly name: string;
  readonly path: string;
}

/** A list whose images have been checked. */
interface OpenList {
  readonly name: string;
  readonly images: readonly ListedImage[];
}

async function openList(
  path: string,
  file: string,
  faults: Faults,
  signal?: AbortSignal,
): Promise<OpenList> {
  const images: ListedImage[] = [];
  for (const { pattern: name } of parseSplit(await readSplit(file), file)) {
    signal?.throwIfAborted();
    const annotation = await readAnnotation(`${path}/Annotations/${name}.xml`, faults);
    const image = await findImage(`${path}/JPEGImages/${name}`);
    if (image === undefined) {
      faults.add(`JPEGImages/${name} (${list(IMAGES)}) is missing`);
    } else if (annotation) images.push({ ...annotation, name, path: image });
  }
  await checkImages(images, faults, signal);
  return { name: shortName(file, 1), images };
}

async function readAnnotation(file: string, faults: Faults): Promise<VocAnnotation | undefined> {
  try {
    return parseVoc(await Deno.readTextFile(file), shortName(file), faults);
  } catch (error) {
    if (error instanceof SyntaxError) faults.addDamage(error.message);
    else if (error instanceof Deno.errors.NotFound) faults.add(`${shortName(file)} is missing`);
    else throw error;
  }
}

async function findImage(stem: string): Promise<string | undefined> {
  // JPEG first: VOC's own files.
  for (const extension of IMAGES.toReversed()) {
    if (await isFile(`${stem}.${extension}`)) return `${stem}.${extension}`;
  }
}

function splitsOf(
  train: OpenList,
  test: OpenList | undefined,
  options: DataOptions,
): DataSplits<DetectionLabel> {
  const all = [...train.images, ...test?.images ?? []].flatMap(({ objects }) => objects);
  const classes = [...new Set(all.map(({ className }) => className))].sort();
  const dataset = ({ name, images }: OpenList) => {
    const boxes = images.reduce((sum, { objects }) => sum + objects.length, 0);
    const leftOut = images.reduce((sum, image) => sum + image.leftOut, 0);
    return detectionDataset({
      name: `voc ${name.replace(/\.txt$/, "")}`,
      description: `${images.length} images, ${boxes} boxes, ${classes.length} classes, from ` +
        name + (leftOut > 0 ? ` (boxes without area left out: ${leftOut})` : ""),
      classes,
      images: images.map((image) => annotated(image, classes)),
    }, options);
  };
  return { train: dataset(train), ...(test && { test: dataset(test) }) };
}

function annotated(image: ListedImage, classes: readonly string[]): AnnotatedImage {
  const { name, path, height, width, objects } = image;
  return {
    name,
    height,
    width,
    objects: objects.map(({ className, box, difficult }) => ({
      box,
      classIndex: classes.indexOf(className),
      crowd: difficult,
    })),
    read: async (signal) => decodeImage(await Deno.readFile(path, { signal }), path),
  };
}
