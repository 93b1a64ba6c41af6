/**
 * Gradients of softmax and of its logarithm, from their outputs.
 *
 * @module
 */

import type { Rules } from "../rule.ts";
import { oneInput } from "./one_input.ts";

/** Rules of softmax. */
export const SOFTMAX_RULES: Rules = {
  // y (dy - sum(y dy))
  Softmax: oneInput(({ graph, node: { attributes: { axis } }, y, dy }) => {
    const weighted = graph.mul(y, dy);
    const sum = graph.reduce("ReduceSum", weighted, [axis], true);
    return graph.sub(weighted, graph.mul(y, sum));
  }),
  // dy - exp(y) sum(dy)
  LogSoftmax: oneInput(({ graph, node: { attributes: { axis } }, y, dy }) => {
    const sum = graph.reduce("ReduceSum", dy, [axis], true);
    return graph.sub(dy, graph.mul(graph.unary("Exp", y), sum));
  }),
};
