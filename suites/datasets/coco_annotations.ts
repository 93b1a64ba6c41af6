/**
 * COCO's annotation files: images, categories and boxes as JSON (cocodataset.org, "Data format").
 *
 * @module
 */

import type { ObjectLabel } from "../../training/data/dataset.ts";
import type { Faults } from "./faults.ts";
import type { Size } from "./resize.ts";

/** An image as an annotation file has it. */
export interface CocoImage extends Size {
  /** Its file, within the folder of images. */
  readonly fileName: string;
  /** Objects in it, in pixels. */
  readonly objects: readonly ObjectLabel[];
}

/** What an annotation file says. */
export interface CocoAnnotations {
  /** Names of the categories, by their ids. */
  readonly classes: readonly string[];
  /** Images by their ids. */
  readonly images: readonly CocoImage[];
  /** Boxes without area, of which COCO itself has a few; they are left out. */
  readonly leftOut: number;
}

/** A box may reach this far beyond its image: annotators' coordinates are rounded. */
const TOLERANCE = 1;

/**
 * Reads an annotation file. Ids need not be contiguous: classes are the categories in the order of
 * their ids.
 *
 * @param name What errors call the file.
 * @param faults Takes all that does not fit.
 * @throws {SyntaxError} when the text is not JSON of that form.
 */
export function parseCoco(text: string, name: string, faults: Faults): CocoAnnotations {
  const { images, categories, annotations } = parseLists(text, name);
  const classes = new Map<number, string>();
  for (const [i, { id, name: className }] of categories.entries()) {
    if (!isId(id) || typeof className !== "string") {
      faults.add(`${name}: categories[${i}] has no integer "id" and "name"`);
    } else if (classes.has(id)) faults.add(`${name}: category id ${id} is there twice`);
    else classes.set(id, className);
  }
  const classIds = [...classes.keys()].sort((a, b) => a - b);
  const indexOf = new Map(classIds.map((id, index) => [id, index]));

  const byId = new Map<number, CocoImage & { readonly objects: ObjectLabel[] }>();
  for (const [i, { id, file_name: fileName, width, height }] of images.entries()) {
    if (!isId(id) || typeof fileName !== "string" || !isExtent(width) || !isExtent(height)) {
      faults.add(`${name}: images[${i}] has no integer "id", "file_name", "width" and "height"`);
    } else if (byId.has(id)) faults.add(`${name}: image id ${id} is there twice`);
    else byId.set(id, { fileName, width, height, objects: [] });
  }

  let leftOut = 0;
  for (const [i, annotation] of annotations.entries()) {
    const { id, image_id: imageId, category_id: categoryId, bbox, iscrowd, area } = annotation;
    const what = `${name}: annotation ${isId(id) ? id : `at index ${i}`}`;
    const image = isId(imageId) ? byId.get(imageId) : undefined;
    const classIndex = isId(categoryId) ? indexOf.get(categoryId) : undefined;
    if (!image) faults.add(`${what} is of unknown image ${JSON.stringify(imageId)}`);
    if (classIndex === undefined) {
      faults.add(`${what} is of unknown category ${JSON.stringify(categoryId)}`);
    }
    const box = boxOf(bbox);
    if (!box) {
      faults.add(
        `${what} has no box of four numbers [x, y, width, height] with positive sides: ` +
          JSON.stringify(bbox),
      );
    }
    if (!image || classIndex === undefined || !box) continue;
    const [x1, y1, x2, y2] = box;
    if (x1 === x2 || y1 === y2) {
      leftOut++;
      continue;
    }
    const isInside = Math.min(x1, y1) >= -TOLERANCE && x2 <= image.width + TOLERANCE &&
      y2 <= image.height + TOLERANCE;
    if (!isInside) {
      faults.add(
        `${what} has a box that leaves its image of ${image.width} x ${image.height} pixels: ` +
          JSON.stringify(bbox),
      );
      continue;
    }
    image.objects.push({
      box,
      classIndex,
      crowd: Boolean(iscrowd),
      ...(typeof area === "number" && area > 0 ? { area } : {}),
    });
  }
  return {
    classes: classIds.map((id) => classes.get(id)!),
    images: [...byId].sort(([a], [b]) => a - b).map(([, image]) => image),
    leftOut,
  };
}

type Json = Readonly<Record<string, unknown>>;
const LISTS = ["images", "categories", "annotations"] as const;

function parseLists(text: string, name: string): Record<typeof LISTS[number], readonly Json[]> {
  const refusal = (value: string, cause?: unknown) =>
    new SyntaxError(
      `Cannot read annotations "${name}" as they must be JSON with lists of objects "images", ` +
        `"categories" and "annotations": current value is ${value}`,
      { cause },
    );
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (cause) {
    throw refusal(cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (!isObject(root)) throw refusal("JSON of another form");
  const lists = LISTS.map((key) => {
    const list = root[key];
    if (Array.isArray(list) && list.every(isObject)) return [key, list];
    throw refusal(list === undefined ? `a file without "${key}"` : `"${key}" of another form`);
  });
  return Object.fromEntries(lists);
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isId(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isExtent(value: unknown): value is number {
  return isId(value) && value > 0;
}

/** Corners of `[x, y, width, height]`; sides may be 0. */
function boxOf(value: unknown): ObjectLabel["box"] | undefined {
  if (!Array.isArray(value) || value.length !== 4 || !value.every(Number.isFinite)) {
    return undefined;
  }
  const [x, y, width, height] = value as number[];
  return width >= 0 && height >= 0 ? [x, y, x + width, y + height] : undefined;
}
