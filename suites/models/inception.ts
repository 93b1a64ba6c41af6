/**
 * Widths of Inception v1, which GoogLeNet and S3D share.
 *
 * @module
 */

/** Filters of one block: 1x1; reduction and 3x3; reduction and 5x5; projection of the pool. */
export type InceptionWidths = readonly [
  one: number,
  threeReduced: number,
  three: number,
  fiveReduced: number,
  five: number,
  projection: number,
];

/**
 * Blocks of Inception v1 by stage, a pool between stages (Szegedy et al., "Going Deeper with
 * Convolutions", CVPR 2015, table 1).
 */
export const INCEPTION_V1: readonly (readonly InceptionWidths[])[] = [
  [[64, 96, 128, 16, 32, 32], [128, 128, 192, 32, 96, 64]],
  [
    [192, 96, 208, 16, 48, 64],
    [160, 112, 224, 24, 64, 64],
    [128, 128, 256, 24, 64, 64],
    [112, 144, 288, 32, 64, 64],
    [256, 160, 320, 32, 128, 128],
  ],
  [[256, 160, 320, 32, 128, 128], [384, 192, 384, 48, 128, 128]],
];
