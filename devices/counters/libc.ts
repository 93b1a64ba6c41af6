/**
 * The system's C library through FFI: what Deno itself has no call for, or does only where everything
 * is allowed. Nothing is opened on import.
 *
 * @module
 */

/** Numbers of `errno` that callers tell apart; the same on all architectures of Linux. */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EACCES: 13,
  ENODEV: 19,
  EINVAL: 22,
  EMFILE: 24,
  ENOSYS: 38,
  EOPNOTSUPP: 95,
} as const;

const SYMBOLS = {
  __errno_location: { parameters: [], result: "pointer", optional: true },
  __errno: { parameters: [], result: "pointer", optional: true }, // Android's name for it
  open: { parameters: ["buffer", "i32"], result: "i32" },
  pread: { parameters: ["i32", "buffer", "usize", "i64"], result: "isize" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
  opendir: { parameters: ["buffer"], result: "pointer" },
  readdir: { parameters: ["pointer"], result: "pointer" },
  closedir: { parameters: ["pointer"], result: "i32" },
  ioctl: { parameters: ["i32", "u64", "u64"], result: "i32" },
  syscall: {
    parameters: ["i64", "buffer", "i32", "i32", "i32", "u64"],
    result: "i64",
  },
} as const satisfies Deno.ForeignLibraryInterface;

/** The library, opened: dispose of it to close it. */
export interface Libc extends Disposable {
  /** Its functions. */
  readonly symbols: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];
  /** `errno` of the last call that failed. */
  errno(): number;
}

/** Names of the library: of glibc, and of musl and Android. */
const NAMES = ["libc.so.6", "libc.so"];

/**
 * Opens the C library.
 *
 * @returns `undefined` where there is none of a 64-bit Linux, whose structures the callers know.
 */
export function openLibc(): Libc | undefined {
  if (Deno.build.os !== "linux" && Deno.build.os !== "android") return undefined;
  for (const name of NAMES) {
    try {
      const library = Deno.dlopen(name, SYMBOLS);
      const { __errno_location, __errno } = library.symbols;
      return {
        symbols: library.symbols,
        errno() {
          const pointer = (__errno_location ?? __errno)?.();
          return pointer ? new Deno.UnsafePointerView(pointer).getInt32() : 0;
        },
        [Symbol.dispose]: () => library.close(),
      };
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) throw error;
    }
  }
  return undefined;
}

/** A string as C reads it. */
export function cString(value: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${value}\0`);
}
