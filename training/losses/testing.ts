/**
 * What tests of losses have in common.
 *
 * @module
 */

import { GraphBuilder } from "../../graph/builder.ts";
import type { Model } from "../../graph/model.ts";
import { openReference } from "../../graph/reference.ts";
import { type Tensor, values } from "../../graph/tensor.ts";
import type { Problem } from "../gradient/testing/problem.ts";
import { stepGradients } from "../gradient/testing/step_gradients.ts";
import type { Loss } from "./loss.ts";

/** What a network puts out, by name. */
type Outputs = ReadonlyMap<string, Tensor>;

/** A graph of nothing but a loss: what a network would put out are its inputs. */
export function lossModel<Label>(loss: Loss<Label>, outputs: Outputs): Model {
  const g = new GraphBuilder("loss");
  const infos = [...outputs].map(([name, { shape }]) => ({ name: g.input(name, shape), shape }));
  return g.output(loss.append(g, infos)).build();
}

/** A loss whose gradients with respect to what the network puts out are wanted. */
export async function lossProblem<Label>(
  loss: Loss<Label>,
  outputs: Outputs,
  labels: readonly Label[],
  inputs: ReadonlyMap<string, Tensor> = new Map(),
): Promise<Problem> {
  const model = lossModel(loss, outputs);
  const targets = await loss.encode(labels, inputs);
  return {
    model,
    loss: model.outputs[0].name,
    inputs: new Map([...outputs, ...targets]),
    wanted: [...outputs.keys()],
    masks: new Map(),
    batchStatistics: true,
  };
}

/** The value of a loss in ONNX Runtime. */
export async function lossValue<Label>(
  ...args: Parameters<typeof lossProblem<Label>>
): Promise<number> {
  const { model, loss, inputs } = await lossProblem(...args);
  await using session = await openReference(model);
  return values((await session.run(inputs)).get(loss)!)[0];
}

/** Gradients of a loss with respect to what the network puts out, as a training step has them. */
export async function lossGradients<Label>(
  ...args: Parameters<typeof lossProblem<Label>>
): Promise<Outputs> {
  return (await stepGradients(await lossProblem(...args))).gradients;
}
