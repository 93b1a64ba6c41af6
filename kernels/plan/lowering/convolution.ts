/**
 * Convolutions: direct (dense or sparse), dense, Winograd, depthwise, grouped and strided.
 *
 * @module
 */

import type { ConvNode } from "../../../graph/model.ts";
import { structureOfFilters } from "../../../graph/structure.ts";
import { type Shape, sizeOf, values } from "../../../graph/tensor.ts";
import { haloOf, NO_HALO, type Tap, tapsOf, triple, type WindowGeometry } from "../layout.ts";
import { packDense } from "../pack_dense.ts";
import { packWinograd } from "../pack_winograd.ts";
import {
  type DenseConvolutionOperator,
  NO_ACTIVATION,
  type PackedMatrix,
  type PoolOperator,
  type PoolWindow,
  type Triple,
  type WinogradOperator,
} from "../plan.ts";
import { type Context, images } from "./context.ts";
import {
  emitDepthwise,
  emitDirect,
  type Epilogue,
  type Filters,
  packFilters,
  padFor,
  phasesFor,
  type Source,
} from "./direct.ts";
import type { ConvolutionForm } from "./form.ts";
import type { Step } from "./fuse.ts";
import { sliceImage, type View } from "./view.ts";
import { windowOf } from "./window.ts";

/** Says what padding a convolution wants of its input: none where it makes a copy of its own. */
export function wishConvolution(node: ConvNode, form: ConvolutionForm, ctx: Context): void {
  const window = windowOf(node);
  if (form.kind === "winograd" || form.kind === "dense" || strided(window)) return;
  const [x] = node.inputs;
  const extents = (name: string) => triple(ctx.shapeOf(name).slice(2), 1);
  ctx.wish(x, haloOf(tapsOf(window), extents(x), extents(node.outputs[0])));
}

/** Lowers a convolution; the images of a batch follow each other and share the weights. */
export function lowerConvolution(node: ConvNode, step: Step, form: ConvolutionForm, ctx: Context) {
  const [x, w, b] = node.inputs;
  const weight = ctx.weightOf(w, node), bias = b ? values(ctx.weightOf(b, node)) : undefined;
  const window = windowOf(node);
  const layer: Layer = {
    form,
    window,
    taps: tapsOf(window),
    extents: triple(ctx.shapeOf(node.outputs[0]).slice(2), 1),
    groups: groupsOf(values(weight), weight.shape, bias, node.attributes.group, form),
    matrices: [],
    weights: [],
  };
  const from = images(ctx.viewOf(x)), to = images(ctx.place(step.output));
  const pool = step.pool && triple(step.pool.attributes.kernel_shape, 1);
  const residuals = step.residual ? images(ctx.viewOf(step.residual.value)) : [];
  from.forEach((image, i) => {
    const name = from.length > 1 ? `${node.name}/image ${i}` : node.name;
    lowerImage(name, image, to[i], layer, {
      activation: step.activation,
      ...(step.residual && {
        residual: ctx.padded(residuals[i], NO_HALO, name),
        order: step.residual.order,
      }),
      ...(pool && { pool: { kernel: pool, stride: pool, pad: [0, 0, 0] } }),
    }, ctx);
  });
}

/** What all images of a batch share. */
interface Layer {
  readonly form: ConvolutionForm;
  readonly window: WindowGeometry;
  readonly taps: readonly Tap[];
  /** Of the output, before a fused pool. */
  readonly extents: Triple;
  readonly groups: readonly Filters[];
  /** Packed filters of each group, once they are: of direct convolutions, of others. */
  readonly matrices: PackedMatrix[];
  readonly weights: Float32Array[];
}

function lowerImage(
  name: string,
  image: View,
  output: View,
  layer: Layer,
  epilogue: Epilogue,
  ctx: Context,
): void {
  const { form, window, taps, extents, groups } = layer;
  if (form.kind === "winograd" || form.kind === "dense") {
    lowerPacked(name, image, output, layer, epilogue, ctx);
    return;
  }
  const source: Source = strided(window)
    ? phasesFor(name, image, taps, window.stride, extents, ctx)
    : padFor(name, image, taps, extents, ctx);
  if (form.kind === "depthwise") {
    const [{ values: weights, bias }] = groups;
    const multiplier = output.extents[0] / image.extents[0];
    emitDepthwise(name, source, output, { weights, multiplier, bias }, epilogue, ctx);
    return;
  }
  groups.forEach((filters, g) => {
    const { rows, channels } = filters;
    const matrix = layer.matrices[g] ??= packFilters(
      filters,
      window.kernel,
      taps.length,
      source.view.strides[2],
      ctx.packing,
    );
    const { residual } = epilogue;
    emitDirect(
      groups.length > 1 ? `${name}/group ${g}` : name,
      { ...source, view: sliceImage(source.view, g * channels, channels) },
      sliceImage(output, g * rows, rows),
      matrix,
      extents,
      { ...epilogue, ...(residual && { residual: sliceImage(residual, g * rows, rows) }) },
      ctx,
    );
  });
}

/** Lowers to operators that pack what they read, and so want no padding. */
function lowerPacked(
  name: string,
  image: View,
  output: View,
  { form, window, extents, groups, weights: packed }: Layer,
  { activation, residual, order = "add_then_activate", pool }: Epilogue,
  ctx: Context,
): void {
  const { kernel, pad } = window;
  const from = ctx.padded(image, NO_HALO, name);
  const [to] = pool ? images(ctx.temporary([1, output.extents[0], ...extents])) : [output];
  groups.forEach(({ rows, channels, bias, values: weight }, g) => {
    const label = groups.length > 1 ? `${name}/group ${g}` : name;
    const inputs = [sliceImage(from, g * channels, channels)];
    if (residual) inputs.push(sliceImage(residual, g * rows, rows));
    const part = sliceImage(to, g * rows, rows);
    const base = { function: order, name: label, activation, rows, channels, pad };
    if (form.kind === "winograd") {
      const [depthTaps] = kernel;
      const weights = packed[g] ??= packWinograd(weight, rows, channels, depthTaps);
      ctx.emit<WinogradOperator>(
        { kind: "winograd", ...base, depthTaps, weights, ...(bias && { bias }) },
        inputs,
        part,
      );
    } else {
      const weights = packed[g] ??= packDense(weight, rows, channels, sizeOf(kernel));
      ctx.emit<DenseConvolutionOperator>(
        { kind: "dense_convolution", ...base, ...window, weights, ...(bias && { bias }) },
        inputs,
        part,
      );
    }
  });
  if (pool) emitMaxPool(`${name}/pool`, pool, to, output, ctx);
}

function emitMaxPool(name: string, window: PoolWindow, from: View, to: View, ctx: Context) {
  ctx.emit<PoolOperator>(
    {
      kind: "pool",
      name,
      activation: NO_ACTIVATION,
      function: "max",
      ...window,
      dilation: [1, 1, 1],
      padEnd: [0, 0, 0],
      countPadding: false,
      p: 0,
    },
    [from],
    to,
  );
}

/** The filters of each group; those of a depthwise convolution stay together. */
function groupsOf(
  weight: Float32Array,
  shape: Shape,
  bias: Float32Array | undefined,
  group: number,
  form: ConvolutionForm,
): Filters[] {
  const count = form.kind === "depthwise" ? 1 : group;
  const [M, channels] = shape, rows = M / count, floats = weight.length / count;
  const structure = form.kind === "direct" ? form.structure : undefined;
  return Array.from({ length: count }, (_, g) => ({
    rows,
    channels,
    values: weight.subarray(g * floats, (g + 1) * floats),
    ...(bias && { bias: bias.subarray(g * rows, (g + 1) * rows) }),
    ...(structure && { structure: structureOfFilters(structure, shape, g * rows, rows) }),
  }));
}

function strided({ stride }: WindowGeometry): boolean {
  return stride.some((s) => s !== 1);
}
