/**
 * Sets of classified pictures on disk, in the layout of ImageNet.
 *
 * @module
 */

import { inParallel } from "../../graph/in_parallel.ts";
import type { ClassLabel, Dataset } from "../../training/data/dataset.ts";
import { centreCrop, randomCrop } from "./augment.ts";
import { type ClassContent, type ClassItem, divideFolders } from "./class_folders.ts";
import { Faults } from "./faults.ts";
import { FrameCache } from "./frame_cache.ts";
import { cutClip, stackFrames } from "./frame_stack.ts";
import { extension, shortName } from "./frames.ts";
import { decodeImage } from "./image.ts";
import { readImageSize } from "./image_header.ts";
import { imageExtents } from "./image_shape.ts";
import { IMAGES, list } from "./input_file.ts";
import { levelTables, type Normalisation } from "./normalisation.ts";
import type { Size } from "./resize.ts";
import type { DataOptions, DataSplits, ImageSource } from "./source.ts";

const CONTENT: ClassContent = {
  what: "pictures",
  rule: "it must be a folder with a folder of pictures " +
    `(${list(IMAGES)}) for each class, or with folders train and val (or test) of such folders`,
  accepts: (name, isDirectory) => !isDirectory && IMAGES.includes(extension(name)),
};

/** Pictures are kept this much larger than what is cropped out of them: 256 for 224. */
const MARGIN = 8 / 7;

/** ImageNet, as nearly all networks read it. */
const IMAGENET: Normalisation = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const IMAGENET_GRAY: Normalisation = { mean: [0.459], std: [0.225] };

/** Any set of class folders. */
export const imageFoldersSource: ImageSource = {
  id: "images",
  description: "folders of pictures, one folder for each class; with train/ and val/ above, or not",
  kind: "images",
  generated: false,
  open: openImageFolders,
};

/**
 * Opens a set of pictures and checks the header of each. They are resized to the least size that
 * covers 8/7 of the input; with a random stream a random part is cropped and half of them are
 * mirrored, without it the centre is cropped. Resized pictures stay in memory as far as they go into
 * 1 GiB.
 *
 * @throws {RangeError} when something is missing or does not fit, all of it in one message.
 * @throws {SyntaxError} when pictures are damaged, all of them in one message.
 */
async function openImageFolders(options: DataOptions): Promise<DataSplits<ClassLabel>> {
  const { path, sampleShape, normalise, signal } = options;
  const { channels, height, width } = imageExtents(sampleShape);
  if (channels !== 1 && channels !== 3) {
    throw new RangeError(
      `Cannot open pictures as the network must read 1 or 3 channels: current value is ${channels}`,
    );
  }
  const tables = levelTables(normalise ?? (channels === 1 ? IMAGENET_GRAY : IMAGENET), channels);
  if (path === undefined) {
    throw new RangeError(`Cannot open pictures as ${CONTENT.rule}: current value is no path`);
  }
  const { items: pictures, division } = await divideFolders(path, CONTENT, options);
  const { classes, train, test } = division;
  await checkHeaders(path, pictures, signal);

  const window = { height: Math.round(height * MARGIN), width: Math.round(width * MARGIN) };
  const cache = new FrameCache();
  const part = (name: string, indices: readonly number[]): Dataset<ClassLabel> => ({
    name: `images ${name}`,
    description: `${indices.length} pictures of ${shortName(path, 1)}, ${classes.length} classes`,
    size: indices.length,
    sampleShape,
    classes,
    classOf: (index) => classes.indexOf(pictures[indices[index]].className),
    async load(index, { random, signal } = {}) {
      signal?.throwIfAborted();
      const { file, className } = pictures[indices[index]];
      const picture = await cache.get(file, async () => {
        const image = decodeImage(await Deno.readFile(file, { signal }), file);
        return await stackFrames([image], window, channels, file);
      });
      const size: Size = { height, width };
      const crop = random ? randomCrop(picture, size, random) : centreCrop(picture, size);
      const cut = { first: 0, stride: 1, ...crop };
      const values = cutClip(picture, cut, [channels, 1, height, width], tables);
      return { values, label: classes.indexOf(className) };
    },
  });
  return { train: part("train", train), ...(test.length > 0 && { test: part("test", test) }) };
}

async function checkHeaders(
  path: string,
  pictures: readonly ClassItem[],
  signal?: AbortSignal,
): Promise<void> {
  const damages = new Array<string | undefined>(pictures.length);
  await inParallel(pictures, async ({ file }, i) => {
    signal?.throwIfAborted();
    try {
      await readImageSize(file, signal);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      damages[i] = error.message;
    }
  });
  const faults = new Faults();
  for (const damage of damages) if (damage !== undefined) faults.addDamage(damage);
  faults.refuse(`Cannot open pictures "${path}"`, "they must be sound");
}
