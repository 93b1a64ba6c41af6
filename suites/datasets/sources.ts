/**
 * All sources of samples to learn from. A new one is one more row.
 *
 * @module
 */

import { nearest } from "../../compressors/nearest.ts";
import { cifar100Source, cifar10Source } from "./cifar.ts";
import { cocoSource } from "./coco.ts";
import { imageFoldersSource } from "./image_folders.ts";
import { movingShapesHardSource, movingShapesSource } from "./moving_shapes_classes.ts";
import { hmdb51Source, ucf101Source } from "./official_splits.ts";
import { shapesDetectionSource } from "./shapes_detection.ts";
import type { DataSource } from "./source.ts";
import { texturesSource } from "./textures.ts";
import { videoFoldersSource } from "./video_folders.ts";
import { vocSource } from "./voc.ts";

/** Sources, generated ones first. */
export const DATA_SOURCES: readonly DataSource[] = [
  texturesSource,
  movingShapesSource,
  movingShapesHardSource,
  shapesDetectionSource,
  cifar10Source,
  cifar100Source,
  imageFoldersSource,
  videoFoldersSource,
  ucf101Source,
  hmdb51Source,
  cocoSource,
  vocSource,
];

/**
 * The source with an id.
 *
 * @throws {RangeError} when there is none, with the nearest ids.
 */
export function findDataSource(id: string): DataSource {
  const found = DATA_SOURCES.find((source) => source.id === id);
  if (found) return found;
  throw new RangeError(
    `Cannot find data "${id}": did you mean ${
      nearest(id, DATA_SOURCES.map((source) => source.id)).join(" or ")
    }?`,
  );
}
