/**
 * Transposed convolution: the outputs at positions that are equal modulo the stride are a plain
 * convolution of the input with some of the kernel positions, each.
 *
 * @module
 */

import type { ConvTransposeNode } from "../../../graph/model.ts";
import { sizeOf, values } from "../../../graph/tensor.ts";
import { type Tap, triple, type WindowGeometry } from "../layout.ts";
import type { Triple } from "../plan.ts";
import { type Context, images } from "./context.ts";
import { emitDirect, type Filters, packFilters, padFor } from "./direct.ts";
import type { Step } from "./fuse.ts";
import { broadcast, slice, sliceImage, type View } from "./view.ts";
import { windowOf } from "./window.ts";

/** Taps of one phase of the output, and the kernel position of each. */
interface Phase {
  readonly at: Triple;
  readonly taps: readonly Tap[];
  readonly positions: readonly number[];
}

/** Lowers a transposed convolution. */
export function lowerConvTranspose(node: ConvTransposeNode, step: Step, ctx: Context): void {
  const [x, w, b] = node.inputs;
  const weight = ctx.weightOf(w, node), bias = b ? values(ctx.weightOf(b, node)) : undefined;
  const { group } = node.attributes;
  const window = windowOf(node);
  const from = images(ctx.viewOf(x)), to = images(ctx.place(step.output));
  from.forEach((image, i) => {
    const name = from.length > 1 ? `${node.name}/image ${i}` : node.name;
    const N = image.extents[0] / group, M = to[i].extents[0] / group;
    for (const phase of phasesOf(window)) {
      for (let g = 0; g < group; g++) {
        const part = filtersOf(values(weight), weight.shape, g * N, N, phase);
        const filters = { ...part, ...(bias && { bias: bias.subarray(g * M, (g + 1) * M) }) };
        const label = `${name}/phase ${phase.at.join(" ")}${group > 1 ? ` group ${g}` : ""}`;
        lowerPhase(label, {
          image: sliceImage(image, g * N, N),
          output: sliceImage(to[i], g * M, M),
          filters,
          phase,
          window,
          step,
        }, ctx);
      }
    }
  });
}

interface PhaseWork {
  readonly image: View;
  readonly output: View;
  readonly filters: Filters;
  readonly phase: Phase;
  readonly window: WindowGeometry;
  readonly step: Step;
}

function lowerPhase(
  name: string,
  { image, output, filters, phase, window: { kernel, stride }, step }: PhaseWork,
  ctx: Context,
): void {
  const { activation } = step;
  let to = output;
  const extents = triple(
    phase.at.map((at, axis) => Math.ceil((output.extents[axis + 1] - at) / stride[axis])),
    1,
  );
  if (extents.some((n) => n <= 0)) return;
  extents.forEach((n, axis) => to = slice(to, axis + 1, phase.at[axis], n, stride[axis]));
  const { rows, bias = new Float32Array(rows) } = filters;
  if (phase.taps.length === 0) {
    const value = broadcast(ctx.constant(bias, [rows, 1, 1, 1]), to.extents);
    ctx.elementwise(name, "copy", [value], to, activation);
    return;
  }
  const source = padFor(name, image, phase.taps, extents, ctx);
  const matrix = packFilters(
    filters,
    kernel,
    phase.taps.length,
    source.view.strides[2],
    ctx.packing,
  );
  const whole = stride.every((s) => s === 1);
  const [place] = whole ? [to] : images(ctx.temporary([1, rows, ...extents]));
  emitDirect(name, source, place, matrix, extents, { activation }, ctx);
  if (!whole) ctx.elementwise(`${name}/spread`, "copy", [place], to);
}

/** Filters `[M, N * taps]` of one phase, from weights `[N, M, K...]`. */
function filtersOf(
  weight: Float32Array,
  [, M, ...kernel]: readonly number[],
  first: number,
  N: number,
  { positions }: Phase,
): Filters {
  const taps = sizeOf(kernel);
  const matrix = new Float32Array(M * N * positions.length);
  let at = 0;
  for (let m = 0; m < M; m++) {
    for (let n = 0; n < N; n++) {
      for (const k of positions) matrix[at++] = weight[((first + n) * M + m) * taps + k];
    }
  }
  return { rows: M, channels: N, values: matrix };
}

/** Output o = q * stride + at reads input q + (at + pad - k * dilation) / stride where that is whole. */
function phasesOf({ kernel, stride, dilation, pad }: WindowGeometry): Phase[] {
  const along = [0, 1, 2].map((axis) =>
    Array.from(
      { length: stride[axis] },
      (_, at) =>
        Array.from({ length: kernel[axis] }, (_, k) => ({
          k,
          from: at + pad[axis] - k * dilation[axis],
        })).filter(({ from }) => from % stride[axis] === 0)
          .map(({ k, from }) => ({ k, shift: from / stride[axis] })),
    )
  );
  const phases: Phase[] = [];
  along[0].forEach((d, z) =>
    along[1].forEach((h, y) =>
      along[2].forEach((w, x) => {
        const taps: Tap[] = [], positions: number[] = [];
        for (const i of d) {
          for (const j of h) {
            for (const l of w) {
              taps.push({ phase: [0, 0, 0], shift: [i.shift, j.shift, l.shift] });
              positions.push((i.k * kernel[1] + j.k) * kernel[2] + l.k);
            }
          }
        }
        phases.push({ at: [z, y, x], taps, positions });
      })
    )
  );
  return phases;
}
