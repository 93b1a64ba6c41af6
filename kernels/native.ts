/**
 * What all calls of `kerf.h` share: its errors and its texts.
 *
 * @module
 */

/** `kerf_status`, in the order of its codes. */
export const STATUS = ["ok", "io", "format", "memory", "argument", "isa", "device"] as const;

/** What went wrong: the name of a `kerf_status`. */
export type KernelStatus = typeof STATUS[number];

/** What the runtime refused, and why. */
export class KernelError extends Error {
  /** For messages. */
  override readonly name = "KernelError";

  /** `status` is the kind of error, for callers that branch. */
  constructor(readonly status: KernelStatus, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** Room for what went wrong: the logs of OpenCL's compilers are long. */
const ERROR_BYTES = 8192;

/** Calls what opens something, and gives its handle, or why there is none. */
export async function opening(
  open: (
    handle: BigUint64Array<ArrayBuffer>,
    error: Uint8Array<ArrayBuffer>,
  ) => Promise<number>,
): Promise<{ status: KernelStatus; reason: string; handle: Deno.PointerValue }> {
  const handle = new BigUint64Array(1), error = new Uint8Array(ERROR_BYTES);
  const status = STATUS[await open(handle, error)];
  const reason = new TextDecoder().decode(error.subarray(0, error.indexOf(0)));
  return { status, reason, handle: Deno.UnsafePointer.create(handle[0]) };
}

/** A text as C takes it. */
export function cString(value: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${value}\0`);
}

/** A text that C gave; empty for none. */
export function text(pointer: Deno.PointerValue): string {
  return pointer ? new Deno.UnsafePointerView(pointer).getCString() : "";
}
