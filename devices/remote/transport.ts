/**
 * The way to another machine: commands, and files there and back. What is run there, and why, is
 * above this interface; ssh and adb are below.
 *
 * @module
 */

/** How a command ended. */
export interface Ending {
  /** As a shell tells it: 128 and the signal's number for what a signal ended. */
  readonly code: number;
  /** All that it said. */
  readonly stderr: string;
}

/** A command that runs on the other machine. */
export interface RunningCommand {
  /** Its output as it comes; must be read. */
  readonly stdout: ReadableStream<Uint8Array>;
  /** Resolves when it ended; rejects with a {@linkcode RemoteError} when the connection did. */
  readonly ended: Promise<Ending>;
  /** Ends its input, which is otherwise held open and empty. */
  endInput(): Promise<void>;
  /** Gives the command up, whether or not the other side still answers. */
  abandon(): void;
}

/** What ends a piece of work early. */
export interface AbortOptions {
  /** Ends it; of a copy, what came so far is left. */
  readonly signal?: AbortSignal;
}

/** What a file is to hold; a `Blob` is one. */
export interface Content {
  /** Bytes. */
  readonly size: number;
  /** All of them, once. */
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** Options of a copy. */
export interface CopyOptions extends AbortOptions {
  /** Told how far it is, 0 to 1. */
  onProgress?(fraction: number): void;
}

/** A connection to another machine. Everything throws {@linkcode RemoteError} when it breaks. */
export interface Transport extends AsyncDisposable {
  /** Starts a line of POSIX shell; the signal is for the start alone. */
  start(line: string, options?: AbortOptions): Promise<RunningCommand>;
  /** Bytes of a file there; undefined when there is none. */
  size(path: string, options?: AbortOptions): Promise<number | undefined>;
  /** Writes a file there, which its owner may run. */
  push(content: Content, path: string, options?: CopyOptions): Promise<void>;
  /** Reads a file there. */
  pull(path: string, options?: AbortOptions): Promise<Uint8Array<ArrayBuffer>>;
}

/** The other machine cannot be reached or used, has no room, or went away. */
export class RemoteError extends Error {
  /** For messages. */
  override readonly name = "RemoteError";
}

/** A stream that tells how many bytes went through it, as a fraction of `total`. */
export function metered(
  total: number,
  onProgress?: (fraction: number) => void,
): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let done = 0;
  return new TransformStream({
    transform(chunk, controller) {
      controller.enqueue(chunk);
      done += chunk.length;
      onProgress?.(total ? done / total : 1);
    },
  });
}
