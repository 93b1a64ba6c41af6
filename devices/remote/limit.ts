/**
 * Time limits on what another machine does.
 *
 * @module
 */

import { RemoteError } from "./transport.ts";

/** What ends a piece of work early. */
export interface Limits {
  /** Ends it from outside. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds. */
  readonly limitMs: number;
}

/**
 * Does work under a signal that is aborted from outside or when time is over.
 *
 * @param what For the message, e.g. `"the push of kerf-run"`.
 * @throws {RemoteError} when the time is over. The signal's reason when it is aborted.
 */
export async function withLimit<T>(
  what: string,
  { signal, limitMs }: Limits,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const own = new AbortController();
  const pass = () => own.abort(signal?.reason);
  signal?.addEventListener("abort", pass, { once: true });
  const timer = setTimeout(
    () => own.abort(new RemoteError(`Cannot wait for ${what} longer than ${limitMs / 1000} s`)),
    limitMs,
  );
  try {
    const result = await work(own.signal);
    own.signal.throwIfAborted();
    return result;
  } catch (error) {
    throw own.signal.aborted ? own.signal.reason : error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", pass);
  }
}
