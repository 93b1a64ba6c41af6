/**
 * Looks on while the runtime opens a plan, which compiles and tries kernels: tells how far it is, and
 * ends it.
 *
 * @module
 */

/** `kerf_stage`, in the order of its codes: what opening a plan is about. */
const STAGES = ["checking the plan", "compiling kernels", "trying sizes of work groups"] as const;

/** Words of a `kerf_watch`. */
const [STAGE, DONE, TOTAL, STOP, WORDS] = [0, 1, 2, 3, 4];

/** Options of {@linkcode OpeningWatch}. */
export interface WatchOptions {
  /** Ends the opening as soon as the device is done with what it is just computing. */
  readonly signal?: AbortSignal | undefined;
  /** Told what is being done and how far it is, whenever that has changed. */
  readonly onProgress?: ((label: string) => void) | undefined;
  /** How often is looked, milliseconds. @default {100} */
  readonly intervalMs?: number | undefined;
}

/** A `kerf_watch`, looked at until it is disposed of. */
export class OpeningWatch implements Disposable {
  /** What the runtime reads and writes. */
  readonly words = new Uint32Array(WORDS);
  readonly #options: WatchOptions;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #stop = () => void Atomics.store(this.words, STOP, 1);
  #told = "";

  /**
   * Begins to look.
   *
   * @throws the signal's reason when it is aborted already.
   */
  constructor(options: WatchOptions) {
    options.signal?.throwIfAborted();
    this.#options = options;
    this.#timer = setInterval(() => this.#look(), options.intervalMs ?? 100);
    options.signal?.addEventListener("abort", this.#stop);
  }

  #look(): void {
    const [stage, done, total] = [STAGE, DONE, TOTAL].map((i) => Atomics.load(this.words, i));
    const label = `${STAGES[stage]}: ${done} of ${total}`;
    if (total === 0 || label === this.#told) return;
    this.#told = label;
    this.#options.onProgress?.(label);
  }

  /** Looks no more. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#options.signal?.removeEventListener("abort", this.#stop);
  }
}
