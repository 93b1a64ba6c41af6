import { assert, assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import type { MockProgram } from "../../devices/mock.ts";
import {
  FOUR_PROGRAMS,
  fourCases,
  mockRounds,
  preparedOf,
  setupOf,
  specOf,
} from "./testdata/mock_run.ts";
import type { PreparedCase } from "./prepared.ts";
import type { RunResult } from "../result.ts";
import type { RoundExecutor, RoundRequest } from "./round.ts";
import { type MeasureProgress, measureRun } from "./run.ts";
import type { RunSetup } from "./setup.ts";
import { spawnRounds } from "./spawn.ts";
import { readRun, RunStore } from "../records/store.ts";

/** A new run in a temporary folder, which is removed afterwards. */
async function withStore(
  prepared: readonly PreparedCase[],
  test: (store: RunStore) => Promise<void>,
  setup: Partial<RunSetup> = {},
): Promise<void> {
  const results = await Deno.makeTempDir();
  try {
    const store = RunStore.create(results, setupOf(setup));
    for (const one of prepared) store.addPrepared(one);
    await test(store);
  } finally {
    await Deno.remove(results, { recursive: true });
  }
}

/** The row whose program is `method`; of the baseline, not its copy. */
function rowOf(result: RunResult, method: string) {
  const row = result.cases.find(({ spec, role }) => spec.method === method && role !== "A/A");
  assert(row);
  return row;
}

Deno.test("measureRun() finds the scripted times and speed-ups and stores all it found", async () => {
  const program = { kind: "plan", path: "direct" } as const;
  const direct = preparedOf(specOf("dense", { scheme: "direct" }), "direct", { program });
  await withStore([...fourCases(), direct], async (store) => {
    const programs = { ...FOUR_PROGRAMS, direct: { ms: 11 } };
    const result = await measureRun(store, { execute: mockRounds(programs) });
    const half = rowOf(result, "half");
    assertEquals(half.status, "ok");
    assertEquals(half.latency?.value, 5.5);
    assertEquals(half.latency?.rounds, 6);
    assertEquals(half.spread?.samples, 18);
    assertEquals(half.speedupDense?.value, 10 / 5.5);
    assertEquals(half.speedupDense?.verdict, "faster");
    assertEquals(half.speedupPeer?.value, 12 / 5.5);
    assertEquals(half.speedupDirect?.value, 11 / 5.5);
    assertEquals(half.efficiency?.value, 11 / 5.5 / 2);
    assertEquals(rowOf(result, "onnxruntime").efficiency, undefined);
    assertEquals(half.load?.value, 10);
    assertEquals(rowOf(result, "dense").speedupDense, undefined);
    assertEquals(rowOf(result, "onnxruntime").speedupDense?.verdict, "slower");
    assertEquals(result.aaBand, { low: 1, high: 1 });
    assert(result.manifest.finished);
    assertEquals(readRun(store.folder), result);
  });
});

Deno.test("of several peers the fastest that gave the right output is what rows are held against", async () => {
  const [dense, copy, onnxruntime, half] = fourCases();
  const peer = (method: string, change: Partial<PreparedCase> = {}) =>
    preparedOf(specOf(method), "peer", change);
  const wrong = peer("quick", { relativeError: 0.1 });
  const missing = peer("absent", { status: "skipped", reason: "pip install absent" });
  const cases = [dense, copy, onnxruntime, peer("pytorch"), wrong, missing, half];
  await withStore(cases, async (store) => {
    const programs = { ...FOUR_PROGRAMS, pytorch: { ms: 11 }, quick: { ms: 1 } };
    const result = await measureRun(store, { execute: mockRounds(programs) });
    assertEquals(rowOf(result, "half").speedupPeer?.value, 11 / 5.5);
    assertEquals(rowOf(result, "pytorch").speedupPeer, undefined);
    assertEquals(rowOf(result, "onnxruntime").speedupPeer?.value, 11 / 12);
    assertEquals(rowOf(result, "quick").status, "invalid");
    const absent = rowOf(result, "absent");
    assertEquals([absent.status, absent.reason], ["skipped", "pip install absent"]);
    assertEquals(readRun(store.folder), result);
  });
});

Deno.test("ONNX Runtime alone may come unchecked, being what others are checked against", async () => {
  const unchecked = ["onnxruntime", "pytorch"].map((method) => {
    const { relativeError: _, ...prepared } = preparedOf(specOf(method), "peer");
    return prepared;
  });
  await withStore([fourCases()[0], ...unchecked], async (store) => {
    const programs = { ...FOUR_PROGRAMS, pytorch: { ms: 1 } };
    const result = await measureRun(store, { execute: mockRounds(programs) });
    assertEquals(rowOf(result, "onnxruntime").status, "ok");
    const { status, reason } = rowOf(result, "pytorch");
    assertEquals([status, reason], ["invalid", "its output was not checked"]);
  });
});

Deno.test("measureRun() gives no verdict and no interval from too few rounds, and says so", async () => {
  await withStore(fourCases(), async (store) => {
    const result = await measureRun(store, { execute: mockRounds(FOUR_PROGRAMS) });
    const half = rowOf(result, "half");
    assertEquals(half.latency, { value: 5.5, rounds: 3 });
    assertEquals(half.speedupDense?.verdict, "none shown");
    assertEquals(result.aaBand, undefined);
    const codes = result.manifest.warnings.map(({ code }) => code);
    assertEquals(codes, ["too-few-rounds", "no-aa-band"]);
  }, { rounds: 3 });
});

Deno.test("measureRun() never measures a case whose output is wrong or unchecked", async () => {
  const cases = [
    preparedOf(specOf("wrong"), "subject", { relativeError: 2e-4 }),
    preparedOf(specOf("nan"), "subject", { relativeError: NaN }),
    preparedOf(specOf("unchecked"), "subject", { relativeError: undefined }),
  ];
  await withStore([...fourCases(), ...cases], async (store) => {
    const visited = new Set<string>();
    const inner = mockRounds(FOUR_PROGRAMS);
    const execute: RoundExecutor = (request, emit, signal) => {
      for (const id of request.schedule.flat()) visited.add(id);
      return inner(request, emit, signal);
    };
    const result = await measureRun(store, { execute });
    assertEquals(visited, new Set(fourCases().map(({ id }) => id)));
    for (const { spec: { method } } of cases) {
      const row = rowOf(result, method);
      assertEquals(row.status, "invalid");
      assertEquals(row.latency, undefined);
      assertEquals(row.macs, 1e6);
    }
    assertStringIncludes(rowOf(result, "wrong").reason ?? "", "current value is 0.0002");
    assertEquals(
      rowOf(result, "nan").reason,
      "its output must be finite everywhere: a value is not",
    );
  });
});

Deno.test("measureRun() holds a case to what rounding on its device explains", async () => {
  const half = (relativeError: number) =>
    preparedOf(specOf("half", { device: `halves ${relativeError}` }), "subject", {
      relativeError,
      tolerance: 5e-3,
    });
  const [right, wrong] = [half(4e-3), half(6e-3)];
  await withStore([...fourCases(), right, wrong], async (store) => {
    const result = await measureRun(store, { execute: mockRounds(FOUR_PROGRAMS) });
    const [first, second] = [right, wrong].map(({ id }) => result.cases.find((c) => c.id === id)!);
    assertEquals([first.status, second.status], ["ok", "invalid"]);
    assertStringIncludes(second.reason!, "must be at most 0.005: current value is 0.006");
    const stored = readRun(store.folder).cases.find(({ id }) => id === right.id)!;
    assertEquals([stored.relativeError, stored.tolerance], [4e-3, 5e-3]);
  });
});

Deno.test("measureRun() declares a row invalid that is faster than the machine", async () => {
  const impossible = preparedOf(specOf("half", { rate: 2 }), "subject", { macs: 1e9 });
  const cases = [...fourCases().filter(({ role }) => role !== "subject"), impossible];
  await withStore(cases, async (store) => {
    const result = await measureRun(store, { execute: mockRounds(FOUR_PROGRAMS) });
    const row = rowOf(result, "half");
    assertEquals(row.status, "invalid");
    assertStringIncludes(row.reason ?? "", "363.6 GFLOP/s is more than the 160.0");
    assertEquals([row.latency, row.speedupDense], [undefined, undefined]);
    assertEquals(rowOf(result, "dense").status, "ok");
  }, { peakGflops: 160 });
});

Deno.test("measureRun() leaves out a case that fails twice and goes on with the others", async () => {
  const programs = { ...FOUR_PROGRAMS, half: { ms: 5, failCall: 3 } };
  await withStore(fourCases(), async (store) => {
    const requests: RoundRequest[] = [];
    const result = await measureRun(store, { execute: recording(requests, mockRounds(programs)) });
    assertEquals(requests.map(({ cases }) => cases.length), [4, 4, 3, 3, 3, 3]);
    assertEquals(rowOf(result, "half").status, "failed");
    assertEquals(rowOf(result, "half").reason, "call 3 failed");
    assertEquals(rowOf(result, "dense").latency?.rounds, 6);
    assertEquals(result.manifest.warnings.map(({ code }) => code), [
      "round-failed",
      "round-failed",
    ]);
    // The order of the others is what it would have been.
    const undisturbed: RoundRequest[] = [];
    await withStore(fourCases(), async (other) => {
      await measureRun(other, { execute: recording(undisturbed, mockRounds(FOUR_PROGRAMS)) });
    });
    const half = rowOf(result, "half").id;
    assertEquals(
      requests[5].schedule,
      undisturbed[5].schedule.map((visits) => visits.filter((id) => id !== half)),
    );
  });
});

Deno.test("measureRun() keeps a case that fails once, with the rounds it has", async () => {
  let sessions = 0;
  const onCall = (call: number) => {
    if (call === 1 && ++sessions === 2) throw new Error("once");
  };
  await withStore(fourCases(), async (store) => {
    const programs = { ...FOUR_PROGRAMS, half: { ms: 5.5, onCall } };
    const row = rowOf(await measureRun(store, { execute: mockRounds(programs) }), "half");
    assertEquals(row.status, "ok");
    assertEquals(row.latency?.rounds, 5);
    assertEquals(row.notes, ["round 2 failed: once"]);
  });
});

Deno.test("measureRun() does a round once more when its process dies", async () => {
  await withStore(fourCases(), async (store) => {
    const inner = mockRounds(FOUR_PROGRAMS);
    const rounds: number[] = [];
    const execute: RoundExecutor = (request, emit, signal) => {
      rounds.push(request.round);
      if (rounds.length !== 3) return inner(request, emit, signal);
      emit({ type: "begin", case: request.schedule[0][0] });
      emit({ type: "error", message: "ended by SIGKILL" });
      return Promise.resolve();
    };
    const result = await measureRun(store, { execute });
    assertEquals(rounds, [0, 1, 2, 2, 3, 4, 5]);
    assertEquals(result.cases.map((row) => row.latency?.rounds), [6, 6, 6, 6]);
    assertStringIncludes(result.manifest.warnings[0].cause, "ended by SIGKILL");
  });
});

Deno.test("measureRun() leaves out the case in which real processes die, and keeps the rest", async () => {
  const cases = [
    preparedOf(specOf("good"), "baseline"),
    preparedOf(specOf("killed"), "subject"),
  ];
  await withStore(cases, async (store) => {
    const execute = spawnRounds(new URL("./testdata/mock_round.ts", import.meta.url));
    const result = await measureRun(store, { execute });
    assertEquals(rowOf(result, "good").latency, { value: 1, rounds: 1 });
    assertEquals(rowOf(result, "killed").status, "failed");
    assertStringIncludes(rowOf(result, "killed").reason ?? "", "SIGKILL");
  }, { rounds: 1 });
});

Deno.test("measureRun() gives up a round that never gets as far as a case", async () => {
  await withStore(fourCases(), async (store) => {
    let calls = 0;
    const execute: RoundExecutor = (_request, emit) => {
      calls++;
      emit({ type: "error", message: "no such module" });
      return Promise.resolve();
    };
    const result = await measureRun(store, { execute });
    assertEquals(calls, 4);
    assertEquals(result.cases.map(({ status }) => status), Array(4).fill("failed"));
    assertEquals(result.cases[0].reason, "no such module");
  }, { rounds: 2 });
});

Deno.test("an interrupted run keeps its finished rounds, and resumed does what the whole would have done", async () => {
  const noisy: Record<string, MockProgram> = Object.fromEntries(
    Object.entries(FOUR_PROGRAMS).map(([name, { ms }]) => [name, { ms, noise: 0.05 }]),
  );
  await withStore(fourCases(), async (whole) => {
    const expected = await measureRun(whole, { execute: mockRounds(noisy) });
    await withStore(fourCases(), async (store) => {
      const abort = new AbortController();
      const inner = mockRounds(noisy);
      const interrupted = await measureRun(store, {
        signal: abort.signal,
        execute: (request, emit, signal) =>
          inner(request, (event) => {
            emit(event);
            if (request.round === 2 && event.type === "visit" && event.block === 1) abort.abort();
          }, signal),
      });
      assertEquals(interrupted.manifest.finished, undefined);
      assertEquals(interrupted.cases.map((row) => row.latency?.rounds), [2, 2, 2, 2]);
      assertEquals(readRun(store.folder), interrupted);

      const resumed = RunStore.resume(store.folder);
      assertEquals(resumed.progress.finishedRounds, [0, 1]);
      const requests: RoundRequest[] = [];
      const result = await measureRun(resumed, { execute: recording(requests, inner) });
      assertEquals(requests.map(({ round }) => round), [2, 3, 4, 5]);
      assertEquals(result.cases, expected.cases);
      assertEquals(
        await Deno.readTextFile(`${store.folder}/samples.csv`),
        await Deno.readTextFile(`${whole.folder}/samples.csv`),
      );
    });
  });
});

Deno.test("a run interrupted before its first round has rows that say so", async () => {
  await withStore(fourCases(), async (store) => {
    const execute = mockRounds(FOUR_PROGRAMS);
    const result = await measureRun(store, { execute, signal: AbortSignal.abort() });
    assertEquals(result.cases.map(({ status }) => status), Array(4).fill("interrupted"));
    assertEquals(readRun(store.folder), result);
  });
});

Deno.test("measureRun() tells how far it is, ever further, to the end", async () => {
  await withStore(fourCases(), async (store) => {
    const told: MeasureProgress[] = [];
    await measureRun(store, {
      execute: mockRounds(FOUR_PROGRAMS),
      onProgress: (progress) => told.push(progress),
    });
    for (let i = 1; i < told.length; i++) {
      assert(told[i].fraction >= told[i - 1].fraction);
    }
    assertEquals(told.at(-1)?.fraction, 1);
    assertEquals(told.at(-1)?.remainingMs, 0);
    assertGreater(told.filter(({ label }) => label === "half on mock").length, 6);
  });
});

function recording(requests: RoundRequest[], inner: RoundExecutor): RoundExecutor {
  return (request, emit, signal) => {
    requests.push(request);
    return inner(request, emit, signal);
  };
}
