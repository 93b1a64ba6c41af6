/**
 * Kerf: compress convolutional networks, compile them to sparse kernels, run and measure them side
 * by side. This module is what other packages import; `docs/` shows how to add to it.
 *
 * @module
 */

// graph: what a model is
export { outputsError, relativeError } from "./graph/compare.ts";
export * from "./graph/builder.ts";
export { hasWeights, type LayerCosts, type ModelCosts, modelCosts } from "./graph/costs.ts";
export type * from "./graph/model.ts";
export { decodeOnnx, readOnnx, type ReadOptions } from "./graph/onnx/read.ts";
export { encodeOnnx, writeOnnx, type WriteOptions } from "./graph/onnx/write.ts";
export { type MutableArray, Random } from "./graph/random.ts";
export { openReference, type ReferenceOptions, type ReferenceSession } from "./graph/reference.ts";
export { foldBatchNorm } from "./graph/rewrites/fold_batch_norm.ts";
export { removeFilters } from "./graph/rewrites/shrink.ts";
export { removeDeadChannels } from "./graph/rewrites/dead.ts";
export { type Channels, traceChannels } from "./graph/rewrites/channels.ts";
export type { ChannelAxis, ChannelReader, Removal } from "./graph/rewrites/channels/trace.ts";
export { inferShapes, outputShapes } from "./graph/shapes.ts";
export {
  type GroupGrid,
  groupGrid,
  type GroupLayout,
  groupSizes,
  keptWeights,
  type WeightStructure,
} from "./graph/structure.ts";
export { type Shape, sizeOf, type Tensor, tensor, values, zeros } from "./graph/tensor.ts";

// compressors: the methods, and what a new one is made of
export { type Budget, budgetOf, UnreachableRateError } from "./compressors/budget.ts";
export type {
  CompressedModel,
  CompressionContext,
  CompressionReport,
  Compressor,
  LayerDecision,
  LayerSelection,
  Progress,
  Reference,
  Support,
  Target,
  Trainer,
} from "./compressors/compressor.ts";
export {
  prunableLayers,
  type PrunableLayersOptions,
  refuseUnsupported,
  supportsPruning,
  type WeightedNode,
} from "./compressors/layers.ts";
export { formatRates, parseRates } from "./compressors/rates.ts";
export { type Selection, selectionOf } from "./compressors/selection.ts";
export { OptionReader } from "./compressors/options.ts";
export { COMPRESSORS, findCompressor } from "./compressors/registry.ts";
export { type Account, finish } from "./compressors/report.ts";
export type { Allocation } from "./compressors/sparsity/allocate.ts";
export { project } from "./compressors/sparsity/mask.ts";
export { type GroupPruning, pruneGroups } from "./compressors/sparsity/prune.ts";
export {
  type Block,
  findScheme,
  parseBlock,
  type Scheme,
  SCHEMES,
} from "./compressors/sparsity/schemes.ts";
export { groupScores, type GroupScoresOptions, type Norm } from "./compressors/sparsity/scores.ts";

// kernels: from a model to a plan that the runtime executes
export {
  type Build,
  build,
  BuildError,
  type BuildOptions,
  type BuildTarget,
} from "./kernels/build.ts";
export { lower, type LowerOptions } from "./kernels/plan/lower.ts";
export * from "./kernels/plan/plan.ts";
export { storedBytes } from "./kernels/plan/stored_bytes.ts";
export { readPlan } from "./kernels/plan/read.ts";
export { writePlan } from "./kernels/plan/write.ts";

// devices: where a program runs
export {
  type Device,
  DeviceUnavailableError,
  type LoadOptions,
  type MeasureRequest,
  type Probe,
  type Program,
  type RawSamples,
  type Session,
  type Tensors,
} from "./devices/device.ts";
export { type DeviceEntry, DEVICES, findDevice, openDevice } from "./devices/registry.ts";

// suites: what is compared
export { type ClipOptions, loadClip } from "./suites/datasets/clip.ts";
export { c3dProtocol, type Clip, type ClipProtocol } from "./suites/datasets/protocol.ts";
export { loadAny } from "./suites/datasets/any.ts";
export { loadPicture, type Picture, type PictureOptions } from "./suites/datasets/picture.ts";
export type { PictureProtocol } from "./suites/datasets/picture_protocol.ts";
export type { Box } from "./suites/detection/box.ts";
export { type Detection, type NmsOptions, nonMaxSuppression } from "./suites/detection/nms.ts";
export { buildYolov4, type Yolov4Options } from "./suites/models/yolov4.ts";
export { findSuite, SUITES } from "./suites/registry.ts";
export type { Suite, SuiteFile, SuiteInput, SuiteInputOptions, SuiteRow } from "./suites/suite.ts";
export { takeWeights } from "./suites/weights.ts";

// harness: how it is measured and told
export {
  type BenchOptions,
  type BenchOutcome,
  resumeBench,
  type ResumeOptions,
  startBench,
} from "./harness/bench.ts";
export type { BenchProgress } from "./harness/forecast.ts";
export type {
  Emit,
  RoundCase,
  RoundEvent,
  RoundExecutor,
  RoundInput,
  RoundMeasure,
  RoundRequest,
} from "./harness/measure/round.ts";
export type { RoundSchedule } from "./harness/measure/schedule.ts";
export { readRun } from "./harness/records/store.ts";
export { renderPage } from "./harness/report/page.ts";
export { writeResultsIndex, writeRunPage } from "./harness/report/publish_run.ts";
export { renderMarkdown, renderTable } from "./harness/report/table.ts";
export type {
  CaseResult,
  CaseSpec,
  CaseStatus,
  Estimate,
  LayerResult,
  Manifest,
  Ratio,
  RunResult,
  Source,
  Spread,
  Warning,
} from "./harness/result.ts";
export type { BenchSettings } from "./harness/settings.ts";
