import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { tensor } from "../graph/tensor.ts";
import { writePlan } from "../kernels/plan/write.ts";
import { everyKind } from "../kernels/testing/plans.ts";
import { threadsNamed } from "./counters/event_counts.ts";
import { kernelCounters, PERF_EVENTS } from "./counters/perf_event.ts";
import { SystemFiles } from "./counters/system_files.ts";
import { openHost } from "./host.ts";

Deno.test("the host takes inputs by name, and goes on after wrong ones", async () => {
  const path = await Deno.makeTempFile();
  try {
    await writePlan(everyKind(1), path);
    await using device = await openHost();
    await using session = await device.load({ kind: "plan", path }, { threads: 1 });
    const inputs = (shape: number[], name = "scale") =>
      new Map([
        ["x", tensor(new Float32Array(288).fill(1), [2, 3, 6, 8])],
        [name, tensor(new Float32Array(shape[0]), shape)],
      ]);
    await assertRejects(
      () => session.run(inputs([3])),
      RangeError,
      'Cannot set input "scale" of shape [4] as it must have 4 values: current value is 3',
    );
    const named = "its inputs must be [x,scale]: current value is";
    await assertRejects(() => session.run(new Map()), RangeError, `${named} []`);
    await assertRejects(() => session.run(inputs([4], "z")), RangeError, `${named} [x,z]`);
    const outputs = await session.run(inputs([4]));
    const shapes = [...outputs].map(([name, { shape }]) => [name, shape]);
    assertEquals(shapes, [["probabilities", [4, 60]], ["scores", [7]]]);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("the runtime's threads, and no others, are counted apart", async () => {
  const path = await Deno.makeTempFile();
  try {
    await writePlan(everyKind(1), path);
    using files = SystemFiles.open()!;
    await using device = await openHost();
    await using session = await device.load({ kind: "plan", path }, { threads: 2 });
    // A thread gives itself its name when it first gets a processor, at the latest in the first call.
    await session.measure({ warmupCalls: 0, warmupMs: 0, samples: 1 });
    const threads = threadsNamed(files, "kerf-worker");
    assertEquals(threads.length, 2);
    // Processor time is an event that every kernel counts; it tells it elsewhere, too.
    const spent = () =>
      threads.map((id) => Number(files.text(`proc/self/task/${id}/schedstat`)!.split(" ")[0]))
        .reduce((sum, ns) => sum + ns);
    const before = spent();
    const counters = threads.map((id) => {
      const counter = kernelCounters(files.libc)(PERF_EVENTS["task-clock"], id);
      assert(!("errno" in counter));
      return counter;
    });
    await session.measure({ warmupCalls: 0, warmupMs: 0, samples: 500 });
    const counted = counters.reduce((sum, counter) => sum + counter.read()!.count, 0);
    const told = spent() - before;
    for (const counter of counters) counter[Symbol.dispose]();
    // Not the same to the digit: each leaves out a part of switching from thread to thread.
    assertGreater(counted, told / 2);
    assertLess(counted, told * 1.1);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("instructions of a call are the same each time, where the processor counts them; else it is said", async () => {
  const path = await Deno.makeTempFile();
  try {
    await writePlan(everyKind(1), path);
    await using device = await openHost();
    await using session = await device.load({ kind: "plan", path }, { threads: 2 });
    const request = { warmupCalls: 1, warmupMs: 0, samples: 0, readings: true };
    const { readings = [] } = await session.measure(request);
    const { readings: again = [] } = await session.measure(request);
    assertEquals(readings.map(({ quantity }) => quantity).slice(-5), [
      ...["cycles", "instructions", "l1d-misses", "llc-misses", "branch-misses"],
    ]);
    const of = (list: typeof readings) => list.find(({ quantity }) => quantity === "instructions")!;
    const { value, unavailable } = of(readings);
    if (value === undefined) {
      assertStringIncludes(unavailable!, "perf: ");
    } else {
      assertGreater(value, 10_000);
      assertAlmostEquals(of(again).value! / value, 1, 0.2);
    }
  } finally {
    await Deno.remove(path);
  }
});
