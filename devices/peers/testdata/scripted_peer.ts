/**
 * A peer engine that only pretends: every output is its input times two, and every run takes a
 * millisecond. The first argument says what goes wrong, and in which request, e.g. `"hang load"`.
 *
 * @module
 */

import { createInterface } from "node:readline";
import { Readable } from "node:stream";

const [fault = "", where = ""] = (Deno.args[0] ?? "").split(" ");
let values = new Float32Array(1);
let shape = [1];
let threads = 0;

const say = (answer: unknown) => console.log(JSON.stringify(answer));

// deno-lint-ignore no-explicit-any -- what comes is what the tests are about
function answer(request: any): Record<string, unknown> {
  switch (request.do) {
    case "hello":
      return {
        name: "Scripted 1.0",
        facts: { version: "1.0", protocol: String(request.protocol) },
      };
    case "load":
      threads = request.threads;
      return { outputs: ["y"], notes: [`${request.path} on ${threads} threads`] };
    case "setInput":
      shape = request.shape;
      values = new Float32Array(Deno.readFileSync(request.path).buffer);
      return {};
    case "measure":
      return { ns: Array.from({ length: request.n }, (_, i) => 1_000_000 + i) };
    case "output":
      Deno.writeFileSync(request.path, new Uint8Array(values.map((x) => 2 * x).buffer));
      return { shape };
    default:
      return {};
  }
}

for await (const line of createInterface({ input: Readable.from(Deno.stdin.readable) })) {
  const request = JSON.parse(line);
  if (request.do === where || where === "all") {
    if (fault === "hang") await new Promise((end) => setTimeout(end, 60_000));
    if (fault === "exit") {
      console.error("no more memory");
      Deno.exit(3);
    }
    if (fault === "crash") Deno.kill(Deno.pid, "SIGKILL");
    if (fault === "refuse") say({ error: "there is no TopK", unsupported: true });
    if (fault === "fail") say({ error: "it did not work" });
    if (fault === "refuse" || fault === "fail") continue;
    if (fault === "noise") console.log('loading...\n{"progress": 1}\n[1]\n12');
    if (fault === "short") {
      say({ ok: true, ns: [5] });
      continue;
    }
    if (fault === "wrong") {
      say({ ok: true, ns: [0], outputs: [1], shape: "big", name: 7 });
      continue;
    }
  }
  say({ ok: true, ...answer(request) });
  if (request.do === "quit") break;
}
