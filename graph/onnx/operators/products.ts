/**
 * Reads matrix products.
 *
 * @module
 */

import { type Shape, sizeOf } from "../../tensor.ts";
import { type Constant, newConstant } from "../constants.ts";
import type { NodeReader, OperatorReader } from "../node_reader.ts";

/**
 * `Y = alpha * A * B + beta * C`, either matrix transposed. With a constant B it is a fully
 * connected layer, alpha and beta folded into its weights; else a product and what goes around it.
 */
function readGemm(node: NodeReader): void {
  const alpha = node.attributes.float("alpha", 1);
  const beta = node.attributes.float("beta", 1);
  const transA = node.attributes.int("transA", 0) !== 0;
  const transB = node.attributes.int("transB", 0) !== 0;
  node.attributes.ignore("broadcast");
  const ranks = [node.shape(0).length, node.shape(1).length];
  if (String(ranks) !== "2,2") {
    throw new RangeError(`A and B must have rank 2: current value is ${ranks.join(" and ")}`);
  }
  const x = transA ? transposed(node, node.input(0), "A") : node.input(0);
  const [outputs, features] = transB ? node.shape(1) : [...node.shape(1)].reverse();
  if (!node.constant(1)) {
    const y = transB ? transposed(node, node.input(1), "B") : node.input(1);
    addScaled(node, scaled(node, () => ["MatMul", [x, y]], alpha, node.has(2)), beta);
    return;
  }
  const weight = scaledWeight(node, node.input(1), transB, alpha);
  const bias = node.constant(2);
  if (node.has(2) && !(bias && (bias.data.length === 1 || isRow(bias.shape, outputs)))) {
    addScaled(node, node.step("Gemm", [x, weight], { transB: 1 }, "product"), beta);
    return;
  }
  const inputs = [x, weight];
  if (bias && String(bias.shape) === String([outputs]) && beta === 1) inputs.push(node.input(2));
  else if (bias) {
    const row = newConstant("float", [outputs]);
    node.charge(outputs);
    const one = bias.data.length === 1;
    for (let i = 0; i < outputs; i++) row.data[i] = beta * bias.data[one ? 0 : i];
    inputs.push(node.add(row, "bias"));
  }
  if (features !== node.shapeOf(x)[1]) {
    throw new RangeError(`A must have ${features} columns: current value is ${node.shapeOf(x)[1]}`);
  }
  node.end("Gemm", inputs, { transB: 1 });
}

type Product = () => ["MatMul", readonly string[]];

/** The product times alpha; on the way to a sum, or as the node's output. */
function scaled(node: NodeReader, product: Product, alpha: number, more: boolean) {
  const [op, inputs] = product();
  if (alpha === 1 && !more) return void node.end(op, inputs, {});
  const plain = node.step(op, inputs, {}, "product");
  if (alpha === 1) return plain;
  const factors = [plain, scalar(node, alpha, "alpha")];
  if (!more) return void node.end("Mul", factors, {});
  return node.step("Mul", factors, {}, "scaled");
}

/** Adds beta times input 2 to a product, when there is one that still needs it. */
function addScaled(node: NodeReader, product: string | undefined, beta: number): void {
  if (product === undefined) return;
  const c = beta === 1
    ? node.input(2)
    : node.step("Mul", [node.input(2), scalar(node, beta, "beta")], {}, "addend");
  node.end("Add", [product, c], {});
}

function scalar(node: NodeReader, value: number, suffix: string): string {
  return node.add({ kind: "float", shape: [], data: Float32Array.of(value) }, suffix);
}

function transposed(node: NodeReader, x: string, suffix: string): string {
  return node.step("Transpose", [x], { perm: [1, 0] }, `${suffix}.transposed`);
}

/** The weight `[out, in]` times alpha. */
function scaledWeight(node: NodeReader, weight: string, transB: boolean, alpha: number): string {
  const rows = transB ? weight : transposed(node, weight, "weight");
  if (alpha === 1) return rows;
  return node.step("Mul", [rows, scalar(node, alpha, "alpha")], {}, "weight.scaled");
}

function isRow(shape: Shape, outputs: number): boolean {
  return sizeOf(shape) === outputs && shape.at(-1) === outputs;
}

function readMatMul(node: NodeReader): void {
  const weight: Constant | undefined = node.constant(1);
  if (!weight || weight.shape.length !== 2 || node.shape(0).length !== 2) {
    node.end("MatMul", [node.input(0), node.input(1)], {});
    return;
  }
  node.end("Gemm", [node.input(0), transposed(node, node.input(1), "weight")], { transB: 1 });
}

/** By operator. */
export const PRODUCT_READERS: Readonly<Record<string, OperatorReader>> = {
  Gemm: readGemm,
  MatMul: readMatMul,
};
