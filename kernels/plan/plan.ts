/**
 * A plan: what the runtime executes. Made by lowering a model, written to one file, and read by
 * every device. Mirrors `kernels/include/kerf_plan.h`.
 *
 * @module
 */

/** An activation in the arena; strides and base in floats, padding shared between neighbours. */
export interface PlanTensor {
  /** Number of channels. */
  readonly channels: number;
  /** Number of planes (frames); 1 for 2-D. */
  readonly depth: number;
  /** Number of rows. */
  readonly height: number;
  /** Values in a row. */
  readonly width: number;
  /** Stride from one row to the next. */
  readonly row: number;
  /** Stride from one plane to the next. */
  readonly plane: number;
  /** Stride from one channel to the next. */
  readonly channel: number;
  /** Of element (0, 0, 0, 0). */
  readonly base: number;
}

/** Depth, height, width. */
export type Triple = readonly [number, number, number];

/** A weight matrix cut into blocks of rows that share their lists of kept columns. */
export interface PackedMatrix {
  /** Filters. */
  readonly rows: number;
  /** Input channels. */
  readonly channels: number;
  /** Kernel positions. */
  readonly taps: number;
  /** Channels that one entry of a list stands for. */
  readonly span: number;
  /** Channels that are walked before the next block of rows. */
  readonly channelBlock: number;
  /** Rows of each block: 8, 4, 2 or 1. */
  readonly blockRows: Uint32Array;
  /** Output channel of each packed row. */
  readonly rowOrder: Uint32Array;
  /** List of each (channel block, row block), channel block outermost. */
  readonly listOf: Uint32Array;
  /** Where each list starts in `index`, and its end: `lists + 1` values. */
  readonly listStart: Uint32Array;
  /** Entries of each list. */
  readonly listEntries: Uint32Array;
  /** Delta-coded lists, see `index_code.ts`. */
  readonly index: Uint8Array;
  /** `[channel block][row block][column][row of the block]`. */
  readonly weights: Float32Array;
  /** In packed order; absent for none. */
  readonly bias?: Float32Array;
}

/** What all operators have in common. */
export interface OperatorBase {
  /** Of the layer that it computes, for reports. */
  readonly name: string;
  /** Index of the tensor that is read. */
  readonly input: number;
  /** Index of the tensor that is written. */
  readonly output: number;
}

/** Max pooling window; fused behind a convolution, kernel = stride and no padding. */
export interface PoolWindow {
  /** Extents of the window. */
  readonly kernel: Triple;
  /** From one window to the next. */
  readonly stride: Triple;
  /** Before each axis; padded positions never win. */
  readonly pad: Triple;
}

/** Convolution with fused bias, activation and pooling. */
export interface ConvolutionOperator extends OperatorBase {
  /** Which kind of operator this is. */
  readonly kind: "convolution";
  /** Whether ReLU follows. */
  readonly relu: boolean;
  /** Weights and bias. */
  readonly matrix: PackedMatrix;
  /** Offset of each tap from the output's position, floats. */
  readonly tapOffsets: Int32Array;
  /** From one input channel to the next, floats. */
  readonly channelStep: number;
  /** Extents before a fused pool. */
  readonly extents: Triple;
  /** Max pooling that follows the activation. */
  readonly pool?: PoolWindow;
}

/** Fully connected layer with fused bias and activation. */
export interface FullyConnectedOperator extends OperatorBase {
  /** Which kind of operator this is. */
  readonly kind: "fully_connected";
  /** Whether ReLU follows. */
  readonly relu: boolean;
  /** Weights and bias. */
  readonly matrix: PackedMatrix;
}

/** Max pooling on its own. */
export interface MaxPoolOperator extends OperatorBase {
  /** Which kind of operator this is. */
  readonly kind: "max_pool";
  /** The window. */
  readonly pool: PoolWindow;
}

/** ReLU on its own. */
export interface ReluOperator extends OperatorBase {
  /** Which kind of operator this is. */
  readonly kind: "relu";
}

/** Copy of a tensor into its strided phases, ahead of a strided convolution. */
export interface PhasesOperator extends OperatorBase {
  /** Which kind of operator this is. */
  readonly kind: "phases";
  /** Of the convolution that follows. */
  readonly stride: Triple;
}

/** One step of a plan. */
export type PlanOperator =
  | ConvolutionOperator
  | FullyConnectedOperator
  | MaxPoolOperator
  | ReluOperator
  | PhasesOperator;

/** What the runtime executes. */
export interface Plan {
  /** Activations; several may lie on the same floats. */
  readonly tensors: readonly PlanTensor[];
  /** In execution order. */
  readonly operators: readonly PlanOperator[];
  /** Index of the tensor that takes the input. */
  readonly input: number;
  /** Index of the tensor that holds the output. */
  readonly output: number;
  /** Floats of all activations, slack included. */
  readonly arenaFloats: number;
}

/** A plan, or a plan file, that breaks the rules of the format. */
export class PlanFormatError extends Error {
  /** For messages. */
  override readonly name = "PlanFormatError";

  /** `reason` says what is wrong; `path` is absent for a plan that is not in a file. */
  constructor(readonly reason: string, readonly path?: string) {
    const what = path === undefined ? "plan" : `plan "${path}"`;
    super(`Cannot load ${what} as it must be valid: ${reason}`);
  }
}

/** The weight matrix of an operator, if it has one. */
export function matrixOf(operator: PlanOperator): PackedMatrix | undefined {
  return operator.kind === "convolution" || operator.kind === "fully_connected"
    ? operator.matrix
    : undefined;
}

/** Bytes that an operator's weights take: values (with bias) and everything that says where they go. */
export function storedBytes(operator: PlanOperator): { values: number; index: number } {
  const m = matrixOf(operator);
  if (!m) return { values: 0, index: 0 };
  const tables = [m.blockRows, m.rowOrder, m.listOf, m.listStart, m.listEntries];
  return {
    values: m.weights.byteLength + (m.bias?.byteLength ?? 0),
    index: m.index.byteLength + tables.reduce((sum, table) => sum + table.byteLength, 0),
  };
}
