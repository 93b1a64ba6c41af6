/**
 * Times a training step against the forward pass of the same graph, and takes its memory.
 *
 * @module
 */

import { modelCosts } from "../../../graph/costs.ts";
import type { Model } from "../../../graph/model.ts";
import { encodeOnnx } from "../../../graph/onnx/write.ts";
import { Random } from "../../../graph/random.ts";
import { loadFile } from "../../../graph/runtime.ts";
import { sizeOf, tensor, values } from "../../../graph/tensor.ts";
import { crossEntropy } from "../../../training/losses/cross_entropy.ts";
import { sgd } from "../../../training/optimisers/sgd.ts";
import { openTrainingStep } from "../../../training/step.ts";
import { networkOf, type StepCase } from "./step_case.ts";
import { openTorch } from "./torch_peer.ts";

/** Steps before the first one that counts. */
const WARM_UP = 2;

/** Options of {@linkcode measureStep}. */
export interface MeasureStepOptions {
  /** Threads of everything that is timed. */
  readonly threads: number;
  /** Times that everything is run in turn. */
  readonly rounds: number;
}

/** What was found; times in milliseconds, one for each round. */
export interface MeasuredStep {
  /** Multiply-accumulates of a forward pass of the batch. */
  readonly macs: number;
  /** ONNX Runtime's forward pass of the file as a user would load it, weights inside. */
  readonly forward: readonly number[];
  /** The step: loss, gradients, and the update of all weights. */
  readonly step: readonly number[];
  /** PyTorch's step; absent where it is not installed. */
  readonly torch?: readonly number[];
  /** Its version. */
  readonly torchVersion?: string;
  /** Most bytes that the process held in steps, beyond what it held without a network. */
  readonly peakBytes: number;
  /** Bytes of all activations of a batch. */
  readonly activationBytes: number;
  /** Bytes of all weights. */
  readonly weightBytes: number;
}

/**
 * Runs forward pass, step and PyTorch's step in turn. To be called once in a process: the peak of its
 * memory is taken.
 */
export async function measureStep(
  which: StepCase,
  { threads, rounds }: MeasureStepOptions,
): Promise<MeasuredStep> {
  const baseline = await peakMemory();
  const model = networkOf(which);
  const costs = modelCosts(model);
  const random = new Random(1, "step benchmark");
  const [input] = model.inputs;
  const x = tensor(random.fillNormal(new Float32Array(sizeOf(input.shape))), input.shape);

  const { step, release } = await ourStep(model, x.data, which, threads);
  for (let i = 0; i < WARM_UP; i++) await step();
  const peakBytes = await peakMemory() - baseline;

  const { ort, session } = await loadFile(encodeOnnx(model), { threads });
  const feeds = { [input.name]: new ort.Tensor("float32", x.data, input.shape) };
  const forward = () => session.run(feeds);
  await using torch = await openTorch(model, which.classes, threads);
  for (let i = 0; i < WARM_UP; i++) {
    await forward();
    await torch?.step();
  }
  const times = { forward: [] as number[], step: [] as number[], torch: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    times.forward.push(await timed(forward));
    times.step.push(await timed(step));
    if (torch) times.torch.push(await torch.step());
  }
  await session.release();
  await release();
  return {
    macs: costs.macs,
    forward: times.forward,
    step: times.step,
    ...(torch && { torch: times.torch, torchVersion: torch.version }),
    peakBytes,
    activationBytes: 4 * costs.outputElements,
    weightBytes: 4 * costs.params,
  };
}

/** A whole step of ours on one batch: loss and gradients, then SGD with momentum. */
async function ourStep(
  model: Model,
  x: Float32Array,
  { batch, classes }: StepCase,
  threads: number,
) {
  const loss = crossEntropy();
  const loaded = await openTrainingStep(model, loss, { threads });
  const [input] = model.inputs;
  const images = new Map([[input.name, tensor(x, input.shape)]]);
  const labels = Array.from({ length: batch }, (_, i) => i % classes);
  const inputs = new Map([...images, ...await loss.encode(labels, images)]);
  const weights = new Map([...model.weights].map(([name, weight]) => [name, values(weight)]));
  const optimiser = sgd();
  const states = new Map(
    loaded.parameters.map((name) => [name, optimiser.start(weights.get(name)!.length)]),
  );
  const random = new Random(1, "masks");
  let done = 0;
  const step = async () => {
    const { gradients } = await loaded.run({ weights, inputs, random });
    const options = { rate: 1e-4, step: done++, decay: 5e-4 };
    for (const [name, gradient] of gradients) {
      optimiser.update(weights.get(name)!, gradient, states.get(name)!, options);
    }
  };
  return { step, release: () => loaded[Symbol.asyncDispose]() };
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

/** Most bytes that this process has held so far, as Linux counts them. */
async function peakMemory(): Promise<number> {
  // Deno does not let a program read this file itself unless it may do everything.
  const { stdout } = await new Deno.Command("cat", { args: [`/proc/${Deno.pid}/status`] }).output();
  const [, kilobytes] = /^VmHWM:\s*(\d+) kB$/m.exec(new TextDecoder().decode(stdout)) ?? [];
  return 1024 * Number(kilobytes);
}
