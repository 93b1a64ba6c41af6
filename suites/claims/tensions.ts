/**
 * Where the published values do not fit each other: what a reader of verdicts must know.
 *
 * @module
 */

/** One sentence or two each. */
export const TENSIONS: readonly string[] = [
  "RT3D's headline joins two models: 29.1x is R(2+1)D at 3.2x, which loses 2.0 points; “1 to 1.5 " +
  "points” is at 2.6x.",
  "RT3D's sparse speed-up nearly reaches the rate of its FLOPs on the GPU (3.44 of 3.6, 3.64 of 3.2, " +
  "1.93 of 2.1), less so on the processor (2.53 of 3.6, 2.75 of 3.2, 1.86 of 2.1).",
  "YOLObile's “14x” is of weights; by the released configuration its MACs fall 9.25x. The article calls " +
  "it more accurate than YOLOv3; the paper's figure has YOLOv3 at about 51.6 mAP, the 14x model at 49.0.",
  "YOLObile's released code trains by ADMM with fixed rates for layers; the paper and the article " +
  "describe reweighted regularization.",
  "YOLObile's “3x3 layers pruned 1.15x more than 1x1 layers” fits the ratio of sparsities of the " +
  "released 8x configuration (1.17), not that of compression factors (2.24).",
  "The phone (Galaxy S20) is a Snapdragon 855 in an article and an 865 in RT3D; Adreno 650 is the 865's.",
  "AutoCompress's 120x compares its ResNet-18 with another method's ResNet-50.",
];
