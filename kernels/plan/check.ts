/**
 * The rules that a plan must keep so that no kernel reads or writes outside the arena: the same as
 * the runtime checks before it runs anything (`kernels/runtime/plan_check.c`, `matrix.c`).
 *
 * @module
 */

import {
  checkConvolution,
  checkDenseConvolution,
  checkDepthwise,
  checkFullyConnected,
  checkWinograd,
} from "./check/convolutions.ts";
import {
  checkClear,
  checkElementwise,
  checkLrn,
  checkMatrixProduct,
  checkPool,
  checkReduce,
  checkResample,
  checkSoftmax,
} from "./check/others.ts";
import { demand, MAX_FLOATS, MAX_STRIDE, reachOf, within } from "./check/rules.ts";
import { MAX_INPUTS, SLACK_FLOATS } from "./format.ts";
import { MAX_RANK, type Plan, type PlanOperator, type PlanTensor } from "./plan.ts";

/**
 * Checks a plan.
 *
 * @throws {PlanFormatError} naming the tensor or operator that breaks a rule, and the rule.
 */
export function checkPlan(plan: Plan): void {
  const { tensors, operators, inputs, outputs } = plan;
  demand(
    [tensors, operators, outputs].every(({ length }) => length > 0) &&
      plan.arenaFloats <= MAX_FLOATS,
    "the header names what is not there",
  );
  tensors.forEach((t, i) => checkTensor(plan, t, `tensor ${i}`));
  for (const [values, what] of [[inputs, "input"], [outputs, "output"]] as const) {
    values.forEach(({ tensor }, i) =>
      demand(
        tensor < tensors.length && isWritable(tensors[tensor]),
        `${what} ${i} is not an activation`,
      )
    );
  }
  operators.forEach((op, i) => checkOperator(plan, op, `operator ${i}`));
}

function checkTensor(plan: Plan, t: PlanTensor, what: string): void {
  demand(
    t.extents.length <= MAX_RANK && t.strides.length === t.extents.length && within(t.extents, 1),
    `${what} has extents [${t.extents}]`,
  );
  demand(
    within(t.strides, -MAX_STRIDE, MAX_STRIDE) &&
      t.extents.reduce((product, n) => product * n, 1) <= MAX_FLOATS,
    `${what} has strides [${t.strides}]`,
  );
  const { least, most } = reachOf(t);
  const floats = t.space === "arena" ? plan.arenaFloats - SLACK_FLOATS : plan.constants.length;
  demand(
    t.base <= MAX_FLOATS && t.base + least >= 0 && t.base + most < floats,
    `${what} reaches from ${t.base + least} to ${t.base + most} of ${floats} floats`,
  );
}

/** Whether a tensor may be written: no two of its positions are the same float by a stride of 0. */
function isWritable({ space, extents, strides }: PlanTensor): boolean {
  return space === "arena" && extents.every((n, axis) => n === 1 || strides[axis] !== 0);
}

function checkOperator(plan: Plan, op: PlanOperator, what: string): void {
  const { tensors } = plan;
  demand(
    op.inputs.length <= MAX_INPUTS && op.inputs.every((index) => index < tensors.length) &&
      op.output < tensors.length,
    `${what} names what is not there`,
  );
  const output = tensors[op.output], inputs = op.inputs.map((index) => tensors[index]);
  demand(
    op.kind === "reduce" ? output.space === "arena" : isWritable(output),
    `${what} writes to what may not be written`,
  );
  const place = { inputs, output, plan, what };
  switch (op.kind) {
    case "convolution":
      return checkConvolution({ op, ...place });
    case "winograd":
      return checkWinograd({ op, ...place });
    case "dense_convolution":
      return checkDenseConvolution({ op, ...place });
    case "depthwise":
      return checkDepthwise({ op, ...place });
    case "fully_connected":
      return checkFullyConnected({ op, ...place });
    case "pool":
      return checkPool({ op, ...place });
    case "elementwise":
      return checkElementwise({ op, ...place });
    case "reduce":
      return checkReduce({ op, ...place });
    case "softmax":
      return checkSoftmax({ op, ...place });
    case "resample":
      return checkResample({ op, ...place });
    case "lrn":
      return checkLrn({ op, ...place });
    case "matrix_product":
      return checkMatrixProduct({ op, ...place });
    case "clear":
      return checkClear({ op, ...place });
  }
}
