/**
 * ONNX Runtime, which computes everything that is not Kerf's own kernels.
 *
 * @module
 */

import type { InferenceSession } from "onnxruntime-node";

/** Where and how ONNX Runtime computes. */
export interface RuntimeOptions {
  /** Threads inside an operator. @default {1} */
  readonly threads?: number;
  /** Execution provider, by the name that ONNX Runtime has for it. @default {"cpu"} */
  readonly provider?: string;
}

/** The library and a file that it has loaded. */
export interface LoadedFile {
  /** The library, for its tensors. */
  readonly ort: typeof import("onnxruntime-node");
  /** To be released by whoever asked for it. */
  readonly session: InferenceSession;
}

/**
 * Loads an ONNX file by its bytes or path; one with external data by its path.
 *
 * @throws {RangeError} when this build of ONNX Runtime does not have the execution provider.
 * @throws {Error} when ONNX Runtime refuses the file.
 */
export async function loadFile(
  file: Uint8Array | string,
  { threads = 1, provider = "cpu" }: RuntimeOptions = {},
): Promise<LoadedFile> {
  // Imported on use, since the import opens a native library.
  const { default: ort } = await import("onnxruntime-node");
  const known = ort.listSupportedBackends().map(({ name }) => name);
  if (!known.includes(provider)) {
    throw new RangeError(
      `Cannot load a model as its execution provider must be ${known.join(" or ")}: ` +
        `current value is "${provider}"`,
    );
  }
  const options: InferenceSession.SessionOptions = {
    executionProviders: [provider],
    executionMode: "sequential",
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // A pattern would reserve the peak of a whole run a second time, beside what the first run took.
    enableMemPattern: false,
    logSeverityLevel: 3,
  };
  const session = typeof file === "string"
    ? await ort.InferenceSession.create(file, options)
    : await ort.InferenceSession.create(file, options);
  return { ort, session };
}
