/**
 * Reads interpolation.
 *
 * @module
 */

import type { ResizeAttributes } from "../../model.ts";
import type { NodeReader, OperatorReader } from "../node_reader.ts";

const TRANSFORMATIONS = [
  "half_pixel",
  "half_pixel_symmetric",
  "pytorch_half_pixel",
  "align_corners",
  "asymmetric",
] as const;
const NEAREST = ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"] as const;

type Target = Pick<ResizeAttributes, "scales" | "sizes" | "given">;

/** What a resize has without attributes. */
const DEFAULTS = {
  coordinate_transformation_mode: "half_pixel",
  nearest_mode: "round_prefer_floor",
  cubic_coeff_a: -0.75,
  exclude_outside: 0,
  antialias: 0,
} as const;

function readResize(node: NodeReader): void {
  if (node.opset < 11) return readUpsample(node);
  const { attributes } = node;
  const coordinate_transformation_mode = attributes.choice(
    "coordinate_transformation_mode",
    TRANSFORMATIONS,
    DEFAULTS.coordinate_transformation_mode,
  );
  const nearest_mode = attributes.choice("nearest_mode", NEAREST, DEFAULTS.nearest_mode);
  // Only of cropping, which is refused above.
  attributes.ignore("extrapolation_value");
  node.end("Resize", [node.input(0)], {
    mode: attributes.choice("mode", ["nearest", "linear", "cubic"], "nearest"),
    coordinate_transformation_mode,
    nearest_mode,
    cubic_coeff_a: attributes.float("cubic_coeff_a", DEFAULTS.cubic_coeff_a),
    exclude_outside: attributes.int("exclude_outside", 0) ? 1 : 0,
    antialias: attributes.int("antialias", 0) ? 1 : 0,
    ...readTarget(node),
  });
}

/** Sizes or scales, of all axes or of some. */
function readTarget(node: NodeReader): Target {
  const shape = node.shape(0);
  const axes = node.axes(node.attributes.ints("axes", [...shape.keys()]), shape.length);
  const policy = node.attributes.choice(
    "keep_aspect_ratio_policy",
    ["stretch", "not_larger", "not_smaller"],
    "stretch",
  );
  const scales = node.values(2, "scales") ?? [];
  if (scales.length > 0) {
    expectEach(scales, axes, "scales");
    return ofScales(shape, shape.map((_, axis) => scales[axes.indexOf(axis)] ?? 1));
  }
  const sizes = node.values(3, "sizes") ?? [];
  expectEach(sizes, axes, "sizes");
  if (policy !== "stretch") {
    const ratios = sizes.map((size, i) => size / shape[axes[i]]);
    const ratio = policy === "not_larger" ? Math.min(...ratios) : Math.max(...ratios);
    for (const [i, axis] of axes.entries()) sizes[i] = Math.floor(ratio * shape[axis] + 0.5);
  }
  return ofSizes(shape, shape.map((extent, axis) => sizes[axes.indexOf(axis)] ?? extent));
}

function expectEach(values: readonly number[], axes: readonly number[], what: string): void {
  if (values.length === axes.length && values.every((value) => value > 0)) return;
  throw new RangeError(
    `${what} must be ${axes.length} positive numbers: current value is [${values}]`,
  );
}

function ofSizes(shape: readonly number[], sizes: readonly number[]): Target {
  return { scales: sizes.map((size, axis) => size / shape[axis]), sizes, given: "sizes" };
}

function ofScales(shape: readonly number[], scales: readonly number[]): Target {
  // The extent is computed in float32, as runtimes do.
  const sizes = shape.map((extent, axis) => Math.floor(Math.fround(scales[axis] * extent)));
  return { scales, sizes, given: "scales" };
}

/** Upsample, and Resize of opset 10: positions scale without offset. */
function readUpsample(node: NodeReader): void {
  const shape = node.shape(0);
  const mode = node.attributes.choice("mode", ["nearest", "linear", "bilinear"], "nearest");
  const inputs = node.op === "Resize" || node.opset >= 9;
  const scales = (inputs ? node.values(1, "scales") : node.attributes.floats("scales")) ?? [];
  expectEach(scales, [...shape.keys()], "scales");
  const down = scales.some((scale) => scale < 1);
  if (mode === "nearest" && down && scales.some((scale) => scale > 1)) {
    node.fail(`scales [${scales}] both up and down`);
  }
  node.end("Resize", [node.input(0)], {
    ...DEFAULTS,
    mode: mode === "bilinear" ? "linear" : mode,
    coordinate_transformation_mode: "asymmetric",
    nearest_mode: down ? "ceil" : "floor",
    ...ofScales(shape, scales),
  });
}

/** By operator. */
export const RESIZE_READERS: Readonly<Record<string, OperatorReader>> = {
  Resize: readResize,
  Upsample: readUpsample,
};
