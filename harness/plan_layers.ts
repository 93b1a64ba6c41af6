/**
 * The operators of a plan as rows: what each costs, and which layer of the dense model it is of.
 *
 * @module
 */

import type { CompressedModel } from "../compressors/compressor.ts";
import { modelCosts } from "../graph/costs.ts";
import type { Plan, PlanOperator } from "../kernels/plan/plan.ts";
import { storedBytes } from "../kernels/plan/stored_bytes.ts";
import type { LayerResult } from "./result.ts";

/** Costs that are shared among operators. */
type Costs = Pick<LayerResult, "macs" | "params">;

/**
 * Every operator of the plan with its costs and what was decided for its layer, by the compressor and
 * then by the lowering.
 *
 * @param choices What the lowering chose, by name of the node.
 */
export function planLayers(
  model: CompressedModel,
  plan: Plan,
  choices: ReadonlyMap<string, string>,
): LayerResult[] {
  const decisions = new Map(model.report.layers.map((entry) => [entry.layer, entry.decision]));
  const nodes = new Set(model.nodes.map(({ name }) => name));
  const layers = new Set(decisions.keys());
  const costs = operatorCosts(model, plan, nodes);
  return plan.operators.map((operator) => {
    const node = ownerOf(operator.name, nodes) ?? operator.name;
    const layer = ownerOf(operator.name, layers) ?? node;
    const { values, index } = storedBytes(operator);
    return {
      layer,
      operator: operator.name,
      kind: kindOf(operator),
      ...costs.get(operator.name)!,
      valueBytes: values,
      indexBytes: index,
      decision: [decisions.get(layer), choices.get(node)].filter((text) => text !== undefined)
        .join("; "),
    };
  });
}

/**
 * A node can become several operators, one a group or image, called `NODE/...`: they share its
 * multiply-accumulates and parameters by the weights that they store.
 */
function operatorCosts(
  model: CompressedModel,
  plan: Plan,
  nodes: ReadonlySet<string>,
): ReadonlyMap<string, Costs> {
  const costs = new Map(modelCosts(model).layers.map((layer) => [layer.name, layer]));
  const parts = Map.groupBy(plan.operators, ({ name }) => ownerOf(name, nodes));
  const found = new Map<string, Costs>();
  for (const [node, operators] of parts) {
    const { macs = 0, params = 0 } = costs.get(node ?? "") ?? {};
    const sizes = operators.map((operator) => storedBytes(operator).values);
    const all = sizes.reduce((sum, size) => sum + size, 0);
    // What is left over by rounding, and the whole where nothing is stored, is the last one's.
    const last = operators.length - 1;
    let [macsLeft, paramsLeft] = [macs, params];
    operators.forEach(({ name }, i) => {
      const share = (whole: number) => all > 0 ? Math.round(whole * sizes[i] / all) : 0;
      const own = i === last
        ? { macs: macsLeft, params: paramsLeft }
        : { macs: Math.min(macsLeft, share(macs)), params: Math.min(paramsLeft, share(params)) };
      macsLeft -= own.macs;
      paramsLeft -= own.params;
      found.set(name, own);
    });
  }
  return found;
}

/** The longest of the names that `name` is or begins with, a `/` following. */
function ownerOf(name: string, names: ReadonlySet<string>): string | undefined {
  for (let end = name.length; end > 0; end = name.lastIndexOf("/", end - 1)) {
    if (names.has(name.slice(0, end))) return name.slice(0, end);
  }
  return undefined;
}

/** The operator and what is fused behind it, e.g. `"convolution + relu + max_pool"`. */
function kindOf(operator: PlanOperator): string {
  const parts: string[] = [operator.kind];
  if (operator.kind === "elementwise" && operator.function !== "copy") parts[0] = operator.function;
  const residual = operator.kind === "convolution" || operator.kind === "winograd" ||
    operator.kind === "dense_convolution" || operator.kind === "depthwise";
  if (residual && operator.inputs.length > 1) parts.push("add");
  if (operator.activation.kind !== "none") parts.push(operator.activation.kind);
  if (operator.kind === "convolution" && operator.pool) parts.push("max_pool");
  return parts.join(" + ");
}
