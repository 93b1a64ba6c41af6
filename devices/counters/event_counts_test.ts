import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { allThreads, EventCounts, scaledCount, threadsNamed } from "./event_counts.ts";
import { ERRNO } from "./libc.ts";
import { type CounterState, kernelCounters, type OpenCounter, PERF_EVENTS } from "./perf_event.ts";
import { SystemFiles } from "./system_files.ts";
import { fakeSystem } from "./testing.ts";

/** Counters that show one scripted state after the other, by thread. */
function scripted(states: Readonly<Record<number, readonly CounterState[]>>): OpenCounter {
  return (_event, thread) => {
    const left = [...states[thread]];
    return { read: () => left.shift(), [Symbol.dispose]: () => {} };
  };
}

/** What the reading of instructions says when opening fails with these errors, by event. */
function refusal(errno: (event: string) => number | undefined, paranoid?: string): string {
  const nameOf = (event: unknown) =>
    Object.entries(PERF_EVENTS).find(([, known]) => known === event)![0];
  using counts = new EventCounts(
    (event) => {
      const number = errno(nameOf(event));
      return number === undefined
        ? { read: () => undefined, [Symbol.dispose]: () => {} }
        : { errno: number };
    },
    [1],
    paranoid,
  );
  counts.begin();
  const reading = counts.end(1).find(({ quantity }) => quantity === "instructions")!;
  assertEquals(reading.value, undefined);
  return reading.unavailable!;
}

Deno.test("events of all threads are added up, and divided by the calls", () => {
  const open = scripted({
    7: [{ count: 100, enabled: 50, running: 50 }, { count: 1100, enabled: 90, running: 90 }],
    8: [{ count: 0, enabled: 0, running: 0 }, { count: 3000, enabled: 40, running: 40 }],
  });
  using counts = new EventCounts(open, [7, 8]);
  assert(counts.some);
  counts.begin();
  for (const { value, source, origin } of counts.end(100)) {
    assertEquals([value, source], [40, "measured"]);
    assertStringIncludes(origin!, "user code, 100 calls");
  }
});

Deno.test("a counter that shared the processor with others is scaled, and says so", () => {
  const state = (count: number, enabled: number, running: number) => ({ count, enabled, running });
  const half = scaledCount(state(10, 100, 80), state(510, 1100, 580));
  assertEquals(half, { events: 1000, share: 0.5 });
  assertEquals(scaledCount(state(1, 5, 5), state(1, 5, 5)), { events: 0, share: 1 });
  assertEquals(scaledCount(state(0, 0, 0), state(0, 9, 0)), undefined, "it never ran");
  using counts = new EventCounts(scripted({ 1: [state(0, 0, 0), state(50, 100, 25)] }), [1]);
  counts.begin();
  const [{ value, origin }] = counts.end(10);
  assertEquals(value, 20);
  assertStringIncludes(origin!, "scaled: counted 25 % of the time");
});

Deno.test("each refusal of the kernel becomes a reason and what to do", () => {
  const all = (errno: number) => refusal(() => errno, "3");
  for (const errno of [ERRNO.EACCES, ERRNO.EPERM]) {
    assertStringIncludes(
      all(errno),
      "perf_event_paranoid is 3: sysctl kernel.perf_event_paranoid=2",
    );
  }
  assertStringIncludes(all(ERRNO.ENOENT), "no hardware counters, as many virtual machines do not");
  assertStringIncludes(all(ERRNO.ENOSYS), "has no perf_event_open");
  assertStringIncludes(all(ERRNO.EMFILE), "ulimit -n");
  assertStringIncludes(all(99), "errno 99");
  assertStringIncludes(
    refusal((event) => event === "instructions" ? ERRNO.EINVAL : undefined),
    "this processor does not count instructions",
  );
  assertStringIncludes(all(ERRNO.ESRCH), "no threads to count");
  assertStringIncludes(refusal(() => undefined), "no counter was free");
});

Deno.test("threads are found by the name that they gave themselves", () => {
  using system = fakeSystem({
    "proc/self/task/10/comm": "deno",
    "proc/self/task/11/comm": "kerf-worker",
    "proc/self/task/9/comm": "kerf-worker",
  });
  assertEquals(threadsNamed(system.files, "kerf-worker"), [9, 11]);
});

Deno.test("the kernel counts as it says elsewhere: processor time of this thread", () => {
  using files = SystemFiles.open()!;
  const threads = allThreads(files);
  const open = kernelCounters(files.libc);
  const counters = threads.map((thread) =>
    [thread, open(PERF_EVENTS["task-clock"], thread)] as const
  );
  const spent = (thread: number) =>
    Number(files.text(`proc/self/task/${thread}/schedstat`)?.split(" ")[0] ?? NaN);
  const before = new Map(threads.map((thread) => [thread, spent(thread)]));
  for (let sum = 0, i = 0; i < 2e8; i++) sum += i;
  let compared = 0;
  for (const [thread, counter] of counters) {
    if ("errno" in counter) continue;
    const state = counter.read();
    const cpu = spent(thread) - before.get(thread)!;
    counter[Symbol.dispose]();
    if (state === undefined || !(cpu > 5e7)) continue; // of threads that slept there is nothing to see
    compared++;
    assertAlmostEquals(state.count / cpu, 1, 0.25);
  }
  assertEquals(compared >= 1, true, "at least this thread worked");
});
