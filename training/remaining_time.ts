/**
 * How long training still takes.
 *
 * @module
 */

/** Collects durations and tells their mean. */
class Mean {
  #sum = 0;
  #count = 0;

  add(value: number): void {
    this.#sum += value;
    this.#count++;
  }

  get value(): number | undefined {
    return this.#count === 0 ? undefined : this.#sum / this.#count;
  }
}

/** Estimates the time left from how long steps and evaluations took in this process. */
export class RemainingTime {
  readonly #steps = new Mean();
  readonly #evaluations = new Mean();

  /** Tells how long a step took, data included. */
  step(seconds: number): void {
    this.#steps.add(seconds);
  }

  /** Tells how long an evaluation took. */
  evaluation(seconds: number): void {
    this.#evaluations.add(seconds);
  }

  /**
   * Seconds that the rest takes; undefined before the first step. Evaluations count from the first
   * one on that was timed.
   */
  left(steps: number, evaluations: number): number | undefined {
    const step = this.#steps.value;
    if (step === undefined) return undefined;
    return steps * step + evaluations * (this.#evaluations.value ?? 0);
  }
}
