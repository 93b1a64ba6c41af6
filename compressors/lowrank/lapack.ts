/**
 * Spectra of large matrices by the LAPACK library of the system, where there is one.
 *
 * Debian has it as `libopenblas0` (all cores, ten times as fast as what is done without and more) or
 * `liblapack3`. `KERF_LAPACK` names another library; `KERF_LAPACK=off` has none used.
 *
 * @module
 */

/** Sonames under which libraries with LAPACK are looked for, the faster ones first. */
const LIBRARIES = ["libopenblas.so.0", "liblapack.so.3"];

/** Debian packages of which one has LAPACK. */
export const LAPACK_PACKAGES = "libopenblas0 or liblapack3";

/**
 * Routines of LAPACK under the names that Fortran compilers give them: all arguments are addresses,
 * integers have 32 bits, and lengths of texts follow behind.
 */
const SYMBOLS = {
  dsyevd_: {
    parameters: [
      "buffer", // JOBZ
      "buffer", // UPLO
      "buffer", // N
      "buffer", // A
      "buffer", // LDA
      "buffer", // W
      "buffer", // WORK
      "buffer", // LWORK
      "buffer", // IWORK
      "buffer", // LIWORK
      "buffer", // INFO
      "usize", // length of JOBZ
      "usize", // length of UPLO
    ],
    result: "void",
    nonblocking: true,
  },
  dposv_: {
    parameters: [
      "buffer", // UPLO
      "buffer", // N
      "buffer", // NRHS
      "buffer", // A
      "buffer", // LDA
      "buffer", // B
      "buffer", // LDB
      "buffer", // INFO
      "usize", // length of UPLO
    ],
    result: "void",
    nonblocking: true,
  },
} as const satisfies Deno.ForeignLibraryInterface;

/** A LAPACK library, opened by {@linkcode openLapack}. */
export class Lapack implements Disposable {
  readonly #library: Deno.DynamicLibrary<typeof SYMBOLS>;

  /** Opens the library called `name`. @throws what `Deno.dlopen` throws. */
  constructor(readonly name: string) {
    this.#library = Deno.dlopen(name, SYMBOLS);
  }

  /**
   * Eigenvalues, smallest first, and eigenvectors of a symmetric matrix (`dsyevd`: divide and
   * conquer). Other work goes on meanwhile.
   *
   * @param matrix `n * n` values; its place is taken by the eigenvectors, one behind the other.
   * @throws {Error} when they do not converge.
   */
  async symmetricEigen(matrix: Float64Array<ArrayBuffer>, n: number): Promise<Float64Array> {
    const values = new Float64Array(n);
    const work = new Float64Array(1 + 6 * n + 2 * n * n), integers = new Int32Array(3 + 5 * n);
    const info = new Int32Array(1);
    const size = Int32Array.of(n);
    const [vectors, triangle] = [character("V"), character("L")];
    const [room, rooms] = [Int32Array.of(work.length), Int32Array.of(integers.length)];
    // A call that does not block keeps no array alive that it reads: they are held until it is over.
    const held = [vectors, triangle, size, matrix, values, work, room, integers, rooms, info];
    await this.#library.symbols.dsyevd_(
      vectors,
      triangle, // whichever: the matrix is symmetric
      size,
      matrix,
      size,
      values,
      work,
      room,
      integers,
      rooms,
      info,
      1n,
      1n,
    );
    release(held);
    if (info[0] === 0) return values;
    throw new Error(
      `Cannot find the spectrum of a ${n} x ${n} matrix as ${this.name} gave up: info ${info[0]}`,
    );
  }

  /**
   * Solves `X A = B` for a symmetric positive definite A (`dposv`: Cholesky).
   *
   * @param matrix A, `n * n` values; overwritten.
   * @param right B, row-major with n columns; its place is taken by X.
   * @throws {Error} when A is not positive definite.
   */
  async solve(
    matrix: Float64Array<ArrayBuffer>,
    n: number,
    right: Float64Array<ArrayBuffer>,
  ): Promise<void> {
    const info = new Int32Array(1);
    const [size, columns] = [Int32Array.of(n), Int32Array.of(right.length / n)];
    const triangle = character("L");
    const held = [triangle, size, columns, matrix, right, info];
    await this.#library.symbols.dposv_(
      triangle,
      size,
      columns,
      matrix,
      size,
      right,
      size,
      info,
      1n,
    );
    release(held);
    if (info[0] === 0) return;
    throw new Error(
      `Cannot solve a system of ${n} equations as its matrix must be positive definite: ` +
        `current value is not, from row ${info[0]} on`,
    );
  }

  /** Closes the library. */
  [Symbol.dispose](): void {
    this.#library.close();
  }
}

/**
 * Opens LAPACK. Nothing when it is not installed, switched off, or native libraries are not allowed;
 * nobody is asked for leave.
 *
 * @throws what `Deno.dlopen` throws, when the library that `KERF_LAPACK` names cannot be opened.
 */
export function openLapack(): Lapack | undefined {
  const given = wish();
  if (given === "off" || !granted({ name: "ffi" })) return undefined;
  if (given) return new Lapack(given);
  for (const name of LIBRARIES) {
    try {
      return new Lapack(name);
    } catch {
      // Not installed, or without LAPACK in it: the next one may do.
    }
  }
  return undefined;
}

/** Name of the library that {@linkcode openLapack} opens. */
export function lapackName(): string | undefined {
  using lapack = openLapack();
  return lapack?.name;
}

function wish(): string | undefined {
  const variable = "KERF_LAPACK";
  return granted({ name: "env", variable }) ? Deno.env.get(variable) : undefined;
}

function granted(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}

function character(letter: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(letter.charCodeAt(0));
}

/** What a call held is no longer needed; to say so keeps it from being collected before. */
function release(held: unknown[]): void {
  held.length = 0;
}
