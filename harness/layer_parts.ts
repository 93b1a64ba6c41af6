/**
 * Which part of a layer an operator is: names of operators begin with that of their layer.
 *
 * @module
 */

/** What lowering calls the parts of one node, which are no factors. */
const PARTS_OF_A_NODE = /^(image|group|phase|part|axis) |^(pool|copy|spread|padding)$/;

/**
 * The factor that an operator belongs to: `"core"` of `"conv2/core/group 0"` in layer `"conv2"`; `""`
 * for the layer itself.
 */
export function factorOf(layer: string, operator: string): string {
  const [factor] = operator.slice(layer.length + 1).split("/");
  return PARTS_OF_A_NODE.test(factor) ? "" : factor;
}
