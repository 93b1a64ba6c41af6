/**
 * Small runs on the mock device, for the tests of the harness.
 *
 * @module
 */

import { MockDevice, type MockProgram } from "../../../devices/mock.ts";
import { caseId, caseLabel, secondCopy } from "../../case.ts";
import type { PreparedCase } from "../prepared.ts";
import { SCHEMA_VERSION } from "../../records/records.ts";
import type { CaseResult, CaseSpec } from "../../result.ts";
import { type RoundExecutor, runRound } from "../round.ts";
import type { RunSetup } from "../setup.ts";

/** A case spec on the mock device. */
export function specOf(method: string, change: Partial<CaseSpec> = {}): CaseSpec {
  return {
    suite: "fixture",
    model: "tiny",
    method,
    scheme: "",
    options: {},
    rate: 1,
    device: "mock",
    threads: 1,
    seed: 0,
    ...change,
  };
}

/** A case that is ready; its program's path is the method's name. */
export function preparedOf(
  spec: CaseSpec,
  role: CaseResult["role"],
  change: Partial<PreparedCase> = {},
): PreparedCase {
  return {
    id: caseId(spec),
    spec,
    label: caseLabel(spec),
    role,
    status: "ok",
    notes: [],
    macs: 1e6 / spec.rate,
    rate: spec.rate,
    params: 1000,
    valueBytes: 4000,
    indexBytes: 0,
    relativeError: 1e-6,
    tolerance: 1e-4,
    layers: [],
    program: { kind: "plan", path: spec.method },
    ...change,
  };
}

/** Baseline, its second copy, the peer, and one subject that computes half. */
export function fourCases(): readonly PreparedCase[] {
  const dense = specOf("dense");
  return [
    preparedOf(dense, "baseline"),
    preparedOf(secondCopy(dense), "A/A"),
    preparedOf(specOf("onnxruntime"), "peer"),
    preparedOf(specOf("half", { rate: 2 }), "subject"),
  ];
}

/** What the programs of {@linkcode fourCases} do, without noise. */
export const FOUR_PROGRAMS: Readonly<Record<string, MockProgram>> = {
  dense: { ms: 10 },
  onnxruntime: { ms: 12 },
  half: { ms: 5.5 },
};

/** A setup of few calls. */
export function setupOf(change: Partial<RunSetup> = {}): RunSetup {
  return {
    manifest: {
      schema: SCHEMA_VERSION,
      run: "2026-01-02T03-04-05-fixture",
      machine: "mock-1c",
      suite: "fixture",
      started: "2026-01-02T03:04:05.000Z",
      command: "deno task bench fixture",
      input: "zeros",
      settings: { rounds: 6 },
      seeds: { schedule: 7 },
      environment: { cpu: "mock" },
      warnings: [],
    },
    cases: [],
    rounds: 6,
    blocks: 3,
    measure: {
      warmupCalls: 1,
      warmupMs: 0,
      visitWarmupCalls: 0,
      restMs: 0,
      samples: 1,
      layers: true,
    },
    scheduleSeed: 7,
    ...change,
  };
}

/** Carries out rounds in this process on a mock device, which starts anew in each. */
export function mockRounds(programs: Readonly<Record<string, MockProgram>>): RoundExecutor {
  return (request, emit, signal) => {
    const device = new MockDevice(programs, request.round);
    return runRound(request, () => Promise.resolve(device), emit, { signal, now: device.now });
  };
}
