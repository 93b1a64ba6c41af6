import { assertEquals } from "@std/assert";
import { conditionRows, powerRows, readingRows } from "../records/told.ts";
import { summariseReadings, withTold } from "./summarise_told.ts";
import { preparedOf, specOf } from "./testdata/mock_run.ts";

const measured = (value: number) => ({
  quantity: "energy" as const,
  source: "measured" as const,
  value,
  origin: "powercap",
});

Deno.test("readings of several rounds become their median; an unavailable one keeps its reason", () => {
  const rows = [0.3, 0.1, 0.2].flatMap((joules, round) =>
    readingRows({ case: "a", round }, [
      measured(joules),
      { quantity: "l1d-misses", source: "measured", unavailable: "no counters" },
    ])
  );
  assertEquals(summariseReadings(rows), [
    {
      quantity: "energy",
      source: "measured",
      value: { value: 0.2, rounds: 3 },
      origin: "powercap",
    },
    { quantity: "l1d-misses", source: "measured", unavailable: "no counters" },
  ]);
});

Deno.test("a round without a value takes none away from the others", () => {
  const lost = {
    quantity: "energy",
    source: "measured",
    unavailable: "could not be read",
  } as const;
  const rows = [lost, measured(2)].flatMap((reading, round) =>
    readingRows({ case: "a", round }, [reading])
  );
  const [{ value, unavailable }] = summariseReadings(rows);
  assertEquals([value, unavailable], [{ value: 2, rounds: 1 }, undefined]);
});

Deno.test("what is emulated, what is modelled and each operator stay apart", () => {
  const cycles = { quantity: "cycles" as const, value: 7 };
  const rows = readingRows({ case: "a" }, [
    { ...cycles, source: "emulated" },
    { ...cycles, source: "modelled" },
    { ...cycles, source: "emulated", operator: "conv1" },
  ]);
  assertEquals(summariseReadings(rows).length, 3);
});

Deno.test("operators that share a name add up within a round, whole calls never", () => {
  const misses = { quantity: "l1d-misses" as const, source: "emulated" as const };
  const rows = [10, 20].flatMap((value, round) =>
    readingRows({ case: "a", round }, [
      { ...misses, operator: "conv1/padding", value },
      { ...misses, operator: "conv1/padding", value: 5 },
      { ...misses, operator: "conv1", value: 100 },
      { ...misses, value },
      { ...misses, value },
    ])
  );
  assertEquals(summariseReadings(rows).map(({ operator, value }) => [operator, value]), [
    ["conv1/padding", { value: 20, rounds: 2 }],
    ["conv1", { value: 100, rounds: 2 }],
    [undefined, { value: 15, rounds: 4 }],
  ]);
});

Deno.test("each case gets what was told of it, and its held-back rounds", () => {
  const traces = [
    { rail: "package-0", hertz: 100, seconds: [0.01, 0.02], watts: [2, 5], calls: [0.01, 0.02] },
    { rail: "dram-0", hertz: 100, seconds: [0.01, 0.02], watts: [1, 1], calls: [0.01, 0.02] },
  ] as const;
  const state = { celsius: { soc: 80 }, hertz: { cpu7: 2.84e9 } };
  const later = { celsius: { soc: 90 }, hertz: { cpu7: 1.8e9 } };
  const [a, b] = ["a", "b"].map((method) => {
    const { program: _, ...row } = preparedOf(specOf(method), "subject");
    return row;
  });
  const conditions = conditionRows({ case: b.id, round: 2 }, [
    { before: state, after: state },
    { before: state, after: later, throttled: "cpu7 fell" },
    { before: state, after: later, throttled: "cpu7 fell" },
  ]);
  assertEquals(conditions.map(({ when, what, value }) => [when, what, value]), [
    ["before", "temperature", 80],
    ["before", "clock", 2.84e9],
    ["after", "temperature", 90],
    ["after", "clock", 1.8e9],
    ["after", "throttled", undefined],
  ]);
  const told = {
    readings: readingRows({ case: a.id, round: 0 }, [measured(1)]),
    power: powerRows({ case: a.id, round: 0 }, traces),
    conditions,
  };
  const [first, second] = withTold([a, b], told);
  assertEquals(first.power, traces);
  assertEquals([first.readings?.length, first.throttled], [1, undefined]);
  assertEquals([second.readings, second.power], [undefined, undefined]);
  assertEquals(second.throttled, ["round 3: cpu7 fell"]);
});
