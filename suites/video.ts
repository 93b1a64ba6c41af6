/**
 * Networks that classify clips, as suites.
 *
 * @module
 */

import { c3dProtocol, type ClipProtocol } from "./datasets/protocol.ts";
import { clipInput } from "./inputs.ts";
import { buildC3d } from "./models/c3d.ts";
import { buildR2plus1d18 } from "./models/r2plus1d.ts";
import { buildS3d } from "./models/s3d.ts";
import { VIDEO_ROWS } from "./rows.ts";
import type { Suite } from "./suite.ts";

/** Kinetics as torchvision's video networks were trained on it. */
const r2plus1dProtocol: ClipProtocol = {
  name: "R(2+1)D",
  frames: 16,
  shorterSide: 128,
  crop: 112,
  mean: [110.2008, 100.63983, 95.99475],
  std: [58.14765, 56.46975, 55.332195],
};

/** Pixels scaled to -1..1, as the public S3D weights expect them. */
const s3dProtocol: ClipProtocol = {
  name: "S3D",
  frames: 16,
  shorterSide: 128,
  crop: 112,
  mean: [127.5, 127.5, 127.5],
  std: [127.5, 127.5, 127.5],
};

/** The networks of RT3D; to add one, add its entry. */
export const VIDEO_SUITES: readonly Suite[] = [
  {
    id: "c3d",
    description: "C3D, 16x112x112 clips, 101 classes: 78.4 M parameters, 38.5 GMACs",
    rate: 3.6,
    rateSource: "RT3D, Table 1: C3D pruned by 3.6x of its MACs",
    loadInput: clipInput(c3dProtocol),
    buildModel: (seed) => buildC3d({ seed }),
    rows: VIDEO_ROWS,
  },
  {
    id: "r2plus1d-18",
    description: "R(2+1)D-18, 16x112x112 clips, 101 classes: 31.4 M parameters, 40.5 GMACs",
    rate: 3.2,
    rateSource: "RT3D, Table 2: R(2+1)D pruned by 3.2x of its MACs",
    loadInput: clipInput(r2plus1dProtocol),
    buildModel: (seed) => buildR2plus1d18({ seed }),
    rows: VIDEO_ROWS,
  },
  {
    id: "s3d",
    description: "S3D, 16x112x112 clips, 101 classes: 8.0 M parameters, 4.5 GMACs",
    rate: 2.1,
    rateSource: "RT3D, Table 2: S3D pruned by 2.1x of its MACs",
    loadInput: clipInput(s3dProtocol),
    buildModel: (seed) => buildS3d({ seed }),
    rows: VIDEO_ROWS,
  },
  {
    id: "s3d-224",
    description: "S3D, 16x224x224 clips, 101 classes: 8.0 M parameters, 18.0 GMACs",
    rate: 2.1,
    rateSource: "RT3D, Table 2: S3D pruned by 2.1x of its MACs",
    loadInput: clipInput({ ...s3dProtocol, name: "S3D at 224", shorterSide: 256, crop: 224 }),
    buildModel: (seed) => buildS3d({ seed, size: 224 }),
    rows: VIDEO_ROWS,
  },
];
