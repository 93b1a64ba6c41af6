import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { withFolder } from "../../suites/datasets/testing.ts";
import { judgeLedger } from "./judge.ts";
import { writeLedger } from "./publish.ts";
import { NO_RESULTS } from "./testing.ts";

Deno.test("table and page are written whole into a folder that need not exist", () =>
  withFolder(async (folder) => {
    const lines = judgeLedger(NO_RESULTS), results = join(folder, "a", "results");
    const passedOver = [{ folder: "m/old", reason: "of another version" }];
    const { csv, page } = await writeLedger(results, lines, { passedOver });
    assertEquals([...Deno.readDirSync(results)].map(({ name }) => name).sort(), [
      ...["ledger.csv", "ledger.html"],
    ]);
    assert(Deno.readTextFileSync(csv).startsWith("id,paper,claim,"));
    assertStringIncludes(Deno.readTextFileSync(page), "of another version");
  }));
