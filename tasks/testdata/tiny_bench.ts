/** `deno task bench` with a suite that takes seconds, for tests. */
import { tinySuite } from "../../suites/testing.ts";
import { bench } from "../bench.ts";

if (import.meta.main) Deno.exit(await bench(Deno.args, [tinySuite]));
