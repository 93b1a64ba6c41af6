import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type ListedRun, renderIndex } from "./index_page.ts";

function listed(started: string, path: string, headline = "Found nothing."): ListedRun {
  return { title: "c3d on m", started, finished: true, about: "input: clip", path, headline };
}

Deno.test("runs are listed newest first, each with a link and its headline", async () => {
  const page = await renderIndex([
    listed("2026-01-01T00:00:00Z", "m/old/index.html"),
    listed("2026-03-01T00:00:00Z", "m/new/index.html", "3.12× our dense model."),
    listed("2026-02-01T00:00:00Z", "m/mid/index.html"),
  ]);
  const links = [...page.matchAll(/href="([^"]*)"/g)].map(([, link]) => link);
  assertEquals(links, ["./m/new/index.html", "./m/mid/index.html", "./m/old/index.html"]);
  assertStringIncludes(page, "3.12× our dense model.");
  assertStringIncludes(page, "2026-03-01 00:00 UTC");
});

Deno.test("the claims ledger is linked where there is one", async () => {
  assertStringIncludes(await renderIndex([], [], true), 'href="./ledger.html"');
  assert(!(await renderIndex([], [])).includes("ledger.html"));
});

Deno.test("a hostile path stays a relative link, and a hostile headline stays text", async () => {
  const page = await renderIndex([
    listed("2026-01-01T00:00:00Z", 'javascript:alert(1)//"><img onerror=x>', "<script>x</script>"),
  ]);
  assertStringIncludes(page, 'href="./javascript%3Aalert(1)//%22%3E%3Cimg%20onerror%3Dx%3E"');
  assert(!page.includes("<script>"));
});

Deno.test("overviews of all networks stand above the runs", async () => {
  const page = await renderIndex([listed("2026-01-01T00:00:00Z", "m/run/index.html")], ["m"]);
  const links = [...page.matchAll(/href="([^"]*)"/g)].map(([, link]) => link);
  assertEquals(links, ["./m/networks.md", "./m/run/index.html"]);
  assertStringIncludes(page, "All networks on m");
});

Deno.test("no runs are said, not left blank", async () => {
  assertStringIncludes(await renderIndex([]), "There are no runs yet.");
});
