import { assertEquals, assertThrows } from "@std/assert";
import { curveCsv, parseCurve, parseRecord, recordJson } from "./record.ts";
import { epochRecord, exampleTraining } from "./testing.ts";

const METRICS = ["AP@.5", "AP-small"];

Deno.test("a curve is read back as it was; what was not judged is an empty cell", () => {
  const epochs = [
    epochRecord(1),
    epochRecord(2, { "AP@.5": 0.123456789, "AP-small": NaN }),
    epochRecord(3, { "AP@.5": 1, "AP-small": 0 }),
  ];
  const text = curveCsv(METRICS, epochs);
  assertEquals(text.split("\r\n").slice(0, 3), [
    "epoch,step,rate,loss,penalty,AP@.5,AP-small,train_seconds,evaluation_seconds",
    "1,10,0.1,2,0,,,1.5,0.25",
    "2,20,0.05,1,0,0.123456789,,1.5,0.25",
  ]);
  const read = parseCurve(METRICS, text, "curve.csv");
  assertEquals(read, [epochs[0], epochRecord(2, { "AP@.5": 0.123456789 }), epochs[2]]);
});

Deno.test("a row that a crash cut short is left out, any other damage is refused by its place", () => {
  const text = curveCsv([], [epochRecord(1), epochRecord(2)]);
  assertEquals(parseCurve([], text.slice(0, -5), "curve.csv").map(({ epoch }) => epoch), [1]);
  assertThrows(
    () => parseCurve([], text.replace("1.5", "x"), "curve.csv"),
    SyntaxError,
    '"curve.csv" line 2',
  );
  assertThrows(() => parseCurve(["top-1"], text, "curve.csv"), SyntaxError, "top-1");
});

Deno.test("a record is read back as it was; of another version or without its parts it is refused", () => {
  const { record } = exampleTraining();
  assertEquals(parseRecord(recordJson(record), "run.json"), record);
  const parts = JSON.parse(recordJson(record));
  const damaged = (changes: object) => JSON.stringify({ ...parts, ...changes });
  assertThrows(() => parseRecord("{", "run.json"), SyntaxError, '"run.json" as it is no JSON');
  assertThrows(() => parseRecord(damaged({ schema: 9 }), "run.json"), SyntaxError, '"schema"');
  assertThrows(() => parseRecord(damaged({ model: null }), "run.json"), SyntaxError, '"model"');
});
