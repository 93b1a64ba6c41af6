/**
 * What all calls of the native runtime have in common: its errors, and texts on the way in and out.
 *
 * @module
 */

/** `kerf_status`, in the order of its codes. */
export const STATUS = [
  "ok",
  "io",
  "format",
  "memory",
  "argument",
  "isa",
  "device",
  "stopped",
] as const;

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

/** A buffer for what went wrong. */
export function errorBuffer(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(ERROR_BYTES);
}

/** Calls what opens something, and gives its handle, or why there is none. */
export async function opening(
  open: (
    handle: BigUint64Array<ArrayBuffer>,
    error: Uint8Array<ArrayBuffer>,
  ) => Promise<number>,
): Promise<{ status: KernelStatus; reason: string; handle: Deno.PointerValue }> {
  const handle = new BigUint64Array(1), error = errorBuffer();
  const status = STATUS[await open(handle, error)];
  return { status, reason: messageIn(error), handle: Deno.UnsafePointer.create(handle[0]) };
}

/** The text that was written into a buffer, up to its end. */
export function messageIn(buffer: Uint8Array): string {
  return new TextDecoder().decode(buffer.subarray(0, buffer.indexOf(0)));
}

/** A text with its end. */
export function cString(value: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${value}\0`);
}

/** The text at a pointer; `""` where there is none. */
export function text(pointer: Deno.PointerValue): string {
  return pointer ? new Deno.UnsafePointerView(pointer).getCString() : "";
}
