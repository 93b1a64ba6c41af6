/**
 * C3D on one clip of 16 frames: the four methods and their controls at one reduction of MACs.
 *
 * @module
 */

import { c3dProtocol } from "./datasets/protocol.ts";
import { buildC3d } from "./models/c3d.ts";
import type { Suite } from "./suite.ts";

/** The comparison that `deno task bench c3d` runs. */
export const c3d: Suite = {
  id: "c3d",
  description: "C3D, 16x112x112 clips, 101 classes: 78.4 M parameters, 38.5 GMACs",
  rate: 3.6,
  rateSource: "RT3D, Table 1: C3D pruned by 3.6x of its MACs",
  protocol: c3dProtocol,
  buildModel: (seed) => buildC3d({ seed }),
  rows: [
    { method: "dense", scheme: "", options: {}, role: "baseline" },
    { method: "onnxruntime", scheme: "dense", options: {}, role: "peer" },
    {
      method: "rt3d",
      scheme: "kgs 8x4",
      options: { scheme: "kgs", block: "8x4" },
      role: "subject",
    },
    {
      method: "rt3d",
      scheme: "kgs 4x4",
      options: { scheme: "kgs", block: "4x4" },
      role: "subject",
    },
    {
      method: "rt3d",
      scheme: "vanilla 8x4",
      options: { scheme: "vanilla", block: "8x4" },
      role: "subject",
    },
    { method: "rt3d", scheme: "filter", options: { scheme: "filter" }, role: "subject" },
    {
      method: "yolobile",
      scheme: "block-punched 8x4",
      options: { block: "8x4" },
      role: "subject",
    },
    { method: "tucker", scheme: "tucker-2 + svd", options: {}, role: "subject" },
    { method: "autocompress", scheme: "filter + column", options: {}, role: "subject" },
    { method: "unstructured", scheme: "", options: {}, role: "control" },
    { method: "random-kgs", scheme: "kgs 8x4", options: { block: "8x4" }, role: "control" },
  ],
};
