/**
 * A suite that takes seconds, for tests of what runs suites.
 *
 * @module
 */

import { smallC3d } from "../compressors/testing.ts";
import { c3dProtocol } from "./datasets/protocol.ts";
import type { Suite, SuiteRow } from "./suite.ts";

/** C3D in small with a row for each way through the harness. */
export const tinySuite: Suite = {
  id: "tiny",
  description: "C3D in small: 4x12x12 clips, 4 MMACs",
  rate: 2,
  rateSource: "none: for tests",
  protocol: { ...c3dProtocol, name: "tiny", frames: 4, shorterSide: 14, crop: 12 },
  buildModel: () => smallC3d(),
  rows: [
    { method: "dense", scheme: "", options: {}, role: "baseline" },
    { method: "onnxruntime", scheme: "dense", options: {}, role: "peer" },
    ...([
      ["rt3d", "kgs 4x4", { scheme: "kgs", block: "4x4" }],
      ["rt3d", "vanilla 8x4", { scheme: "vanilla", block: "8x4" }],
      ["rt3d", "filter", { scheme: "filter" }],
      ["yolobile", "block-punched 8x4", { block: "8x4" }],
      ["tucker", "tucker-2 + svd", {}],
      ["autocompress", "filter + column", {}],
    ] as const).map(([method, scheme, options]): SuiteRow => (
      { method, scheme, options, role: "subject" }
    )),
    { method: "unstructured", scheme: "", options: {}, role: "control" },
    { method: "random-kgs", scheme: "kgs 8x4", options: { block: "8x4" }, role: "control" },
  ],
};
