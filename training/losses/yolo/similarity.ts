/**
 * How near predicted boxes are to others, as operators of the graph.
 *
 * @module
 */

import type { GraphBuilder } from "../../../graph/builder.ts";
import { detached, withNumber } from "../constants.ts";

/**
 * What boxes are compared by, at most 1, of which 1 minus it is the loss: IoU minus
 *
 * - `giou`: the share of the smallest box around both that neither of them covers (Rezatofighi et al.
 *   2019, algorithm 1),
 * - `diou`: the squared distance of the centres over the squared diagonal of that box (Zheng et al.
 *   2020, equation 7),
 * - `ciou`: that, and `alpha * v`, which tells aspect ratios apart (the same, equations 8 to 11);
 *   alpha is a number that nothing is learnt from.
 */
export type BoxTerm = "giou" | "diou" | "ciou";

/** Boxes of a graph, values `[N, anchors, 2, positions]`. */
export interface Corners {
  /** Left and top. */
  readonly first: string;
  /** Right and bottom. */
  readonly last: string;
}

/** The axis on which x and y lie. */
const AXIS = 2;

/** Keeps alpha from being 0 / 0 where both boxes are the same. */
const TINY = 1e-6;

/**
 * Appends the comparison of boxes, all of which have an area.
 *
 * @returns Value `[N, anchors, 1, positions]`.
 */
export function appendSimilarity(
  g: GraphBuilder,
  term: BoxTerm,
  predicted: Corners,
  target: Corners,
): string {
  const name = (label: string) => `loss/similarity/${label}`;
  const both = (op: "Max" | "Min", end: keyof Corners, label: string) =>
    g.binary(op, predicted[end], target[end], name(label));
  const between = (first: string, last: string, label: string) =>
    g.binary("Sub", last, first, name(label));
  const product = (sides: string, label: string) => {
    const [width, height] = g.split(sides, AXIS, 2, name(`${label}/side`));
    return { width, height, area: g.mul(width, height, name(`${label}/area`)) };
  };

  const distance = between(
    both("Max", "first", "inner/first"),
    both("Min", "last", "inner/last"),
    "inner",
  );
  const inner = product(g.relu(distance, name("inner/sides")), "inner");
  const hullSides = between(
    both("Min", "first", "hull/first"),
    both("Max", "last", "hull/last"),
    "hull",
  );
  const ours = product(between(predicted.first, predicted.last, "predicted"), "predicted");
  const theirs = product(between(target.first, target.last, "target"), "target");
  const sum = g.add(ours.area, theirs.area, name("sum"));
  const union = g.binary("Sub", sum, inner.area, name("union"));
  const iou = g.binary("Div", inner.area, union, name("iou"));

  if (term === "giou") {
    const hull = product(hullSides, "hull").area;
    const bare = g.binary("Sub", hull, union, name("bare"));
    return g.binary("Sub", iou, g.binary("Div", bare, hull, name("bare/share")), name("giou"));
  }
  const squared = (sides: string, label: string) => {
    const squares = g.mul(sides, sides, name(`${label}/squares`));
    return g.reduce("ReduceSum", squares, [AXIS], true, name(`${label}/squared`));
  };
  // Twice the way from centre to centre is the sum of the ways of both corners.
  const ways = g.add(
    between(target.first, predicted.first, "way/first"),
    between(target.last, predicted.last, "way/last"),
    name("way"),
  );
  const way = withNumber(g, "Div", squared(ways, "way"), 4, name("way/quarter"));
  const share = g.binary("Div", way, squared(hullSides, "hull"), name("way/share"));
  const diou = g.binary("Sub", iou, share, name("diou"));
  if (term === "diou") return diou;
  const v = appendAspect(g, ours, theirs);
  const rest = withNumber(
    g,
    "Add",
    g.binary("Sub", v, iou, name("rest")),
    1 + TINY,
    name("rest/1"),
  );
  const alpha = detached(g, g.binary("Div", v, rest, name("alpha/learnt")), name("alpha"));
  return g.binary("Sub", diou, g.mul(alpha, v, name("aspect/weighted")), name("ciou"));
}

/** Width and height of boxes, values of a graph. */
interface Sides {
  readonly width: string;
  readonly height: string;
}

/** Coefficients of s^3, s^2 and so on in `atan(z) / z`, with s = z^2 and z up to tan(pi / 8) (Cephes, `atanf`). */
const ARCTANGENT = [0.0805374449538, -0.138776856032, 0.199777106478, -0.333329491539, 1];

/**
 * `v = 4 / pi^2 * (atan(w / h) - atan(w' / h'))^2`. ONNX has an arctangent, models in normal form do
 * not, so it is made of what they have: the difference of both is the arctangent of one ratio, which
 * `atan(x) = 2 atan(x / (1 + sqrt(1 + x^2)))`, twice, brings to where a polynomial is exact to float32.
 */
function appendAspect(g: GraphBuilder, a: Sides, b: Sides): string {
  const name = (label: string) => `loss/similarity/aspect/${label}`;
  const across = g.binary(
    "Sub",
    g.mul(b.width, a.height, name("across1")),
    g.mul(a.width, b.height, name("across2")),
    name("across"),
  );
  const along = g.add(
    g.mul(a.height, b.height, name("along1")),
    g.mul(a.width, b.width, name("along2")),
    name("along"),
  );
  let z = g.binary("Div", across, along, name("ratio"));
  for (const half of ["half", "quarter"]) {
    const square = withNumber(
      g,
      "Add",
      g.mul(z, z, name(`${half}/square`)),
      1,
      name(`${half}/sum`),
    );
    const root = g.unary(square, "Sqrt", {}, name(`${half}/root`));
    z = g.binary("Div", z, withNumber(g, "Add", root, 1, name(`${half}/below`)), name(half));
  }
  const s = g.mul(z, z, name("s"));
  const [highest, next, ...others] = ARCTANGENT;
  let sum = withNumber(
    g,
    "Add",
    withNumber(g, "Mul", s, highest, name("term0")),
    next,
    name("sum0"),
  );
  for (const [i, coefficient] of others.entries()) {
    const term = g.mul(sum, s, name(`term${i + 1}`));
    sum = withNumber(g, "Add", term, coefficient, name(`sum${i + 1}`));
  }
  // A quarter of the angle, so 16 times its square.
  const angle = g.mul(sum, z, name("angle"));
  const square = g.mul(angle, angle, name("angle/square"));
  return withNumber(g, "Mul", square, 64 / Math.PI ** 2, name("v"));
}
