import { assertEquals, assertThrows } from "@std/assert";
import { childText, parseXml } from "./xml.ts";

Deno.test("parseXml() reads elements and text and passes over the rest", () => {
  const root = parseXml(
    `\uFEFF<?xml version="1.0"?>\n<!-- a <b> -->\n<a x="1>2" y='z'>\n  <b>one &amp; &#116;w&#x6f;</b>` +
      `<c/><b><![CDATA[<raw> & ]]></b><d >\n</d ></a>\n`,
    "file",
  );
  assertEquals([root.name, root.text], ["a", ""]);
  assertEquals(root.children.map(({ name, text }) => [name, text]), [
    ["b", "one & two"],
    ["c", ""],
    ["b", "<raw> &"],
    ["d", ""],
  ]);
  assertEquals([childText(root, "b"), childText(root, "x")], ["one & two", undefined]);
});

Deno.test("parseXml() names the line of what is broken", () => {
  const cases: [string, string][] = [
    ["<a>\n<b>\n</a>", "</a> without its <a> in line 3"],
    ["<a>\n<b", "a broken tag in line 2"],
    ["<a>", "no </a> in line 1"],
    ["</a>", "</a> without its <a>"],
    ["", "0 outermost elements"],
    ["<a/><b/>", "2 outermost elements"],
    ["text<a/>", "1 outermost elements"],
  ];
  for (const [text, message] of cases) {
    assertThrows(() => parseXml(text, "f"), SyntaxError, message);
  }
});

Deno.test("parseXml() takes deep nesting and long text without recursion", () => {
  const depth = 20_000;
  const root = parseXml("<a>".repeat(depth) + "x".repeat(1e6) + "</a>".repeat(depth), "deep");
  assertEquals(root.children.length, 1);
});
