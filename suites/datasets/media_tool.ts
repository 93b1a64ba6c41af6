/**
 * Running `ffmpeg` and `ffprobe` as child processes.
 *
 * @module
 */

/** A running command, whose output is read while it runs; killed when disposed of or aborted. */
export class MediaTool implements AsyncDisposable {
  /** What the command writes. */
  readonly stdout: ReadableStream<Uint8Array>;
  readonly #child: Deno.ChildProcess;
  readonly #stderr: Promise<string>;
  readonly #signal?: AbortSignal;
  #running = true;

  /**
   * Starts a command found on `PATH`.
   *
   * @throws {Error} when the command is not there, with the Debian package that has it.
   */
  constructor(name: "ffmpeg" | "ffprobe", args: readonly string[], signal?: AbortSignal) {
    signal?.throwIfAborted();
    try {
      this.#child = new Deno.Command(name, {
        args: [...args],
        signal,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
    } catch (cause) {
      if (!(cause instanceof Deno.errors.NotFound)) throw cause;
      throw new Error(
        `Cannot read a video as "${name}" must be on PATH (Debian package ffmpeg; folders of ` +
          `frames, film strips and .npy clips do without): current value is not found`,
        { cause },
      );
    }
    this.stdout = this.#child.stdout;
    this.#stderr = new Response(this.#child.stderr).text();
    this.#signal = signal;
  }

  /**
   * Waits for the end; the output must have been read to its end before.
   *
   * @returns What went wrong, in the command's own words; `undefined` when nothing did.
   * @throws the signal's reason when it was aborted.
   */
  async failure(): Promise<string | undefined> {
    const [status, stderr] = await Promise.all([this.#child.status, this.#stderr]);
    this.#running = false;
    this.#signal?.throwIfAborted();
    if (status.success) return undefined;
    return stderr.trim().split("\n").at(-1) || `exit status ${status.code}`;
  }

  /** Kills the command if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#running) return;
    this.#child.kill();
    await Promise.all([this.#child.status, this.#stderr]);
  }
}
