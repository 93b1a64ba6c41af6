/**
 * A peer engine in a process of its own: started, asked, ended.
 *
 * @module
 */

import process from "node:process";
import { describeEnd, STDERR_TAIL } from "../process_end.ts";
import {
  type PeerAnswers,
  type PeerRequests,
  type PeerVerb,
  readAnswer,
  requestLine,
} from "./protocol.ts";

/** How a child is started. */
export interface PeerCommand {
  /** Path of a program, or its name. */
  readonly command: string;
  /** What it is given. */
  readonly args?: readonly string[];
}

/** Options of {@linkcode PeerChild.start}. */
export interface PeerChildOptions {
  /** What messages call the engine. */
  readonly name: string;
  /** Ends the child; what is asked then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** How long it may take to answer, milliseconds. @default {@linkcode PATIENCE} */
  readonly patience?: Readonly<Record<PeerVerb, number>>;
}

const MINUTE = 60_000;

/** How long an answer may take, milliseconds; of `measure`, for each run. */
export const PATIENCE: Readonly<Record<PeerVerb, number>> = {
  hello: 2 * MINUTE,
  load: 20 * MINUTE,
  setInput: MINUTE,
  run: 10 * MINUTE,
  measure: 10 * MINUTE,
  output: MINUTE,
  quit: 2_000,
};

/** A running child. One thing is asked at a time. */
export class PeerChild implements AsyncDisposable {
  readonly #options: PeerChildOptions;
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncGenerator<string>;
  readonly #told: Promise<void>;
  readonly #ended: Promise<Deno.CommandStatus>;
  #errors = "";
  #running = true;

  private constructor(child: Deno.ChildProcess, options: PeerChildOptions) {
    this.#options = options;
    this.#child = child;
    this.#writer = child.stdin.getWriter();
    this.#lines = linesOf(child.stdout);
    this.#told = this.#keepErrors(child.stderr);
    this.#ended = child.status.finally(() => this.#running = false);
  }

  /**
   * Starts a child.
   *
   * @throws {Error} when there is no such program, or it cannot be started.
   */
  static start({ command, args = [] }: PeerCommand, options: PeerChildOptions): PeerChild {
    options.signal?.throwIfAborted();
    try {
      const child = new Deno.Command(command, {
        args: [...args],
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
        // A group of its own: an interrupt typed at the terminal is left to us, and what the child
        // starts ends with it.
        detached: true,
      }).spawn();
      return new PeerChild(child, options);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : cause;
      throw new Error(`Cannot start peer "${options.name}": ${why}`, { cause });
    }
  }

  /** Number of the process. */
  get pid(): number {
    return this.#child.pid;
  }

  /**
   * Asks one thing.
   *
   * @throws {UnsupportedModelError} when the child says that it cannot run the model.
   * @throws {Error} with the child's message when it answers by an error, with the end of its standard
   * error when it ended, or when it does not answer in time; it is then killed.
   * @throws the signal's reason when it is aborted.
   */
  async ask<Verb extends PeerVerb>(
    verb: Verb,
    request: PeerRequests[Verb],
  ): Promise<PeerAnswers[Verb]> {
    const { name, signal, patience = PATIENCE } = this.#options;
    signal?.throwIfAborted();
    const runs = "n" in request ? Math.max(1, request.n) : 1;
    const milliseconds = patience[verb] * runs;
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#kill();
    }, milliseconds);
    const stop = () => this.#kill();
    signal?.addEventListener("abort", stop, { once: true });
    try {
      return await this.#exchange(verb, request);
    } catch (error) {
      signal?.throwIfAborted();
      if (!late) throw error;
      throw new Error(
        `Peer "${name}" must answer "${verb}" within ${
          milliseconds / 1000
        } s: it did not, and was ` +
          `ended${this.#errors && `; it wrote: ${this.#errors.trim()}`}`,
      );
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    }
  }

  /** Ends the child: kindly where that works, otherwise not. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#running) await this.ask("quit", {}).catch(() => {});
    await this.#writer.close().catch(() => {});
    const timer = setTimeout(() => this.#kill(), PATIENCE.quit);
    await this.#ended;
    clearTimeout(timer);
    await Promise.all([this.#told, this.#lines.return(undefined)]);
  }

  async #exchange<Verb extends PeerVerb>(
    verb: Verb,
    request: PeerRequests[Verb],
  ): Promise<PeerAnswers[Verb]> {
    try {
      await this.#writer.write(new TextEncoder().encode(requestLine(verb, request)));
    } catch {
      // It ended before it read the request; its status tells why.
    }
    for (;;) {
      const { value: line, done } = await this.#lines.next();
      if (done) {
        // One that closed its output without ending would be waited for in vain.
        this.#kill();
        const status = await this.#ended;
        await this.#told;
        throw new Error(`Peer "${this.#options.name}" ${describeEnd(status, this.#errors)}`);
      }
      const answer = readAnswer(verb, line);
      if (answer !== undefined) return answer;
    }
  }

  #kill(): void {
    if (this.#running) process.kill(-this.#child.pid, "SIGKILL");
  }

  async #keepErrors(stderr: ReadableStream<Uint8Array>): Promise<void> {
    for await (const text of stderr.pipeThrough(new TextDecoderStream())) {
      this.#errors = (this.#errors + text).slice(-STDERR_TAIL);
    }
  }
}

/** Lines as they come; what follows the last line end is unfinished, and left out. */
async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
