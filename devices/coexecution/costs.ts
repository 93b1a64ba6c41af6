/**
 * What co-execution costs: times of operators on either processor, and of copies between them.
 *
 * @module
 */

/** The two processors that share the work. */
export type Processor = "gpu" | "cpu";

/** Time of copying a value. */
export interface CopyCost {
  /** Whatever its size, nanoseconds. */
  readonly fixed: number;
  /** For each byte, nanoseconds. */
  readonly perByte: number;
}

/** Times of a plan, in nanoseconds. */
export interface Costs {
  /** Of each operator on the GPU. */
  readonly gpu: readonly number[];
  /** Of each operator on the CPU. */
  readonly cpu: readonly number[];
  /** From the CPU's memory to the GPU's. */
  readonly toGpu: CopyCost;
  /** From the GPU's memory to the CPU's. */
  readonly toCpu: CopyCost;
  /** Copies that were measured, each the median of some runs; absent where costs are made up. */
  readonly copies?: readonly MeasuredCopy[];
}

/** A measured copy. */
export interface CopySample {
  /** What was copied. */
  readonly bytes: number;
  /** Nanoseconds. */
  readonly ns: number;
}

/** A copy and where it went. */
export interface MeasuredCopy extends CopySample {
  /** Whose memory it went to. */
  readonly to: Processor;
}

/** Time of copying `bytes`, nanoseconds. */
export function copyTime({ fixed, perByte }: CopyCost, bytes: number): number {
  return fixed + bytes * perByte;
}

/**
 * The line through measured copies with the least squares of its errors, neither part below 0.
 *
 * @throws {RangeError} when there are not at least two sizes.
 */
export function fitCopies(samples: readonly CopySample[]): CopyCost {
  const sizes = new Set(samples.map(({ bytes }) => bytes)).size;
  if (sizes < 2) {
    throw new RangeError(
      `Cannot fit copies as two sizes or more must be measured: current value is ${sizes}`,
    );
  }
  const mean = (of: (sample: CopySample) => number) =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const bytes = mean((s) => s.bytes), ns = mean((s) => s.ns);
  const together = mean((s) => (s.bytes - bytes) * (s.ns - ns));
  const perByte = Math.max(0, together / mean((s) => (s.bytes - bytes) ** 2));
  const fixed = ns - perByte * bytes;
  if (fixed >= 0) return { fixed, perByte };
  return { fixed: 0, perByte: mean((s) => s.bytes * s.ns) / mean((s) => s.bytes ** 2) };
}
