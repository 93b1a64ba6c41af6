import { assertEquals, assertThrows } from "@std/assert";
import { readAnswer, requestLine, UnsupportedModelError } from "./protocol.ts";

Deno.test("a request is one line of JSON with its name", () => {
  assertEquals(requestLine("run", {}), '{"do":"run"}\n');
  assertEquals(
    requestLine("load", { path: "a\nb.onnx", threads: 2 }),
    '{"do":"load","path":"a\\nb.onnx","threads":2}\n',
  );
});

Deno.test("lines that are no answers are passed over", () => {
  for (const line of ["", "loading", "12", "null", "[1]", '{"progress":1}', '{"ok":tru']) {
    assertEquals(readAnswer("run", line), undefined);
  }
});

Deno.test("an answer that lacks something, or has it in another form, is refused with the field", () => {
  for (
    const [verb, line, message] of [
      ["hello", '{"ok":true,"facts":{}}', '"name" must be a string: current value is undefined'],
      ["hello", '{"ok":true,"name":"x","facts":{"a":1}}', '"facts" must be an object of strings'],
      ["load", '{"ok":true,"outputs":"y"}', '"outputs" must be a list of strings'],
      ["load", '{"ok":true,"outputs":["y"],"notes":[1]}', '"notes" must be a list of strings'],
      ["measure", '{"ok":true,"ns":[5,0]}', '"ns" must be a list of nanoseconds'],
      ["measure", '{"ok":true,"ns":[1.5]}', "current value is [1.5]"],
      ["output", '{"ok":true,"shape":[1,-1]}', '"shape" must be a list of positive integers'],
    ] as const
  ) {
    assertThrows(() => readAnswer(verb, line), TypeError, message);
  }
});

Deno.test("errors come with the child's message, and by kind", () => {
  const plain = assertThrows(() => readAnswer("load", '{"error":"out of memory"}'), Error);
  assertEquals([plain.name, plain.message], ["Error", "out of memory"]);
  assertThrows(
    () => readAnswer("load", '{"error":"no TopK","unsupported":true}'),
    UnsupportedModelError,
    "no TopK",
  );
});
