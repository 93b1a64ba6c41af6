import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import type { Device } from "../devices/device.ts";
import { openDevice } from "../devices/registry.ts";
import { withFolder } from "../suites/datasets/testing.ts";
import { tinySuite } from "../suites/testing.ts";
import { type BenchOptions, resumeBench, startBench } from "./bench.ts";
import type { RoundExecutor } from "./measure/round.ts";
import { writeRunPage } from "./report/publish_run.ts";
import { renderTable } from "./report/table.ts";
import { interrupted, scriptedRounds, tinySettings } from "./testdata/tiny_run.ts";

const BOARD = "ssh:alice@mars.example:2222#big";
const TOLD = /alice|mars|:2222|192\.168/;

/** This machine, said to be a board that is reached by ssh. */
function boards(opened: string[], model = "Pi 4 Model B"): BenchOptions["openDevice"] {
  return async (id): Promise<Device> => {
    const host = await openDevice(id === BOARD ? "host" : id);
    if (id !== BOARD) return host;
    opened.push(id);
    return {
      id,
      timebase: "native",
      probe: () => Promise.resolve({ available: true, name: model, facts: {}, missing: [] }),
      supports: (program) => host.supports(program),
      async load(program, options) {
        const session = await host.load(program, options);
        return {
          notes: [`files are in /tmp/alice/scratch.1 of ${id}`],
          run: (inputs) => session.run(inputs),
          measure: (request) => session.measure(request),
          [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
        };
      },
      [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
    };
  };
}

/** Rounds in which a case on the board fails as ssh would tell it. */
function failing(devices: string[]): RoundExecutor {
  return (request, emit, signal) =>
    scriptedRounds(request, (event) => {
      const one = "case" in event && request.cases.find(({ id }) => id === event.case);
      if (one) devices.push(one.device);
      if (event.type !== "load" || !one || one.device !== BOARD) return emit(event);
      const message = "Cannot reach alice@mars.example (ssh says: host 192.168.1.20 is down)";
      emit({ type: "error", case: one.id, message });
    }, signal);
}

/** Everything in a folder that is published, as text. */
async function published(folder: string): Promise<string> {
  const texts: string[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile && name !== "progress.json") texts.push(await Deno.readTextFile(join(folder, name)));
  }
  assert(texts.length >= 4);
  return texts.join("\n");
}

Deno.test("nothing that is published tells the address of a board, and its runs are resumed by it", async () => {
  await withFolder(async (out) => {
    const opened: string[] = [], devices: string[] = [];
    const settings = tinySettings(out, ["unstructured"], {
      devices: ["host", BOARD],
      command: `deno task bench tiny --devices host,'${BOARD}'`,
    });
    const first = await startBench(settings, {
      ...interrupted((_, round) => round === 1),
      openDevice: boards(opened),
    });
    assertEquals(first.interrupted, true);
    const { run, folder, interrupted: again } = await resumeBench(first.folder, {
      openSuite: () => Promise.resolve(tinySuite),
      openDevice: boards(opened),
      execute: failing(devices),
    });
    assertEquals([again, opened], [false, [BOARD, BOARD]]);
    assertEquals(new Set(devices), new Set(["host", BOARD, "onnxruntime"]));
    await writeRunPage(run, folder);
    for (const text of [await published(folder), renderTable(run), JSON.stringify(run)]) {
      assertEquals(TOLD.exec(text)?.[0], undefined);
      assertMatch(text, /ssh:pi-4-model-b-[0-9a-f]{6}#big/);
    }
    const { command, settings: told, environment } = run.manifest;
    assertMatch(
      command,
      /^deno task bench tiny --devices host,'ssh:pi-4-model-b-[0-9a-f]{6}#big'$/,
    );
    const id = String(told.devices).split(", ")[1];
    assertEquals(environment[`device ${id}`], "Pi 4 Model B");
    const notes = run.cases.filter(({ spec }) => spec.device === id).flatMap(({ notes }) => notes);
    assert(notes.includes(`files are in scratch.1 of ${id}`), notes.join("; "));
  });
});

Deno.test("a run is not resumed on a board of another model", async () => {
  await withFolder(async (out) => {
    const settings = tinySettings(out, [], { devices: [BOARD] });
    const options = interrupted((_, round) => round === 1);
    const { folder } = await startBench(settings, { ...options, openDevice: boards([]) });
    const outcome = resumeBench(folder, {
      openSuite: () => Promise.resolve(tinySuite),
      openDevice: boards([], "Pi 5"),
      execute: scriptedRounds,
    });
    const message = await outcome.then(() => "resumed", (error: Error) => error.message);
    assertMatch(message, /device "ssh:pi-4-.*" must be what it was: current value is "ssh:pi-5-/);
  });
});
