/**
 * Seeded random numbers: the same on every machine, fast enough for the weights of a network.
 *
 * @module
 */

/** An array whose elements can be assigned, typed arrays included. */
export interface MutableArray<T> {
  /** Number of elements. */
  readonly length: number;
  /** The elements. */
  [index: number]: T;
}

/**
 * A stream of random numbers (sfc32 by Chris Doty-Humphrey: 128 bits of state, passes
 * PractRand). Each random thing has a stream of its own, named by a label, so that adding one
 * does not change another.
 *
 * @example
 * ```ts
 * import { Random } from "./random.ts";
 *
 * const weights = new Random(1, "weights/conv1").fillUniform(new Float32Array(81), -0.1, 0.1);
 * ```
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;
  #spare: number | undefined;

  /**
   * Starts the stream `label` of `seed`.
   *
   * @throws {RangeError} when the seed is not a safe integer.
   */
  constructor(seed: number, label = "") {
    if (!Number.isSafeInteger(seed)) {
      throw new RangeError(
        `Cannot start random stream "${label}" as the seed must be an integer: ` +
          `current value is ${seed}`,
      );
    }
    const hash = hashes(`${seed}/${label}`);
    this.#a = hash();
    this.#b = hash();
    this.#c = hash();
    for (let i = 0; i < 16; i++) this.bits();
  }

  /** 32 random bits, as a signed integer. */
  bits(): number {
    const t = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21 | this.#c >>> 11) + t) | 0;
    return t;
  }

  /** Uniform in `[0, 1)`, 53 bits. */
  uniform(): number {
    return ((this.bits() >>> 5) * 2 ** 26 + (this.bits() >>> 6)) * 2 ** -53;
  }

  /** Standard normal (polar method of Marsaglia). */
  normal(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    let u: number, v: number, s: number;
    do {
      u = 2 * this.uniform() - 1;
      v = 2 * this.uniform() - 1;
      s = u * u + v * v;
    } while (s >= 1 || s === 0);
    const scale = Math.sqrt(-2 * Math.log(s) / s);
    this.#spare = v * scale;
    return u * scale;
  }

  /**
   * Uniform integer in `[0, n)`, without bias.
   *
   * @throws {RangeError} when n is not an integer in `[1, 2^32]`.
   */
  integer(n: number): number {
    if (!(Number.isInteger(n) && n >= 1 && n <= 2 ** 32)) {
      throw new RangeError(
        `Cannot draw an integer as the bound must be an integer in [1, 2^32]: ` +
          `current value is ${n}`,
      );
    }
    const limit = 2 ** 32 - 2 ** 32 % n;
    let bits: number;
    do bits = this.bits() >>> 0; while (bits >= limit);
    return bits % n;
  }

  /** Shuffles in place (Fisher-Yates) and returns the same array. */
  shuffle<T, A extends MutableArray<T>>(array: A & MutableArray<T>): A {
    for (let i = array.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const swapped = array[i];
      array[i] = array[j];
      array[j] = swapped;
    }
    return array;
  }

  /** Fills with uniform values in `[low, high)`, 24 bits each, and returns the same array. */
  fillUniform<A extends Float32Array>(out: A, low = 0, high = 1): A {
    const scale = (high - low) * 2 ** -24;
    // The state in locals makes this loop several times as fast as calls of bits().
    let a = this.#a, b = this.#b, c = this.#c, counter = this.#counter;
    for (let i = 0; i < out.length; i++) {
      const t = (a + b + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = ((c << 21 | c >>> 11) + t) | 0;
      out[i] = low + (t >>> 8) * scale;
    }
    this.#a = a, this.#b = b, this.#c = c, this.#counter = counter;
    return out;
  }

  /** Fills with normal values and returns the same array. */
  fillNormal<A extends Float32Array>(out: A, mean = 0, deviation = 1): A {
    for (let i = 0; i < out.length; i++) out[i] = mean + deviation * this.normal();
    return out;
  }
}

/** 32-bit hashes of a text, one per call: FNV-1a with the finaliser of MurmurHash3. */
function hashes(text: string): () => number {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let h = state;
    h = Math.imul(h ^ h >>> 16, 0x85ebca6b);
    h = Math.imul(h ^ h >>> 13, 0xc2b2ae35);
    return h ^ h >>> 16;
  };
}
