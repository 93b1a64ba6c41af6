/**
 * Constants that operators read like values: grids of anchors, scales, transposed weights.
 *
 * @module
 */

import { type Shape, sizeOf } from "../../../graph/tensor.ts";
import { NO_HALO, rowMajor } from "../layout.ts";
import type { View } from "./view.ts";

/** The constants of a plan. */
export class Constants {
  readonly #parts: Float32Array[] = [];
  readonly #offsets = new Map<Float32Array, number>();
  #floats = 0;

  /** Adds row-major values, once for each array; their view is returned. */
  add(data: Float32Array, shape: Shape): View {
    let offset = this.#offsets.get(data);
    if (offset === undefined) {
      offset = this.#floats;
      this.#offsets.set(data, offset);
      this.#parts.push(data);
      this.#floats = Math.ceil((offset + sizeOf(shape)) / 16) * 16;
    }
    const strides = rowMajor(shape);
    return { memory: "constants", offset, extents: [...shape], strides, halo: NO_HALO };
  }

  /** All of them, each where its view says. */
  get floats(): Float32Array {
    const all = new Float32Array(this.#floats);
    for (const part of this.#parts) all.set(part, this.#offsets.get(part)!);
    return all;
  }
}
