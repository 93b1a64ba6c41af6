/**
 * Distillation: a network learns from what another one says of the same images.
 *
 * @module
 */

import type { GraphBuilder } from "../../graph/builder.ts";
import type { Model, ValueInfo } from "../../graph/model.ts";
import { openReference, type ReferenceSession } from "../../graph/reference.ts";
import { withBatch } from "../../graph/rewrites/rebatch.ts";
import type { ClassLabel } from "../data/dataset.ts";
import { withNumber } from "./constants.ts";
import { crossEntropy, type CrossEntropyOptions } from "./cross_entropy.ts";
import type { Loss } from "./loss.ts";
import { appended, logitsOf } from "./outputs.ts";

const ID = "distillation";

/** Options of {@linkcode distillation}. */
export interface DistillationOptions extends CrossEntropyOptions {
  /** What the logits of both networks are divided by, above 0. @default {4} */
  readonly temperature?: number;
  /** Share of what the teacher says in the loss, `[0, 1]`; the rest is the labels'. @default {0.9} */
  readonly alpha?: number;
  /** Threads of the teacher. @default {1} */
  readonly threads?: number;
}

/** A loss with a teacher behind it, which is loaded with the first batch and must be disposed of. */
export interface DistillationLoss extends Loss<ClassLabel>, AsyncDisposable {}

/**
 * Knowledge distillation (Hinton et al. 2015, section 2):
 *
 *     alpha * T^2 * KL(softmax(teacher / T) || softmax(student / T)) + (1 - alpha) * cross-entropy
 *
 * as a mean over the batch. The factor `T^2` keeps gradients of the first term at the scale of the
 * second one's. One loss serves one graph at a time.
 *
 * @param teacher Has one input, what the student reads, and one output: logits `[N, classes]`.
 * @throws {RangeError} when an option is out of its range, or the teacher has other inputs or outputs.
 */
export function distillation(teacher: Model, options: DistillationOptions = {}): DistillationLoss {
  const { temperature = 4, alpha = 0.9, threads = 1 } = options;
  const hard = crossEntropy(options);
  if (!(temperature > 0 && temperature < Infinity)) {
    throw refusal(`"temperature" must be above 0`, temperature);
  }
  if (!(alpha >= 0 && alpha <= 1)) throw refusal(`"alpha" must be in [0, 1]`, alpha);
  if (teacher.inputs.length !== 1) {
    throw refusal("the teacher must have one input", teacher.inputs.length);
  }
  logitsOf(ID, teacher.outputs);
  let fitting: Model | undefined;
  let loaded: { readonly model: Model; readonly session: Promise<ReferenceSession> } | undefined;
  const close = async () => {
    const open = loaded;
    loaded = undefined;
    await (await open?.session)?.[Symbol.asyncDispose]();
  };
  const load = async (model: Model) => {
    if (loaded?.model !== model) {
      await close();
      loaded = { model, session: openReference(model, { threads }) };
    }
    return await loaded.session;
  };
  return {
    id: ID,
    settings: { teacher: teacher.name, temperature, alpha, ...hard.settings },
    append(g, outputs) {
      const student = logitsOf(ID, outputs);
      fitting = withBatch(teacher, student.shape[0]);
      expectSameClasses(fitting.outputs[0], student);
      const soft = appendDivergence(g, student, temperature);
      const weighted = withNumber(g, "Mul", soft, alpha * temperature ** 2, `loss/${ID}/soft`);
      const labels = hard.append(g, outputs);
      const rest = withNumber(g, "Mul", labels, 1 - alpha, `loss/${ID}/hard`);
      return g.add(weighted, rest, `loss/${ID}`);
    },
    async encode(labels, inputs) {
      const model = appended(ID, fitting);
      const targets = await hard.encode(labels, inputs);
      const [image, ...others] = inputs.values();
      if (!image || others.length > 0 || `${image.shape}` !== `${model.inputs[0].shape}`) {
        const given = [...inputs].map(([name, { shape }]) => `"${name}" [${shape}]`);
        throw new RangeError(
          `Cannot ask teacher "${model.name}" as it reads [${model.inputs[0].shape}]: ` +
            `current value is ${given.join(", ") || "nothing"}`,
        );
      }
      const session = await load(model);
      const answers = await session.run(new Map([[model.inputs[0].name, image]]));
      return new Map([...targets, ["target/teacher", answers.get(model.outputs[0].name)!]]);
    },
    [Symbol.asyncDispose]: close,
  };
}

/** Mean over the batch of `sum(p * (log(p) - log(q)))`, p the teacher's probabilities. */
function appendDivergence(g: GraphBuilder, student: ValueInfo, temperature: number): string {
  const logOf = (x: string, who: string) => {
    const cooled = withNumber(g, "Div", x, temperature, `loss/${ID}/${who}/tempered`);
    const name = `loss/${ID}/${who}/log`;
    g.append({
      name,
      op: "LogSoftmax",
      inputs: [cooled],
      outputs: [name],
      attributes: { axis: 1 },
    });
    return name;
  };
  const logQ = logOf(student.name, "student");
  const logP = logOf(g.input("target/teacher", student.shape), "teacher");
  const p = g.unary(logP, "Exp", {}, `loss/${ID}/teacher`);
  const difference = g.binary("Sub", logP, logQ, `loss/${ID}/difference`);
  const products = g.mul(p, difference, `loss/${ID}/products`);
  const sums = g.reduce("ReduceSum", products, [1], false, `loss/${ID}/sums`);
  return g.reduce("ReduceMean", sums, [0], false, `loss/${ID}/divergence`);
}

function expectSameClasses(teacher: ValueInfo, student: ValueInfo): void {
  if (`${teacher.shape}` === `${student.shape}`) return;
  throw refusal(`the teacher's output must be [${student.shape}]`, `[${teacher.shape}]`);
}

function refusal(reason: string, value: number | string): RangeError {
  return new RangeError(`Cannot make loss "${ID}" as ${reason}: current value is ${value}`);
}
