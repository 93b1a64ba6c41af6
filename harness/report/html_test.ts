import { assertEquals, assertThrows } from "@std/assert";
import { html, jsonElement, relativeUrl, scriptElement } from "./html.ts";

Deno.test("text is escaped, HTML and lists of it are not, nothing is nothing", () => {
  const items = ["<b>", "&"].map((text) => html`<li>${text}</li>`);
  assertEquals(
    html`<ul title="${`"'`}">${items}${undefined}${7}</ul>`.source,
    '<ul title="&quot;&#39;"><li>&lt;b&gt;</li><li>&amp;</li>7</ul>',
  );
});

Deno.test("data in a script element cannot close it and reads back the same", () => {
  const value = { name: "</script><!--<script>" };
  const { source } = jsonElement("data", value);
  assertEquals(source.match(/</g)?.length, 2);
  assertEquals(JSON.parse(source.replace(/^<[^>]*>/, "").replace(/<[^<]*$/, "")), value);
});

Deno.test("a script that would end its element is refused", () => {
  assertThrows(() => scriptElement("'</SCRIPT>'", "module"), TypeError, "Cannot embed a script");
  assertThrows(() => scriptElement("<!-- ", "module"), TypeError);
});

Deno.test("a path becomes a relative link, part by part", () => {
  assertEquals(relativeUrl("a b/c?d/#e"), "./a%20b/c%3Fd/%23e");
});
