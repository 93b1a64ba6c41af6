/**
 * The table of sparsity schemes. A scheme says, for a weight `[M, N, K...]` and a block size, which
 * weights are kept or removed together; scoring, projection and kernels know nothing else of it.
 *
 * @module
 */

import type { GroupLayout } from "../../graph/structure.ts";
import type { Shape } from "../../graph/tensor.ts";
import { nearest } from "../nearest.ts";

/** Block size gM x gN of a blocked scheme. */
export interface Block {
  /** gM, consecutive filters. */
  readonly filters: number;
  /** gN, consecutive input channels. */
  readonly channels: number;
}

/** One sparsity scheme: a row of {@link SCHEMES}. */
export interface Scheme {
  /** Short id, as reports and stored structures name it. */
  readonly id: string;
  /** One line: what is kept or removed together. */
  readonly description: string;
  /** Whether the block size matters; the other schemes ignore it. */
  readonly blocked: boolean;
  /** The groups of a weight of `shape` `[M, N, K...]`; M of one group in a grouped convolution. */
  layout(shape: Shape, block: Block): GroupLayout;
}

const perPosition = (_: Shape, { filters, channels }: Block): GroupLayout => ({
  filters,
  channels,
  positions: "each",
});

/** All schemes. A new one is one more row. */
export const SCHEMES: readonly Scheme[] = [
  {
    id: "filter",
    description: "one filter: all its input channels and positions",
    blocked: false,
    layout: ([, N]) => ({ filters: 1, channels: N, positions: "all" }),
  },
  {
    id: "channel",
    description: "one input channel in all filters",
    blocked: false,
    layout: ([M]) => ({ filters: M, channels: 1, positions: "all" }),
  },
  {
    id: "column",
    description: "one position of one input channel in all filters",
    blocked: false,
    layout: ([M]) => ({ filters: M, channels: 1, positions: "each" }),
  },
  {
    id: "vanilla",
    description: "a block of kernels (RT3D)",
    blocked: true,
    layout: (_, { filters, channels }) => ({ filters, channels, positions: "all" }),
  },
  {
    id: "kgs",
    description: "one position in all kernels of a block (RT3D, kernel group structured)",
    blocked: true,
    layout: perPosition,
  },
  {
    id: "block-punched",
    description: "one position in all kernels of a block (YOLObile; 1x1 and FC: a whole block)",
    blocked: true,
    layout: perPosition,
  },
  {
    id: "unstructured",
    description: "one weight",
    blocked: false,
    layout: () => ({ filters: 1, channels: 1, positions: "each" }),
  },
];

/**
 * The scheme named `id`.
 *
 * @throws {RangeError} when there is none; the message gives the nearest names.
 */
export function findScheme(id: string): Scheme {
  const found = SCHEMES.find((scheme) => scheme.id === id);
  if (found) return found;
  throw new RangeError(
    `Cannot find sparsity scheme "${id}": did you mean ` +
      `${nearest(id, SCHEMES.map((scheme) => scheme.id)).join(" or ")}?`,
  );
}

/**
 * Reads a block size as papers write it: `"8x4"` is 8 filters by 4 input channels.
 *
 * @throws {SyntaxError} when the text is not two positive integers around an `x`.
 */
export function parseBlock(text: string): Block {
  const match = /^([1-9]\d{0,5})x([1-9]\d{0,5})$/.exec(text);
  if (!match) {
    throw new SyntaxError(
      `Cannot read block size as it must be FILTERSxCHANNELS, e.g. "8x4": current value is "${text}"`,
    );
  }
  return { filters: Number(match[1]), channels: Number(match[2]) };
}
