/**
 * CIFAR-10 and CIFAR-100 (Krizhevsky, 2009) in their standard binary files.
 *
 * @module
 */

import { basename, dirname } from "node:path";
import type { ClassLabel, Dataset } from "../../training/data/dataset.ts";
import { centreCrop, cropPlanes, randomCrop } from "./augment.ts";
import { CIFAR100_CLASSES, CIFAR10_CLASSES } from "./cifar_classes.ts";
import { Faults } from "./faults.ts";
import { shortName } from "./frames.ts";
import { levelTables, type Normalisation } from "./normalisation.ts";
import type { DataOptions, DataSplits, ImageSource } from "./source.ts";

/** How one of the two sets lies in its files. */
export interface CifarFormat {
  /** As typed on the command line. */
  readonly id: string;
  /** Folder in the archive that the files come in. */
  readonly folder: string;
  /** Files of images to learn from. */
  readonly train: readonly string[];
  /** File of images to be judged by. */
  readonly test: string;
  /** Images of a file to learn from, and of the one to be judged by. */
  readonly images: { readonly train: number; readonly test: number };
  /** Number of classes that each label byte of a record tells; the last one is the label. */
  readonly labels: readonly number[];
  /** Names of the classes. */
  readonly classes: readonly string[];
  /** Mean and deviation of the images to learn from. */
  readonly normalise: Normalisation;
}

/** CIFAR-10: ten classes, six files of 10,000 images. */
export const CIFAR10_FORMAT: CifarFormat = {
  id: "cifar10",
  folder: "cifar-10-batches-bin",
  train: [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`),
  test: "test_batch.bin",
  images: { train: 10_000, test: 10_000 },
  labels: [10],
  classes: CIFAR10_CLASSES,
  normalise: { mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] },
};

/** CIFAR-100: a hundred classes in twenty superclasses, which are not used. */
export const CIFAR100_FORMAT: CifarFormat = {
  id: "cifar100",
  folder: "cifar-100-binary",
  train: ["train.bin"],
  test: "test.bin",
  images: { train: 50_000, test: 10_000 },
  labels: [20, 100],
  classes: CIFAR100_CLASSES,
  normalise: { mean: [0.5071, 0.4865, 0.4409], std: [0.2673, 0.2564, 0.2762] },
};

const SIZE = { height: 32, width: 32 };
const SHAPE = [3, SIZE.height, SIZE.width];
const PIXELS = 3 * SIZE.height * SIZE.width;
/** Black around an image before it is cropped at random, as in the paper on residual networks. */
const PADDING = 4;

/** CIFAR-10 from the folder of its binary files. */
export const cifar10Source: ImageSource = sourceOf(CIFAR10_FORMAT);
/** CIFAR-100 from the folder of its binary files. */
export const cifar100Source: ImageSource = sourceOf(CIFAR100_FORMAT);

function sourceOf(format: CifarFormat): ImageSource {
  const count = format.train.length * format.images.train + format.images.test;
  return {
    id: format.id,
    description: `${format.classes.length} classes of 32 x 32 pixels, ${count} images ` +
      `(${format.train.length === 1 ? format.train[0] : "data_batch_*.bin"}, ${format.test})`,
    kind: "images",
    generated: false,
    open: (options) => openCifar(format, options),
  };
}

/**
 * Opens a folder with the binary files of a set, or one with the folder that its archive unpacks to; or
 * one of the files alone, whose images are then all that there are. All images stay in memory, as bytes. Loaded with a random stream, an image is cropped out of 4 black
 * pixels around it, and half of them are mirrored.
 *
 * @throws {RangeError} when files are missing or have another size, all of them in one message, or
 *   options do not fit.
 * @throws {SyntaxError} when a label is none of the set's.
 */
export async function openCifar(
  format: CifarFormat,
  { path, sampleShape, split, normalise, signal }: DataOptions,
): Promise<DataSplits<ClassLabel>> {
  const { id } = format;
  const what = `Cannot open ${id}${path === undefined ? "" : ` "${path}"`}`;
  const refusal = (rule: string, value: string) =>
    new RangeError(`${what} as ${rule}: current value is ${value}`);
  const files = [...format.train, format.test].join(", ");
  if (path === undefined) {
    throw refusal(`its path must be a folder with ${files}, or one of them`, "no path");
  }
  if (`${sampleShape}` !== `${SHAPE}`) {
    throw refusal(`the network must read [${SHAPE}]`, `[${sampleShape}]`);
  }
  if (split?.train !== undefined || split?.test !== undefined) {
    throw refusal("its files say what is for training and what for tests", "a split file");
  }
  const tables = levelTables(normalise ?? format.normalise, 3);

  const faults = new Faults();
  const alone = [...format.train, format.test].find((file) => basename(path) === file);
  if (alone !== undefined) {
    const images = format.images[alone === format.test ? "test" : "train"];
    const records = await readRecords(path, format, images, faults, signal);
    faults.refuse(what, `it must be as in the binary archive of ${id}`);
    const folder = dirname(path);
    const batches = [{ file: alone, records }];
    return { train: dataset({ name: `${id} ${alone}`, batches, images, format, tables, folder }) };
  }
  const folder = await exists(`${path}/${format.folder}`) ? `${path}/${format.folder}` : path;
  const read = async (file: string, images: number) => {
    const records = await readRecords(`${folder}/${file}`, format, images, faults, signal);
    return { file, records };
  };
  const batches: Batch[] = [];
  for (const file of format.train) batches.push(await read(file, format.images.train));
  const test = await read(format.test, format.images.test);
  faults.refuse(what, `it must have ${files}, as they are in the binary archive of ${id}`);

  const part = (name: string, batches: readonly Batch[], images: number) =>
    dataset({ name, batches, images, format, tables, folder });
  return {
    train: part(`${id} train`, batches, format.images.train),
    test: part(`${id} test`, [test], format.images.test),
  };
}

/** A file of records, read. */
interface Batch {
  readonly file: string;
  readonly records: Uint8Array;
}

/** Reads a file and checks its length and labels; faults take what is wrong. */
async function readRecords(
  path: string,
  format: CifarFormat,
  images: number,
  faults: Faults,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const name = shortName(path);
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof Deno.errors.NotFound) faults.add(`${name} is missing`);
    else faults.add(`${name} cannot be read: ${error instanceof Error ? error.message : error}`);
    return new Uint8Array();
  }
  const record = format.labels.length + PIXELS;
  if (bytes.length !== images * record) {
    faults.add(`${name} has ${bytes.length} bytes, not ${images} x ${record}`);
    return bytes;
  }
  for (let i = 0; i < images; i++) {
    const wrong = format.labels.findIndex((classes, k) => bytes[i * record + k] >= classes);
    if (wrong < 0) continue;
    faults.addDamage(
      `${name} has label ${bytes[i * record + wrong]} in record ${i}, ` +
        `where it must be below ${format.labels[wrong]}`,
    );
    break;
  }
  return bytes;
}

/** What a set is made of. */
interface Part {
  readonly name: string;
  readonly batches: readonly Batch[];
  /** Images of each batch. */
  readonly images: number;
  readonly format: CifarFormat;
  readonly tables: readonly Float32Array[];
  readonly folder: string;
}

function dataset({ name, batches, images, format, tables, folder }: Part): Dataset<ClassLabel> {
  const labelBytes = format.labels.length, record = labelBytes + PIXELS;
  const size = batches.length * images;
  // The last of its labels; what is before it are superclasses.
  const labelAt = (index: number) => (index % images) * record + labelBytes - 1;
  return {
    name,
    description: `${size} images, ${format.classes.length} classes, from ` +
      `${batches.length === 1 ? batches[0].file : `${batches.length} files`} of ` +
      shortName(folder, 1),
    size,
    sampleShape: SHAPE,
    classes: format.classes,
    classOf: (index) => batches[Math.floor(index / images)].records[labelAt(index)],
    load(index, { random, signal } = {}) {
      signal?.throwIfAborted();
      const { records } = batches[Math.floor(index / images)];
      const at = labelAt(index) + 1;
      const crop = random
        ? randomCrop(SIZE, SIZE, random, { padding: PADDING })
        : centreCrop(SIZE, SIZE);
      const values = cropPlanes(records.subarray(at, at + PIXELS), SIZE, SHAPE, crop, tables);
      return { values, label: records[at - 1] };
    },
  };
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
