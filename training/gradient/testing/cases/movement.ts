/**
 * Cases of operators that say where values go, and of interpolation.
 *
 * @module
 */

import type { ResizeOptions } from "../../../../graph/builder.ts";
import { type GradientCase, ofOne, ofTwo } from "./case.ts";

function resize(name: string, options: ResizeOptions): GradientCase {
  return ofOne(`Resize ${name}`, [2, 2, 4, 5], (g, x) => g.resize(x, options));
}

/** Cases of operators that say where values go, and of interpolation. */
export const MOVEMENT_CASES: readonly GradientCase[] = [
  ofTwo("Concat", [[2, 3, 4], [2, 1, 4]], (g, a, b) => g.concat([a, b])),
  ofTwo(
    "Concat of a value with itself",
    [[2, 3], [2, 2]],
    (g, a, b) => g.concat([a, b, a], -1),
  ),
  ofOne("Split", [2, 6, 3], (g, x) => g.split(x, 1, [1, 3, 2])),
  ofOne("Split, one part unused", [2, 6, 3], (g, x) => {
    const [first, , last] = g.split(x, 1, 3);
    return [last, first];
  }),
  ofOne("Split, two parts unused", [6, 2], (g, x) => g.split(x, 0, [1, 3, 2])[1]),
  ofOne("Slice", [3, 5, 4], (g, x) => g.slice(x, { 1: { begin: 1, end: 4 }, 2: { begin: -2 } })),
  ofOne("Slice by steps", [2, 7, 6], (g, x) => g.slice(x, { 1: { step: 3 }, 2: { step: 2 } })),
  ofOne(
    "Slice by steps that end early",
    [2, 7, 8],
    (g, x) => g.slice(x, { 1: { begin: 1, end: 6, step: 2 }, 2: { begin: 2, step: 4 } }),
  ),
  ofOne("Slice backwards", [2, 5, 6], (g, x) => g.slice(x, { 1: { step: -1 }, 2: { step: -2 } })),
  ofOne(
    "Slice backwards from the middle",
    [6, 7],
    (g, x) => g.slice(x, { 0: { begin: 4, end: 1, step: -1 }, 1: { begin: 5, end: 0, step: -3 } }),
  ),
  ofOne("Reshape", [2, 3, 4], (g, x) => g.reshape(x, [4, -1])),
  ofOne("Flatten", [2, 3, 4], (g, x) => g.flatten(x)),
  ofOne("Transpose", [2, 3, 4], (g, x) => g.transpose(x, [2, 0, 1])),
  ofOne("Transpose of four axes", [2, 1, 3, 2], (g, x) => g.transpose(x, [3, 1, 0, 2])),
  ofOne("Pad", [2, 3, 4], (g, x) => g.pad(x, [0, 1, 2, 1, 0, 1], { value: 0.5 })),
  ofOne("Pad that crops", [2, 4, 5], (g, x) => g.pad(x, [0, -1, 2, 0, 1, -2])),
  ofOne("Pad by edges", [2, 3, 4], (g, x) => g.pad(x, [0, 1, 2, 1, 0, 3], { mode: "edge" })),
  ofOne(
    "Pad by reflection",
    [1, 3, 4],
    (g, x) => g.pad(x, [0, 2, 2, 0, 1, 3], { mode: "reflect" }),
  ),
  ofOne("Pad around", [1, 3, 4], (g, x) => g.pad(x, [0, 1, 2, 0, 2, 3], { mode: "wrap" })),
  ofOne("Expand", [3, 1], (g, x) => g.expand(x, [2, 3, 4])),
  ofOne("Expand of a scalar", [], (g, x) => g.expand(x, [2, 3])),

  resize("nearest, by 2", { scale: 2 }),
  resize("nearest, by 3 and 2", { scale: [3, 2] }),
  resize("nearest, smaller", { sizes: [2, 3], coordinate_transformation_mode: "half_pixel" }),
  resize("nearest, by 1.5", { scale: 1.5, nearest_mode: "ceil" }),
  resize("linear, half pixels", {
    scale: 2,
    mode: "linear",
    coordinate_transformation_mode: "half_pixel",
  }),
  resize("linear, corners aligned", {
    sizes: [7, 8],
    mode: "linear",
    coordinate_transformation_mode: "align_corners",
  }),
  resize("linear, asymmetric", { sizes: [6, 3], mode: "linear" }),
  resize("linear, smaller", {
    sizes: [3, 2],
    mode: "linear",
    coordinate_transformation_mode: "pytorch_half_pixel",
  }),
  resize("cubic", {
    sizes: [7, 9],
    mode: "cubic",
    coordinate_transformation_mode: "half_pixel",
  }),
  resize("cubic, outside excluded", {
    scale: 2,
    mode: "cubic",
    cubic_coeff_a: -0.5,
    exclude_outside: 1,
    coordinate_transformation_mode: "align_corners",
  }),
  resize("linear, smaller, filtered", {
    sizes: [3, 2],
    mode: "linear",
    coordinate_transformation_mode: "half_pixel",
    antialias: 1,
  }),
  resize("cubic, smaller, filtered", {
    sizes: [2, 4],
    mode: "cubic",
    coordinate_transformation_mode: "half_pixel",
    antialias: 1,
    exclude_outside: 1,
  }),
  ofOne("Resize of volumes, nearest", [1, 2, 2, 3, 2], (g, x) => g.resize(x, { scale: 2 })),
  ofOne("Resize of rows, linear", [2, 2, 5], (g, x) =>
    g.resize(x, {
      sizes: [8],
      mode: "linear",
      coordinate_transformation_mode: "half_pixel",
    })),
];
