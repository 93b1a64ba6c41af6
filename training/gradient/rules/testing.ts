/**
 * Runs single rules in tests: a node and what its rule appends, through ONNX Runtime.
 *
 * @module
 */

import { assert, assertAlmostEquals } from "@std/assert";
import type { Node } from "../../../graph/model.ts";
import { openReference } from "../../../graph/reference.ts";
import { type Tensor, values } from "../../../graph/tensor.ts";
import type { Rule, RuleContext, Rules } from "../rule.ts";
import { StepGraph, type Value } from "../step_graph.ts";

/** What is known when a node is differentiated. */
export interface RuleRun {
  /** Values of the node's inputs; nodes that read one value twice have it once. */
  readonly inputs: readonly Tensor[];
  /** Gradients with respect to its outputs; undefined where the loss does not depend on one. */
  readonly gradients: readonly (Tensor | undefined)[];
  /** Names of the inputs whose gradients are wanted. @default all */
  readonly wanted?: readonly string[];
  /** The mask of a dropout. */
  readonly mask?: Tensor;
}

/** What a node and its rule gave. */
export interface RuleResult {
  /** Values of the node's outputs. */
  readonly outputs: readonly Float32Array[];
  /** Gradients with respect to its inputs. */
  readonly gradients: readonly (Float32Array | undefined)[];
}

/** Computes a node and its gradients as a training step would. */
export async function runRule(rules: Rules, node: Node, run: RuleRun): Promise<RuleResult> {
  const rule = rules[node.op] as Rule | undefined;
  assert(rule, `a rule of ${node.op}`);
  const graph = new StepGraph();
  const feeds = new Map<string, Tensor>();
  const feed = (name: string, value: Tensor) => {
    feeds.set(name, value);
    return graph.input(name, [...value.shape]);
  };
  const known = new Map<string, Value>();
  [...new Set(node.inputs)].forEach((name, i) => known.set(name, feed(name, run.inputs[i])));
  const saved = new Map<string, Value>();
  let mask: Value | undefined;
  const context: RuleContext = {
    graph,
    batchStatistics: true,
    value: (name) => known.get(name)!,
    // Nothing is known of what is before and behind the node.
    writer: () => undefined,
    readers: () => [],
    wants: (name) => run.wanted?.includes(name) ?? true,
    save: (_, label, value) => saved.set(label, value),
    saved: (_, label) => saved.get(label),
    statistics: () => {},
    dropoutMask: () => mask ??= feed("mask", run.mask!),
  };
  const outputs = rule.forward?.(node, context) ??
    graph.node(node, node.inputs.map((name) => context.value(name)));
  node.outputs.forEach((name, i) => known.set(name, outputs[i]));
  const given = run.gradients.map((dy, i) => dy && feed(`dy${i}`, dy));
  const gradients = rule.backward(node, given, context);

  const named = (list: readonly (Value | undefined)[], what: string) =>
    list.map((value, i) => value && graph.name(value, `${what}${i}`));
  const ys = named(outputs, "output"), dxs = named(gradients, "gradient");
  const bytes = graph.encode(node.op, [...ys, ...dxs].filter((value) => value !== undefined));
  await using session = await openReference(bytes);
  const found = await session.run(feeds);
  const read = (value: Value | undefined) => {
    if (!value) return undefined;
    const result = found.get(value.name)!;
    assert(`${result.shape}` === `${value.shape}`, `${node.op}: shape of "${value.name}"`);
    return values(result);
  };
  return { outputs: ys.map((value) => read(value)!), gradients: dxs.map(read) };
}

/** Gradients of `sum(dy * f(inputs))` by central differences in double precision. */
export function differences(
  f: (...inputs: readonly Float64Array[]) => ArrayLike<number>,
  inputs: readonly Tensor[],
  dy: Tensor,
): Float64Array[] {
  const at = inputs.map((input) => Float64Array.from(values(input)));
  const weights = values(dy);
  const loss = () => {
    const y = f(...at);
    return weights.reduce((sum, weight, i) => sum + weight * y[i], 0);
  };
  const h = 1e-5;
  return at.map((x) =>
    Float64Array.from(x, (value, i) => {
      x[i] = value + h;
      const above = loss();
      x[i] = value - h;
      const below = loss();
      x[i] = value;
      return (above - below) / (2 * h);
    })
  );
}

/** Fails unless all values are close: 2e-5, relative to those above 1. */
export function assertClose(
  actual: ArrayLike<number> | undefined,
  expected: ArrayLike<number>,
  what: string,
): void {
  assert(actual && actual.length === expected.length, `${what}: ${expected.length} values`);
  for (let i = 0; i < expected.length; i++) {
    const tolerance = 2e-5 * Math.max(1, Math.abs(expected[i]));
    assertAlmostEquals(actual[i], expected[i], tolerance, `${what}, value ${i}`);
  }
}

/** `sum(a * b)`. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
