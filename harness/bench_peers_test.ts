import { assert, assertEquals, assertExists, assertStringIncludes } from "@std/assert";
import { assertRejects } from "@std/assert";
import { withExample } from "../devices/peers/testing.ts";
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
      const own = `peer:${path}`;
      const rows = rowsWith("onnxruntime", own, "peer:./no/such");
      const settings = tinySettings(out, [], { rows, threads: [1, 2], rounds: 1, blocks: 2 });
      const { run } = await startBench(settings, { openDevice });
      const peers = run.cases.filter(({ role }) => role === "peer");
      assertEquals(peers.map(({ spec, status }) => `${spec.method} ${status}`), [
        ...["onnxruntime ok", `${own} ok`, "peer:./no/such skipped"],
        ...["onnxruntime ok", `${own} ok`, "peer:./no/such skipped"],
      ]);
      for (const { spec, latency, relativeError, reason } of peers) {
        if (spec.method !== own) continue;
        assert(latency!.value > 0);
        assert(relativeError! < 1e-5);
        assertEquals(reason, undefined);
      }
      assertStringIncludes(peers[2].reason!, "no such file");
      const { environment } = run.manifest;
      assertStringIncludes(environment[`device ${own}`], "ONNX Runtime, unoptimized; onnxruntime");
      assertStringIncludes(environment["device peer:./no/such"], "unavailable: no such file");
      const table = renderTable(run);
      assertStringIncludes(table, "skipped: ");
      assertStringIncludes(table, "Of several other engines a speed-up is over the fastest");
      assertExists(run.cases.find(({ role }) => role === "baseline")?.speedupPeer);
    })
  );
});

Deno.test("a run is not resumed with another version of a peer than it began with", async () => {
  await withExample((path) =>
    withFolder(async (out) => {
      const settings = tinySettings(out, [], { rows: rowsWith(`peer:${path}`) });
      const { folder } = await startBench(settings, interrupted((_, round) => round === 1));
      const script = await Deno.readTextFile(path);
      await Deno.writeTextFile(path, script.replace("unoptimized", "another version"));
      const { message } = await assertRejects(
        () => resumeBench(folder, { ...SCRIPTED, openSuite: () => Promise.resolve(tinySuite) }),
        Error,
      );
      assertStringIncludes(message, `"device peer:${path}" must be what it was`);
      assertStringIncludes(message, 'current value is "ONNX Runtime, another version;');
    })
  );
});
