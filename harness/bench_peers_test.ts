import { assert, assertEquals, assertExists, assertStringIncludes } from "@std/assert";
import { assertRejects } from "@std/assert";
import { join } from "node:path";
import { withExample } from "../devices/peers/testing.ts";
import { publishDevice } from "../devices/published.ts";
import { openDevice } from "../devices/registry.ts";
import { withFolder } from "../suites/datasets/testing.ts";
import { peerRow } from "../suites/rows.ts";
import { tinySuite } from "../suites/testing.ts";
import { resumeBench, startBench } from "./bench.ts";
import { renderTable } from "./report/table.ts";
import { interrupted, SCRIPTED, tinySettings } from "./testdata/tiny_run.ts";

/** The baseline and some peers. */
function rowsWith(...peers: readonly string[]) {
  return [...tinySuite.rows.filter(({ role }) => role === "baseline"), ...peers.map(peerRow)];
}

Deno.test("peers take turns with ours in the same rounds, checked; one that is missing says why", async () => {
  await withExample((path) =>
    withFolder(async (out) => {
      const { id: own } = publishDevice(`peer:${path}`, "any");
      const rows = rowsWith("onnxruntime", `peer:${path}`, "peer:./no/such");
      const settings = tinySettings(out, [], { rows, threads: [1, 2], rounds: 1, blocks: 2 });
      const { run } = await startBench(settings, { openDevice });
      const peers = run.cases.filter(({ role }) => role === "peer");
      assertEquals(peers.map(({ spec, status }) => `${spec.method} ${status}`), [
        ...["onnxruntime ok", `${own} ok`, "peer:such skipped"],
        ...["onnxruntime ok", `${own} ok`, "peer:such skipped"],
      ]);
      for (const { spec, latency, relativeError, reason } of peers) {
        if (spec.method !== own) continue;
        assert(latency!.value > 0);
        assert(relativeError! < 1e-5);
        assertEquals(reason, undefined);
      }
      assertStringIncludes(peers[2].reason!, 'no such file: "such"');
      const { environment } = run.manifest;
      assertStringIncludes(environment[`device ${own}`], "ONNX Runtime, unoptimized; onnxruntime");
      assertStringIncludes(environment["device peer:such"], "unavailable: no such file");
      const table = renderTable(run);
      assertStringIncludes(table, "skipped: ");
      assertStringIncludes(table, "Of several other engines a speed-up is over the fastest");
      assertExists(run.cases.find(({ role }) => role === "baseline")?.speedupPeer);
    })
  );
});

Deno.test("a run is not resumed with another version of a peer than it began with", async () => {
  await withExample((path, inside) =>
    withFolder(async (out) => {
      const starter = join(inside, "starter");
      await Deno.writeTextFile(starter, `#!/bin/sh\nexec "${path}" "$@"\n`, { mode: 0o755 });
      const settings = tinySettings(out, [], { rows: rowsWith(`peer:${starter}`) });
      const { folder } = await startBench(settings, interrupted((_, round) => round === 1));
      const { id } = publishDevice(`peer:${starter}`, "any");
      const resumed = async () => {
        const openSuite = () => Promise.resolve(tinySuite);
        return (await assertRejects(() =>
          resumeBench(folder, { ...SCRIPTED, openSuite })
        )) as Error;
      };
      const script = await Deno.readTextFile(path);
      await Deno.writeTextFile(path, script.replace("unoptimized", "another version"));
      const version = await resumed();
      assertStringIncludes(version.message, `"device ${id}" must be what it was`);
      assertStringIncludes(version.message, 'current value is "ONNX Runtime, another version;');
      await Deno.writeTextFile(starter, `#!/bin/sh\n\nexec "${path}" "$@"\n`);
      const program = await resumed();
      assertStringIncludes(program.message, `device "${id}" must be what it was: current value is`);
    })
  );
});
