/**
 * Reads a plan file: the twin of `write.ts`. What it accepts the runtime accepts, and the other way
 * round; a test holds the two against each other.
 *
 * @module
 */

import { checkPlan } from "./check.ts";
import { FileView, type RecordView } from "./file_view.ts";
import {
  ACTIVATIONS,
  checksum,
  DETAILS,
  ELEMENTWISE,
  type Field,
  FUNCTIONS,
  HEADER,
  KINDS,
  layOut,
  MAGIC,
  NONE,
  OPERATOR,
  POOLINGS,
  REDUCTIONS,
  RESIDUALS,
  SPACES,
  TENSOR,
  VALUE,
  VERSION,
} from "./format.ts";
import {
  MAX_RANK,
  type OperatorBase,
  type PackedMatrix,
  type Plan,
  PlanFormatError,
  type PlanOperator,
  type PlanTensor,
  type PlanValue,
  type ResampleTable,
} from "./plan.ts";

/**
 * Reads and checks a plan file.
 *
 * @throws {PlanFormatError} when it is not a valid plan, saying what is wrong.
 * @throws {Deno.errors.NotFound} and its kin when it cannot be read.
 */
export async function readPlan(path: string): Promise<Plan> {
  const bytes = await Deno.readFile(path);
  try {
    return decodePlan(bytes);
  } catch (error) {
    throw error instanceof PlanFormatError ? new PlanFormatError(error.reason, path) : error;
  }
}

/**
 * Decodes and checks the bytes of a plan file. Arrays of the plan share memory with `bytes` where
 * its alignment allows.
 *
 * @throws {PlanFormatError} when they are not a valid plan, saying what is wrong.
 */
export function decodePlan(bytes: Uint8Array<ArrayBuffer>): Plan {
  const start = layOut(HEADER, 8).bytes;
  if (bytes.length < start) refuse(`it has ${bytes.length} bytes, a header alone has ${start}`);
  if (new TextDecoder("latin1").decode(bytes.subarray(0, 8)) !== MAGIC) {
    refuse(`not a plan: it does not begin with ${MAGIC}`);
  }
  const file = new FileView(bytes.byteOffset % 8 ? bytes.slice() : bytes), header = file.header();
  const version = header.number("version"), said = header.number("file_bytes");
  if (version !== VERSION) refuse(`plan version ${version}; this code reads version ${VERSION}`);
  if (said !== bytes.length) {
    refuse(`the plan is cut: it says ${said} bytes and has ${bytes.length}`);
  }
  if (checksum(bytes) !== header.number("checksum")) refuse("the plan is corrupt");
  const plan = decode(file, header);
  checkPlan(plan);
  return plan;
}

function decode(file: FileView, header: RecordView): Plan {
  const table = (what: string, fields: readonly Field[]) =>
    file.records(header.number(`${what}_table`), header.number(`${what}s`), fields);
  const valueOf = (record: RecordView): PlanValue => ({
    name: file.name(record),
    tensor: record.number("tensor"),
  });
  const tensors = table("tensor", TENSOR).map(tensorOf);
  return {
    tensors,
    operators: table("operator", OPERATOR).map((record) => operatorOf(file, record, tensors)),
    inputs: table("input", VALUE).map(valueOf),
    outputs: table("output", VALUE).map(valueOf),
    constants: file.floats(header.number("constants"), header.number("constant_floats")),
    arenaFloats: header.number("arena_floats"),
  };
}

function tensorOf(record: RecordView): PlanTensor {
  const rank = record.number("rank"), extents = record.list("extents");
  const strides = record.list("strides");
  if (
    rank > MAX_RANK || extents.slice(rank).some((n) => n !== 1) || strides.slice(rank).some(Boolean)
  ) refuse(`a tensor of rank ${rank} has extents [${extents}] and strides [${strides}]`);
  return {
    extents: extents.slice(0, rank),
    strides: strides.slice(0, rank),
    base: record.number("base"),
    space: named(SPACES, record.number("space"), "space"),
  };
}

/** The name that a code stands for. */
function named<T>(names: readonly T[], code: number, what: string): T {
  return code in names ? names[code] : refuse(`there is no ${what} of code ${code}`);
}

function operatorOf(
  file: FileView,
  record: RecordView,
  tensors: readonly PlanTensor[],
): PlanOperator {
  const kind = named(KINDS, record.number("kind") - 1, "kind of operator");
  const code = record.number("function"), indices = record.list("inputs");
  const inputs = indices.filter((index) => index !== NONE);
  if (indices.slice(inputs.length).some((index) => index !== NONE)) {
    refuse("an operator has an input behind one that is not there");
  }
  const base: OperatorBase = {
    name: file.name(record),
    inputs,
    output: record.number("output"),
    activation: {
      kind: named(ACTIVATIONS, record.number("activation"), "activation"),
      alpha: record.number("alpha"),
      beta: record.number("beta"),
    },
  };
  const fields = DETAILS[kind] ?? [], detailAt = record.number("detail");
  if (!FUNCTIONS[kind] && code) refuse(`a ${kind} has no function ${code}`);
  if (!DETAILS[kind] && detailAt) refuse(`a ${kind} has no record`);
  const [detail] = DETAILS[kind] ? file.records(detailAt, 1, fields) : [record];
  const n = (field: string) => detail.number(field);
  switch (kind) {
    case "convolution": {
      const kernel = detail.triple("pool_kernel"), matrix = matrixOf(file, detail);
      return {
        ...base,
        kind,
        function: named(RESIDUALS, code, "residual"),
        matrix,
        tapOffsets: file.offsets(n("tap_offsets"), matrix.taps),
        channelStep: n("channel_step"),
        extents: detail.triple("extents"),
        ...(kernel[0] && { pool: { kernel, stride: kernel, pad: [0, 0, 0] } }),
      };
    }
    case "fully_connected":
      return { ...base, kind, matrix: matrixOf(file, detail) };
    case "winograd":
      return {
        ...base,
        kind,
        function: named(RESIDUALS, code, "residual"),
        rows: n("rows"),
        channels: n("channels"),
        depthTaps: n("depth_taps"),
        pad: detail.triple("pad"),
        weights: file.floats(n("weights"), n("weight_floats")),
        ...file.bias(detail, n("rows")),
      };
    case "dense_convolution":
      return {
        ...base,
        kind,
        function: named(RESIDUALS, code, "residual"),
        rows: n("rows"),
        channels: n("channels"),
        kernel: detail.triple("kernel"),
        stride: detail.triple("stride"),
        dilation: detail.triple("dilation"),
        pad: detail.triple("pad"),
        weights: file.floats(n("weights"), n("weight_floats")),
        ...file.bias(detail, n("rows")),
      };
    case "depthwise": {
      const [rows] = extentsOf(base, tensors, kind), taps = n("taps");
      return {
        ...base,
        kind,
        function: named(RESIDUALS, code, "residual"),
        multiplier: n("multiplier"),
        tapOffsets: file.offsets(n("tap_offsets"), taps),
        channelStep: n("channel_step"),
        weights: file.floats(n("weights"), rows * taps),
        ...file.bias(detail, rows),
      };
    }
    case "pool":
      if (n("count_padding") > 1) refuse("a pool counts its padding neither way");
      return {
        ...base,
        kind,
        function: named(POOLINGS, code, "kind of pooling"),
        kernel: detail.triple("kernel"),
        stride: detail.triple("stride"),
        dilation: detail.triple("dilation"),
        pad: detail.triple("pad"),
        padEnd: detail.triple("pad_end"),
        countPadding: n("count_padding") === 1,
        p: n("p"),
      };
    case "elementwise":
      return { ...base, kind, function: named(ELEMENTWISE, code, "function of one position") };
    case "reduce":
      return { ...base, kind, function: named(REDUCTIONS, code, "reduction") };
    case "softmax":
      if (n("log") > 1) refuse("a softmax takes a logarithm neither way");
      return { ...base, kind, axis: n("axis"), log: n("log") === 1 };
    case "resample": {
      const [, depth, height, width] = extentsOf(base, tensors, kind);
      const table = (axis: number, extent: number): ResampleTable => {
        const taps = detail.number("taps", axis);
        return {
          taps,
          positions: file.words(detail.number("positions", axis), extent * taps),
          weights: file.floats(detail.number("weights", axis), extent * taps),
        };
      };
      return { ...base, kind, tables: [table(0, depth), table(1, height), table(2, width)] };
    }
    case "lrn":
      return {
        ...base,
        kind,
        size: n("size"),
        alpha: n("alpha"),
        beta: n("beta"),
        bias: n("bias"),
      };
    case "matrix_product":
      return { ...base, kind };
    case "clear":
      return { ...base, kind, lead: n("lead"), trail: n("trail") };
  }
}

/** Extents of the output, by which the sections of some kinds are sized. */
function extentsOf(
  { output }: OperatorBase,
  tensors: readonly PlanTensor[],
  kind: string,
): readonly number[] {
  const extents = tensors[output]?.extents;
  return extents?.length === 4 ? extents : refuse(`a ${kind} has no volume to write to`);
}

function matrixOf(file: FileView, record: RecordView): PackedMatrix {
  const n = (field: string) => record.number(field);
  const rows = n("rows"), blocks = n("blocks"), lists = n("lists");
  const channelBlock = n("channel_block");
  const channelBlocks = Math.ceil(n("channels") / (channelBlock || 1));
  return {
    rows,
    channels: n("channels"),
    taps: n("taps"),
    span: n("span"),
    channelBlock,
    blockRows: file.words(n("block_rows"), blocks),
    rowOrder: file.words(n("row_order"), rows),
    listOf: file.words(n("list_of"), channelBlocks * blocks),
    listStart: file.words(n("list_start"), lists + 1),
    listEntries: file.words(n("list_entries"), lists),
    index: file.bytes(n("index"), n("index_bytes")),
    weights: file.floats(n("weights"), n("weight_floats")),
    ...file.bias(record, rows),
  };
}

function refuse(reason: string): never {
  throw new PlanFormatError(reason);
}
