/**
 * Sets in COCO's form: images, and an annotation file for each split.
 *
 * @module
 */

import { basename, dirname } from "node:path";
import type { DetectionLabel } from "../../training/data/dataset.ts";
import { type CocoAnnotations, type CocoImage, parseCoco } from "./coco_annotations.ts";
import { type AnnotatedImage, detectionDataset } from "./detection_set.ts";
import { Faults } from "./faults.ts";
import { decodeImage } from "./image.ts";
import { checkImages } from "./image_files.ts";
import { withInputFile } from "./input_file.ts";
import type { DataOptions, DataSplits, DetectionSource } from "./source.ts";

const EXPECTED = {
  what: "set",
  rule: "it must be an annotation file (.json), or a folder with instances_*.json or " +
    "annotations/instances_*.json and folders of images beside them",
};

/**
 * Sets in COCO's form. Of a folder, `instances_train*.json` is learnt from; `instances_test*.json`, or
 * `instances_val*.json` where there is no such file, is for tests. A single annotation file is learnt
 * from. `split` names other annotation files.
 *
 * The images of `instances_NAME.json` lie in a folder `NAME` or `images`, or in `images/NAME`, beside
 * the file or beside its folder `annotations`; or next to the file.
 */
export const cocoSource: DetectionSource = {
  id: "coco",
  description: "images with boxes: annotations as COCO's JSON, one file or a folder with " +
    "instances_*.json",
  kind: "detection",
  generated: false,
  async open(options) {
    const { path, split = {}, signal } = options;
    signal?.throwIfAborted();
    if (path === undefined) {
      throw new RangeError(
        `Cannot open set "coco" as ${EXPECTED.rule}: current value is no path`,
      );
    }
    const files = await withInputFile(path, EXPECTED, async ({ kind, refusal }) => {
      if (kind === "json") return { train: path, ...split };
      if (kind !== "folder") throw refusal();
      return { ...await findSplits(path), ...split };
    });
    const faults = new Faults();
    const parts = [];
    for (const file of [files.train, files.test]) {
      if (file !== undefined) parts.push(await openFile(file, faults, signal));
    }
    const [train, test] = parts;
    if (test && `${test.classes}` !== `${train.classes}`) {
      faults.add(`${train.name} and ${test.name} have different categories`);
    }
    faults.refuse(
      `Cannot open set "${path}"`,
      "annotations must belong to images that are there, and boxes must lie in them",
    );
    return splitsOf(train, test, options);
  },
};

/** Annotation files of a folder, by what they are for. */
async function findSplits(path: string): Promise<{ train: string; test?: string }> {
  const found: string[] = [];
  for (const folder of [path, `${path}/annotations`]) {
    try {
      for await (const { name, isFile } of Deno.readDir(folder)) {
        if (isFile && /^instances_.+\.json$/.test(name)) found.push(`${folder}/${name}`);
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  const first = (purpose: string) =>
    found.toSorted().find((file) => basename(file).startsWith(`instances_${purpose}`));
  const train = first("train");
  if (train !== undefined) return { train, test: first("test") ?? first("val") };
  throw new RangeError(
    `Cannot load set "${path}" as a folder must hold instances_train*.json, itself or in ` +
      `annotations/: current value is ${
        found.length === 0
          ? "a folder without instances_*.json"
          : found.map((file) => basename(file)).join(", ")
      }`,
  );
}

/** An annotation file whose images have been checked. */
interface OpenFile extends CocoAnnotations {
  readonly name: string;
  /** Folder of the images. */
  readonly folder: string;
}

async function openFile(file: string, faults: Faults, signal?: AbortSignal): Promise<OpenFile> {
  const text = await withInputFile(file, EXPECTED, () => Deno.readTextFile(file, { signal }));
  const name = basename(file);
  const annotations = parseCoco(text, name, faults);
  if (annotations.images.length === 0) faults.add(`${name} has no images`);
  const folder = await findImages(file, annotations.images[0]);
  if (folder === undefined) {
    faults.add(
      `${annotations.images[0].fileName} of ${name} is in none of ${imageFolders(file).join(", ")}`,
    );
    return { ...annotations, name, folder: "" };
  }
  const images = annotations.images.map(({ fileName, ...image }) => ({
    ...image,
    path: `${folder}/${fileName}`,
  }));
  await checkImages(images, faults, signal);
  return { ...annotations, name, folder };
}

/** The folder that has an image; that of the annotations when there is none to look for. */
async function findImages(file: string, image?: CocoImage): Promise<string | undefined> {
  if (!image) return dirname(file);
  for (const folder of imageFolders(file)) {
    try {
      if ((await Deno.stat(`${folder}/${image.fileName}`)).isFile) return folder;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

/** Where images of an annotation file may be. */
function imageFolders(file: string): string[] {
  const beside = dirname(file);
  const roots = basename(beside) === "annotations" ? [dirname(beside), beside] : [beside];
  const [, split] = /^instances_(.+)\.json$/.exec(basename(file)) ?? [];
  const within = split === undefined ? ["images", ""] : [split, `images/${split}`, "images", ""];
  return roots.flatMap((root) => within.map((part) => part === "" ? root : `${root}/${part}`));
}

function splitsOf(
  train: OpenFile,
  test: OpenFile | undefined,
  options: DataOptions,
): DataSplits<DetectionLabel> {
  const dataset = ({ name, classes, images, folder, leftOut }: OpenFile) => {
    const boxes = images.reduce((sum, { objects }) => sum + objects.length, 0);
    const set = {
      name: `coco ${name.replace(/^instances_/, "").replace(/\.json$/, "")}`,
      description: `${images.length} images, ${boxes} boxes, ${classes.length} classes, from ` +
        name + (leftOut > 0 ? ` (boxes without area left out: ${leftOut})` : ""),
      classes,
      images: images.map((image) => annotated(folder, image)),
    };
    return detectionDataset(set, options);
  };
  return { train: dataset(train), ...(test && { test: dataset(test) }) };
}

function annotated(folder: string, { fileName, ...image }: CocoImage): AnnotatedImage {
  const path = `${folder}/${fileName}`;
  return {
    ...image,
    name: fileName,
    read: async (signal) => decodeImage(await Deno.readFile(path, { signal }), path),
  };
}
