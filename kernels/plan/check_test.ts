import { assert, assertStringIncludes, assertThrows } from "@std/assert";
import { everyKind } from "../testing/plans.ts";
import { checkPlan } from "./check.ts";
import {
  type ConvolutionOperator,
  type PackedMatrix,
  type Plan,
  PlanFormatError,
  type PlanOperator,
  type PlanTensor,
} from "./plan.ts";

const plan = everyKind(1);

Deno.test("a plan with every kind of operator is valid", () => checkPlan(plan));

type Of<Kind extends PlanOperator["kind"]> = Extract<PlanOperator, { kind: Kind }>;

/** The first operator of a kind that `also` holds for. */
function find<Kind extends PlanOperator["kind"]>(
  kind: Kind,
  also: (op: Of<Kind>) => boolean = () => true,
): Of<Kind> {
  const is = (op: PlanOperator): op is Of<Kind> => op.kind === kind;
  const found = plan.operators.filter(is).find(also);
  assert(found, kind);
  return found;
}

function changed<Op extends PlanOperator>(found: Op, change: Partial<Op>): Plan {
  const operators = plan.operators.map((op) => op === found ? { ...op, ...change } : op);
  return { ...plan, operators: operators as PlanOperator[] };
}

function operator<Kind extends PlanOperator["kind"]>(kind: Kind, change: Partial<Of<Kind>>): Plan {
  return changed(find(kind), change);
}

function convolution(change: Partial<ConvolutionOperator>): Plan {
  return operator("convolution", change);
}

function matrix(change: (m: PackedMatrix) => Partial<PackedMatrix>): Plan {
  const { matrix: m } = find("convolution");
  return convolution({ matrix: { ...m, ...change(m) } });
}

/** The plan with one tensor changed. */
function tensor(change: Partial<PlanTensor>, index = 0): Plan {
  return { ...plan, tensors: plan.tensors.map((t, i) => i === index ? { ...t, ...change } : t) };
}

/** Indices of a plan with one more tensor, changed from another. */
function withTensor(from: number, change: Partial<PlanTensor>): Plan {
  return { ...plan, tensors: [...plan.tensors, { ...plan.tensors[from], ...change }] };
}

/** The plan with an operator that writes to a changed tensor. */
function writes(op: PlanOperator, change: Partial<PlanTensor>): Plan {
  const output = plan.tensors.length;
  const { operators } = changed(op, { output });
  return { ...withTensor(op.output, change), operators };
}

/** The plan with an operator whose only input is a changed tensor. */
function reads(op: PlanOperator, change: Partial<PlanTensor>): Plan {
  const { operators } = changed(op, { inputs: [plan.tensors.length] });
  return { ...withTensor(op.inputs[0], change), operators };
}

const first = find("convolution"), pooled = find("convolution", ({ pool }) => pool !== undefined);
const { pool } = pooled, pooling = find("pool"), product = find("matrix_product");
const constant = plan.tensors.findIndex(({ space }) => space === "constants");
const { strides: [channel, plane, row] } = plan.tensors[0];

const BROKEN: readonly [rule: string, plan: Plan][] = [
  ["the header names what is not there", { ...plan, outputs: [] }],
  ["the header names what is not there", { ...plan, operators: [] }],
  ["the header names what is not there", { ...plan, arenaFloats: 2 ** 37 }],
  ["input 0 is not an activation", { ...plan, inputs: [{ name: "x", tensor: 99 }] }],
  ["output 0 is not an activation", { ...plan, outputs: [{ name: "y", tensor: constant }] }],
  ["tensor 0 has extents", tensor({ extents: [2, 0, 6, 8] })],
  ["tensor 0 has extents", tensor({ extents: [2 ** 20 + 1, 3, 6, 8] })],
  ["tensor 0 has extents", tensor({ extents: [1, 1, 1, 1, 1, 1, 1], strides: new Array(7) })],
  ["tensor 0 has strides", tensor({ strides: [2 ** 32, plane, row, 1] })],
  ["tensor 0 has strides", tensor({ extents: [2 ** 19, 2 ** 18, 1, 1], strides: [0, 0, 0, 1] })],
  ["tensor 0 reaches from", tensor({ base: plan.arenaFloats })],
  ["tensor 0 reaches from", tensor({ strides: [-channel, plane, row, 1] })],
  [`tensor ${constant} reaches from 1 to 4 of 4`, tensor({ base: 1 }, constant)],
  ["names what is not there", convolution({ inputs: [99] })],
  ["names what is not there", convolution({ output: 99 })],
  ["writes to what may not be written", operator("elementwise", { output: constant })],
  ["writes to what may not be", writes(find("softmax"), { strides: [0, 1] })],
  ["has an impossible matrix", matrix(() => ({ span: 2 ** 20 }))],
  ["has an impossible matrix", matrix(() => ({ channelBlock: 0 }))],
  ["has blocks of rows [3]", matrix(() => ({ rows: 3, blockRows: Uint32Array.of(3) }))],
  ["has blocks of rows [4,1]", matrix(() => ({ blockRows: Uint32Array.of(4, 1) }))],
  ["does not write every row once", matrix((m) => ({ rowOrder: m.rowOrder.map(() => 0) }))],
  ["does not write every row once", matrix((m) => ({ rowOrder: m.rowOrder.map((r) => r + 1) }))],
  ["has 3 biases", matrix((m) => ({ bias: m.bias!.subarray(1) }))],
  ["has a broken column list 1", matrix((m) => ({ index: m.index.subarray(1) }))],
  ["has a broken column list 0", matrix((m) => ({ index: m.index.map(() => 255) }))],
  ["has a column list 0 that is too long", matrix((m) => ({ index: m.index.map(() => 1) }))],
  ["that is not there or too long", matrix((m) => ({ listOf: m.listOf.map(() => 7) }))],
  ["weights but", matrix((m) => ({ weights: m.weights.subarray(1) }))],
  ["reads outside the arena", convolution({ tapOffsets: first.tapOffsets.map(() => -1e6) })],
  ["reads outside the arena", convolution({ tapOffsets: first.tapOffsets.map(() => 1e6) })],
  ["reads outside the arena", convolution({ channelStep: 2 ** 31 })],
  ["has 1 tap offsets", convolution({ tapOffsets: Int32Array.of(0) })],
  ["has extents 0,1,1", convolution({ extents: [0, 1, 1] })],
  ["overruns its input rows", convolution({ extents: [3, 6, 10] })],
  ["overruns its input rows", convolution({ extents: [3, 8, 8] })],
  ["fuses an impossible pool", changed(pooled, { pool: { ...pool!, pad: [0, 1, 0] } })],
  ["fuses an impossible pool", changed(pooled, { pool: { ...pool!, stride: [1, 1, 2] } })],
  ["does not fit its output tensor", changed(pooled, { pool: undefined })],
  ["has a residual and a pool", changed(pooled, { inputs: [pooled.inputs[0], pooled.output] })],
  ["does not read and write rows", convolution({ inputs: [0, constant] })],
  ["does not read and write rows", reads(first, { strides: [channel, plane, 1, row] })],
  ["is not a fully connected layer", operator("fully_connected", { output: first.output })],
  ["is not a fully connected layer", reads(find("fully_connected"), { extents: [60] })],
  ["has 36 weights", operator("winograd", { weights: new Float32Array(36) })],
  ["does not fit its tensors", operator("winograd", { rows: 3 })],
  ["multiplies channels by 3", operator("depthwise", { multiplier: 3 })],
  ["has 1 weights", operator("depthwise", { weights: new Float32Array(1) })],
  ["reads outside the arena", operator("depthwise", { channelStep: 2 ** 31 })],
  ["has an impossible pool", changed(pooling, { dilation: [1, 0, 1] })],
  ["has an impossible pool", changed(pooling, { p: 2 })],
  ["has a window 0 of padding alone", changed(pooling, { pad: [0, 3, 0] })],
  ["has a window 2 of padding alone", changed(pooling, { stride: [1, 4, 2] })],
  ["has a window 0 of padding alone", changed(pooling, { pad: [0, 1, 0], dilation: [1, 9, 1] })],
  ["changes its channels", changed(pooling, { inputs: [pooled.output] })],
  ["does not read and write volumes", operator("lrn", { inputs: [constant] })],
  ["has 1 inputs, not 2 to 2", operator("elementwise", { inputs: [pooling.output] })],
  ["has 2 inputs, not 3 to 3", operator("elementwise", { function: "multiply_add" })],
  ["reads other extents", operator("elementwise", { inputs: [0, 0] })],
  ["reads other extents", operator("reduce", { inputs: [0] })],
  ["has no axis 2", operator("softmax", { axis: 2 })],
  [
    "reads positions that are not there",
    operator("resample", {
      tables: [0, 1, 2].map((axis) => {
        const table = find("resample").tables[axis];
        return { ...table, positions: table.positions.map((at) => at + 1) };
      }) as unknown as Of<"resample">["tables"],
    }),
  ],
  ["has a window of 0", operator("lrn", { size: 0 })],
  ["has factors that do not fit", changed(product, { inputs: [...product.inputs].reverse() })],
  ["clears outside the arena", operator("clear", { lead: plan.tensors[0].base + 1 })],
  ["clears outside the arena", operator("clear", { trail: plan.arenaFloats })],
  ["not laid out as an image", writes(find("clear"), { strides: [channel, plane, 7, 1] })],
  [
    "has an activation",
    operator("clear", { activation: { kind: "relu", alpha: 0, beta: 0 } }),
  ],
];

for (const [i, [rule, broken]] of BROKEN.entries()) {
  Deno.test(`a plan that breaks rule ${i} is refused: ${rule}`, () => {
    const error = assertThrows(() => checkPlan(broken), PlanFormatError);
    assertStringIncludes(error.reason, rule);
  });
}
