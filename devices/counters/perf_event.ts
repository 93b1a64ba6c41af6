/**
 * Counting one event of one thread: Linux' `perf_event_open`.
 *
 * @module
 */

import { ERRNO, type Libc } from "./libc.ts";

/** What the kernel calls an event. */
export interface PerfEvent {
  /** `PERF_TYPE_*`. */
  readonly type: number;
  /** Which one of its type. */
  readonly config: number;
}

/** `PERF_TYPE_HARDWARE`. */
const HARDWARE = 0;
/** `PERF_TYPE_SOFTWARE`. */
const SOFTWARE = 1;
/** `PERF_TYPE_HW_CACHE`: its config is level, operation and result. */
const CACHE = 3;
/** `PERF_COUNT_HW_CACHE_OP_READ` and `PERF_COUNT_HW_CACHE_RESULT_MISS`. */
const READ_MISS = 0 << 8 | 1 << 16;

/** The events that we count, by the names of the kernel's tool `perf`. */
export const PERF_EVENTS = {
  "cycles": { type: HARDWARE, config: 0 },
  "instructions": { type: HARDWARE, config: 1 },
  "branch-misses": { type: HARDWARE, config: 5 },
  "L1-dcache-load-misses": { type: CACHE, config: 0 | READ_MISS },
  // Not `cache-misses`, which is the last cache of some processors and the second one of others.
  "LLC-load-misses": { type: CACHE, config: 2 | READ_MISS },
  "task-clock": { type: SOFTWARE, config: 1 },
} as const satisfies Readonly<Record<string, PerfEvent>>;

/** Numbers of the system call, which have no name in the C library. */
const PERF_EVENT_OPEN: Readonly<Record<string, bigint>> = { x86_64: 298n, aarch64: 241n };
/** `PERF_ATTR_SIZE_VER0`, which every kernel knows. */
const ATTR_BYTES = 64;
/** Total time enabled and running, beside the count. */
const READ_FORMAT = 3n;
/** Begin disabled; count neither the kernel nor the hypervisor, which takes more rights. */
const FLAGS = 1n | 1n << 5n | 1n << 6n;
/** `PERF_FLAG_FD_CLOEXEC`. */
const CLOSE_ON_EXEC = 8n;
/** `PERF_EVENT_IOC_ENABLE`. */
const ENABLE = 0x2400n;

/** What a counter shows: its value, and for how long it was wanted and really ran, nanoseconds. */
export interface CounterState {
  /** Events so far. */
  readonly count: number;
  /** Time in which the thread ran and the event was wanted. */
  readonly enabled: number;
  /** Of this, the time in which the processor had a counter free for it. */
  readonly running: number;
}

/** One event of one thread, counting. */
export interface Counter extends Disposable {
  /** What it shows now; `undefined` when it cannot be read. */
  read(): CounterState | undefined;
}

/** Opens counters; `errno` where one cannot be had. */
export type OpenCounter = (event: PerfEvent, thread: number) => Counter | { errno: number };

/** The kernel's counters. */
export function kernelCounters(libc: Libc): OpenCounter {
  const { symbols } = libc;
  const number = PERF_EVENT_OPEN[Deno.build.arch];
  return ({ type, config }, thread) => {
    if (number === undefined) return { errno: ERRNO.ENOSYS };
    const view = new DataView(new ArrayBuffer(ATTR_BYTES));
    view.setUint32(0, type, true);
    view.setUint32(4, ATTR_BYTES, true);
    view.setBigUint64(8, BigInt(config), true);
    view.setBigUint64(32, READ_FORMAT, true);
    view.setBigUint64(40, FLAGS, true);
    const attr = new Uint8Array(view.buffer);
    const file = Number(symbols.syscall(number, attr, thread, -1, -1, CLOSE_ON_EXEC));
    if (file < 0) return { errno: libc.errno() };
    symbols.ioctl(file, ENABLE, 0n);
    const state = new BigUint64Array(3), bytes = new Uint8Array(state.buffer);
    return {
      read() {
        if (symbols.read(file, bytes, BigInt(bytes.length)) < bytes.length) return undefined;
        const [count, enabled, running] = [...state].map(Number);
        return { count, enabled, running };
      },
      [Symbol.dispose]: () => void symbols.close(file),
    };
  };
}
