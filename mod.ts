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
export type { GroupNormsOptions, Norm } from "./graph/group_norms.ts";
export type * from "./graph/model.ts";
export { decodeOnnx, readOnnx, type ReadOptions } from "./graph/onnx/read.ts";
export { encodeOnnx, writeOnnx, type WriteOptions } from "./graph/onnx/write.ts";
export { type MutableArray, Random } from "./graph/random.ts";
export { openReference, type ReferenceSession } from "./graph/reference.ts";
export type { RuntimeOptions } from "./graph/runtime.ts";
export { foldBatchNorm } from "./graph/rewrites/fold_batch_norm.ts";
export { removeFilters } from "./graph/rewrites/shrink.ts";
export { withBatch } from "./graph/rewrites/rebatch.ts";
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

// training: how weights are learned
export {
  type BatchStatistics,
  openTrainingStep,
  type StepFeeds,
  type StepOptions,
  type StepResult,
  type TrainingStep,
} from "./training/step.ts";
export { train } from "./training/trainer.ts";
export type * from "./training/trainer_options.ts";
export { evaluate, type EvaluationOptions } from "./training/evaluate.ts";
export {
  differentiate,
  type DifferentiateOptions,
  type DropoutMask,
  type GradientGraph,
  type StatisticsOutputs,
} from "./training/gradient/differentiate.ts";
export type * from "./training/data/dataset.ts";
export { type Division, division, subset } from "./training/data/subset.ts";
export type { Loss } from "./training/losses/loss.ts";
export { crossEntropy, type CrossEntropyOptions } from "./training/losses/cross_entropy.ts";
export { meanSquaredError } from "./training/losses/mean_squared_error.ts";
export {
  distillation,
  type DistillationLoss,
  type DistillationOptions,
} from "./training/losses/distillation.ts";
export * from "./training/losses/yolo.ts";
export type { Metric, MetricState } from "./training/metrics/metric.ts";
export { accuracy } from "./training/metrics/accuracy.ts";
export type { Optimiser, OptimiserState, UpdateOptions } from "./training/optimisers/optimiser.ts";
export { sgd, type SgdOptions } from "./training/optimisers/sgd.ts";
export { adam, type AdamOptions, adamw } from "./training/optimisers/adam.ts";
export * from "./training/schedules.ts";
export type { LiveWeights, Penalty, Pull, TrainingPosition } from "./training/penalties/penalty.ts";
export { masked, structureMasks } from "./training/penalties/masked.ts";
export type { GroupedWeight, PenalisedGroups } from "./training/penalties/grouped.ts";
export type { AxisGroups, JointGroups } from "./training/penalties/joint.ts";
export { groupLasso, type GroupLassoOptions } from "./training/penalties/group_lasso.ts";
export { reweighted, type ReweightedOptions } from "./training/penalties/reweighted.ts";
export {
  admm,
  type AdmmOptions,
  type AdmmPenalty,
  type Projection,
} from "./training/penalties/admm.ts";

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
} from "./compressors/compressor.ts";
export type { Trace } from "./compressors/trace.ts";
export {
  type QuickEvaluation,
  requireTrainer,
  type Trainer,
  type TrainingBudget,
  type TrainingNeed,
  type TrainingStage,
} from "./compressors/trainer.ts";
export type { PenaltyChoice } from "./compressors/learning/penalised.ts";
export type { PenaltyKind } from "./compressors/learning/strength.ts";
export * from "./compressors/learning/task_trainer.ts";
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
export type { Allocation, Share } from "./compressors/sparsity/allocate.ts";
export { project } from "./compressors/sparsity/mask.ts";
export type { Allocator, GroupChoice, LayerShare } from "./compressors/sparsity/plan.ts";
export { type GroupMethod, type GroupPruning, pruneGroups } from "./compressors/sparsity/prune.ts";
export type { GroupRanking, GroupScore, Ranker } from "./compressors/sparsity/ranking.ts";
export {
  type Block,
  findScheme,
  parseBlock,
  type Scheme,
  SCHEMES,
} from "./compressors/sparsity/schemes.ts";
export { groupScores } from "./compressors/sparsity/scores.ts";

// kernels: from a model to a plan that the runtime executes
export {
  type Build,
  build,
  BuildError,
  type BuildOptions,
  type BuildTarget,
} from "./kernels/build.ts";
export { type Packing, PACKINGS } from "./kernels/plan/blocks.ts";
export { lower, type LoweringTarget, type LowerOptions } from "./kernels/plan/lower.ts";
export * from "./kernels/plan/plan.ts";
export { storedBytes } from "./kernels/plan/stored_bytes.ts";
export { readPlan } from "./kernels/plan/read.ts";
export { writePlan } from "./kernels/plan/write.ts";

// devices: where a program runs
export {
  type CountRequest,
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
export {
  type DeviceEntry,
  DEVICES,
  findDevice,
  openDevice,
  type OpenDeviceOptions,
} from "./devices/registry.ts";
export type { Found, FoundDevice } from "./devices/found.ts";
export {
  type Conditions,
  type DeviceState,
  type PowerTrace,
  QUANTITIES,
  type Quantity,
  type Reading,
} from "./devices/reading.ts";
export { openPeer, type PeerEngine } from "./devices/peers/engine.ts";
export type { PeerCommand } from "./devices/peers/child.ts";
export type { Conversion, Convert } from "./devices/peers/converted.ts";
export { UnsupportedModelError } from "./devices/peers/protocol.ts";

export { MODEL_FORMULA } from "./devices/emulation/model.ts";
export { type SamplingError, samplingErrors } from "./devices/emulation/sampling_error.ts";
export {
  type CacheLevel,
  type Cluster,
  INSTRUCTION_CLASSES,
  type InstructionClass,
  parseSoc,
  type Soc,
  type Throughput,
} from "./devices/emulation/soc.ts";
export { SOCS } from "./devices/emulation/socs.ts";
export { openEmulated } from "./devices/emulation/device.ts";
export type {
  CopyCost,
  CopySample,
  Costs,
  MeasuredCopy,
  Processor,
} from "./devices/coexecution/costs.ts";
export {
  type BranchDecision,
  type CoexecutionPlan,
  decide,
  type DecideOptions,
  type RegionDecision,
} from "./devices/coexecution/decide.ts";
export type { SearchOptions } from "./devices/coexecution/assign.ts";
export type { Region } from "./devices/coexecution/regions.ts";
export type { CoexecutionSchedule, Step } from "./devices/coexecution/schedule.ts";

// suites: what is compared
export { type ClipOptions, loadClip } from "./suites/datasets/clip.ts";
export { c3dProtocol, type Clip, type ClipProtocol } from "./suites/datasets/protocol.ts";
export { loadAny } from "./suites/datasets/any.ts";
export { loadPicture, type Picture, type PictureOptions } from "./suites/datasets/picture.ts";
export type { PictureProtocol } from "./suites/datasets/picture_protocol.ts";
export type { Box } from "./suites/detection/box.ts";
export { type Detection, type NmsOptions, nonMaxSuppression } from "./suites/detection/nms.ts";
export * from "./suites/detection/average_precision.ts";
export type { Truth } from "./suites/detection/matching.ts";
export {
  type DetectionMetric,
  detectionMetric,
  type DetectionMetricOptions,
  type DetectionMetricState,
} from "./suites/detection/detection_metric.ts";
export { type Detector, detectorOf, type FoundBoxes } from "./suites/detection/detector.ts";
export { buildYolov4, type Yolov4Options } from "./suites/models/yolov4.ts";
export type { HeadAnchors } from "./suites/models/yolov4/heads.ts";
export type { LetterboxProtocol } from "./suites/datasets/letterbox.ts";
export type * from "./suites/datasets/source.ts";
export { DATA_SOURCES, findDataSource } from "./suites/datasets/sources.ts";
export { findSuite, SUITES } from "./suites/registry.ts";
export type { Suite, SuiteFile, SuiteInput, SuiteInputOptions, SuiteRow } from "./suites/suite.ts";
export {
  findNetwork,
  type Network,
  type NetworkChoice,
  type NetworkExtents,
  NETWORKS,
} from "./suites/networks.ts";
export { takeWeights } from "./suites/weights.ts";
export type * from "./suites/experiments/experiment.ts";
export { EXPERIMENTS, findExperiment } from "./suites/experiments/registry.ts";

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
  ReadingResult,
  RunResult,
  Source,
  Spread,
  Warning,
} from "./harness/result.ts";
export type { BenchSettings } from "./harness/settings.ts";
export * from "./harness/experiments/run.ts";
export type { ExperimentSettings } from "./harness/experiments/settings.ts";
export type * from "./harness/experiments/records.ts";
export {
  judgeClaims,
  type JudgedClaim,
  type JudgedPair,
  type Verdict,
} from "./harness/experiments/claims.ts";
export { type ExperimentStore, readExperiment } from "./harness/experiments/store.ts";
export { printExperiment } from "./harness/experiments/print.ts";
export type { CellSummary, PartSummary, SeedMean } from "./harness/experiments/summary.ts";
export { readTraining, type RecordedTraining } from "./harness/training/folder.ts";
export type { RecordedResult, RecordedSamples, TrainingRecord } from "./harness/training/record.ts";
