/**
 * Functions that operators of a plan apply to what they store. Mirrors `kerf_activation` of
 * `kernels/include/kerf_plan.h`.
 *
 * @module
 */

/** Functions of one value: applied to what an operator made, before it is stored. */
export type ActivationKind =
  | "none"
  | "relu"
  | "leaky_relu" // alpha
  | "clip" // alpha: least, beta: most
  | "sigmoid"
  | "hard_sigmoid" // alpha, beta
  | "hard_swish"
  | "silu" // x * sigmoid(x)
  | "mish"
  | "tanh"
  | "elu" // alpha
  | "celu" // alpha
  | "selu" // alpha, beta: gamma
  | "gelu" // exact, by erf
  | "gelu_tanh"
  | "softplus"
  | "softsign"
  | "erf"
  | "exp"
  | "log"
  | "sqrt"
  | "abs"
  | "neg"
  | "reciprocal"
  | "floor"
  | "ceil";

/** A function with its parameters; those that it does not have are 0. */
export interface Activation {
  /** Which function. */
  readonly kind: ActivationKind;
  /** First parameter. */
  readonly alpha: number;
  /** Second parameter. */
  readonly beta: number;
}

/** No function. */
export const NO_ACTIVATION: Activation = { kind: "none", alpha: 0, beta: 0 };
