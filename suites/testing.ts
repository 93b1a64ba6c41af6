/**
 * A suite that takes seconds, for tests of what runs suites.
 *
 * @module
 */

import { smallC3d } from "../compressors/testing.ts";
import { c3dProtocol } from "./datasets/protocol.ts";
import { clipInput } from "./inputs.ts";
import { VIDEO_ROWS } from "./rows.ts";
import type { Suite } from "./suite.ts";

/** C3D in small with rows for each way through the harness. */
export const tinySuite: Suite = {
  id: "tiny",
  description: "C3D in small: 4x12x12 clips, 4 MMACs",
  rate: 2,
  rateSource: "none: for tests",
  loadInput: clipInput({ ...c3dProtocol, name: "tiny", frames: 4, shorterSide: 14, crop: 12 }),
  buildModel: () => smallC3d(),
  rows: VIDEO_ROWS.filter(({ method, scheme }) => `${method} ${scheme}` !== "rt3d kgs 8x4"),
};
