import { assert, assertStringIncludes, assertThrows } from "@std/assert";
import { EVERY_KIND, NETS } from "../testing/nets.ts";
import { prune, PRUNINGS } from "../testing/prunings.ts";
import { checkPlan } from "./check.ts";
import { lower } from "./lower.ts";
import {
  type ConvolutionOperator,
  type FullyConnectedOperator,
  type PackedMatrix,
  type Plan,
  PlanFormatError,
  type PlanOperator,
  type PlanTensor,
} from "./plan.ts";

Deno.test("what the lowering makes is valid", () => {
  for (const net of NETS) {
    for (const pruning of PRUNINGS) checkPlan(lower(prune(net.build(1), pruning, 1)));
  }
});

const plan = lower(EVERY_KIND.build(1));

/** The plan with one operator of a kind changed. */
function operator<Kind extends PlanOperator["kind"]>(
  kind: Kind,
  change: (op: Extract<PlanOperator, { kind: Kind }>) => Partial<PlanOperator>,
): Plan {
  const is = (op: PlanOperator): op is Extract<PlanOperator, { kind: Kind }> => op.kind === kind;
  const found = plan.operators.find(is);
  assert(found, kind);
  const changed = { ...found, ...change(found) } as PlanOperator;
  return { ...plan, operators: plan.operators.map((op) => op === found ? changed : op) };
}

function convolution(change: Partial<ConvolutionOperator>): Plan {
  return operator("convolution", () => change);
}

function matrix(change: (m: PackedMatrix) => Partial<PackedMatrix>): Plan {
  return operator("convolution", ({ matrix: m }) => ({ matrix: { ...m, ...change(m) } }));
}

function tensor(change: Partial<PlanTensor>): Plan {
  return { ...plan, tensors: plan.tensors.map((t, i) => i === 1 ? { ...t, ...change } : t) };
}

const first = plan.operators.find((op): op is ConvolutionOperator => op.kind === "convolution")!;
const fc = plan.operators.find((op): op is FullyConnectedOperator =>
  op.kind === "fully_connected"
)!;

const BROKEN: readonly [rule: string, plan: Plan][] = [
  ["the header names what is not there", { ...plan, output: plan.tensors.length }],
  ["the header names what is not there", { ...plan, operators: [] }],
  ["the header names what is not there", { ...plan, arenaFloats: 2 ** 37 }],
  ["tensor 1 has extents", tensor({ depth: 0 })],
  ["tensor 1 has extents", tensor({ channels: 2 ** 20 + 1 })],
  ["tensor 1 has overlapping strides", tensor({ row: plan.tensors[1].width - 1 })],
  ["tensor 1 has overlapping strides", tensor({ channel: plan.tensors[1].plane })],
  ["of an arena of", tensor({ base: plan.arenaFloats })],
  ["names what is not there", convolution({ input: 99 })],
  ["names what is not there", convolution({ input: first.output })],
  ["has an impossible matrix", matrix(() => ({ span: 2 }))],
  ["has an impossible matrix", matrix(() => ({ channelBlock: 0 }))],
  ["has blocks of rows [3]", matrix(() => ({ rows: 3, blockRows: Uint32Array.of(3) }))],
  ["has blocks of rows [8,1]", matrix(() => ({ blockRows: Uint32Array.of(8, 1) }))],
  ["does not write every row once", matrix((m) => ({ rowOrder: m.rowOrder.map(() => 0) }))],
  ["does not write every row once", matrix((m) => ({ rowOrder: m.rowOrder.map((r) => r + 1) }))],
  ["has a broken column list 0", matrix((m) => ({ index: m.index.subarray(1) }))],
  ["has a broken column list 0", matrix((m) => ({ index: m.index.map(() => 255) }))],
  ["has a column list 0 that is too long", matrix((m) => ({ index: m.index.map(() => 1) }))],
  ["that is not there or too long", matrix((m) => ({ listOf: m.listOf.map(() => 7) }))],
  ["weights but", matrix((m) => ({ weights: m.weights.subarray(1) }))],
  ["reads outside the arena", convolution({ tapOffsets: first.tapOffsets.map(() => -1e6) })],
  ["reads outside the arena", convolution({ tapOffsets: first.tapOffsets.map(() => 1e6) })],
  ["reads outside the arena", convolution({ channelStep: 2 ** 31 })],
  ["has extents 0,1,1", convolution({ extents: [0, 1, 1] })],
  ["fuses an impossible pool", convolution({ pool: { ...first.pool!, pad: [0, 1, 0] } })],
  ["does not fit its output tensor", convolution({ pool: undefined })],
  ["is not a fully connected layer", operator("fully_connected", () => ({ output: first.output }))],
  [
    "has an impossible pool",
    operator("max_pool", ({ pool }) => ({ pool: { ...pool, pad: [2, 2, 2] } })),
  ],
  ["changes its channels", operator("max_pool", () => ({ output: fc.output }))],
  ["has an impossible stride", operator("phases", () => ({ stride: [1, 65, 1] }))],
  ["does not fit its output", operator("phases", () => ({ stride: [3, 1, 1] }))],
  ["changes extents", operator("relu", () => ({ output: fc.output }))],
];

for (const [i, [rule, broken]] of BROKEN.entries()) {
  Deno.test(`a plan that breaks rule ${i} is refused: ${rule}`, () => {
    const error = assertThrows(() => checkPlan(broken), PlanFormatError);
    assertStringIncludes(error.reason, rule);
  });
}
