/**
 * The rows that suites of one kind have in common.
 *
 * @module
 */

import type { SuiteRow } from "./suite.ts";

/** Our dense kernels, which others are compared with. */
export const DENSE: SuiteRow = { method: "dense", scheme: "", options: {}, role: "baseline" };
/** A peer engine, by the id of its device, on the dense network. */
export function peerRow(engine: string): SuiteRow {
  return { method: engine, scheme: "dense", options: {}, role: "peer" };
}
/** The peer engine that is built in. */
export const ONNX_RUNTIME: SuiteRow = peerRow("onnxruntime");
const FILTER: SuiteRow = {
  method: "rt3d",
  scheme: "filter",
  options: { scheme: "filter" },
  role: "subject",
};

/** The other papers' methods, and the controls. */
const COMMON: readonly SuiteRow[] = [
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
];

/** Of networks with 3-D convolutions, for which RT3D's schemes were made. */
export const VIDEO_ROWS: readonly SuiteRow[] = [
  DENSE,
  ONNX_RUNTIME,
  { method: "rt3d", scheme: "kgs 8x4", options: { scheme: "kgs", block: "8x4" }, role: "subject" },
  { method: "rt3d", scheme: "kgs 4x4", options: { scheme: "kgs", block: "4x4" }, role: "subject" },
  {
    method: "rt3d",
    scheme: "vanilla 8x4",
    options: { scheme: "vanilla", block: "8x4" },
    role: "subject",
  },
  FILTER,
  ...COMMON,
];

/** Of networks with 2-D convolutions, on which KGS is what YOLObile calls block-punched. */
export const IMAGE_ROWS: readonly SuiteRow[] = [DENSE, ONNX_RUNTIME, FILTER, ...COMMON];
