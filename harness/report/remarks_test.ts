import { assertEquals } from "@std/assert";
import type { CaseResult } from "../result.ts";
import { remarks } from "./remarks.ts";
import { exampleRun } from "./testdata/example_run.ts";

Deno.test("a note that several rows share is told once with their names", () => {
  const [, ...others] = exampleRun().cases;
  const subjects = others.filter((row) => row.role === "subject").slice(0, 3);
  const noted = subjects.map((row, i) => ({ ...row, notes: i < 2 ? ["shared"] : ["own"] }));
  assertEquals(remarks(noted), [
    `${subjects[0].label}, ${subjects[1].label}: shared`,
    `${subjects[2].label}: own`,
  ]);
  const all = subjects.map((row) => ({ ...row, notes: ["one-shot"] }));
  assertEquals(remarks(all), ["all compressed models: one-shot"]);
});

Deno.test("a note of all that ran on a device, or of a model on all devices, is told so", () => {
  const on = (device: string, notes: (row: CaseResult) => string[]) =>
    exampleRun().cases.filter(({ role }) => role !== "A/A" && role !== "peer").map((row) => ({
      ...row,
      label: `${row.label} on ${device}`,
      spec: { ...row.spec, device },
      notes: notes(row),
    }));
  const told = ({ status, label }: CaseResult) => [
    ...(label === "rt3d filter" ? ["few"] : []),
    ...(status === "skipped" ? [] : ["a CPU"]),
  ];
  const rows = [...on("host", (row) => told(row).filter((note) => note === "few"))];
  assertEquals(remarks([...rows, ...on("opencl:0", told)]), [
    "rt3d filter: few",
    "all on opencl:0: a CPU",
  ]);
  const some = on("opencl:0", ({ label }) => label === "rt3d filter" ? ["few"] : []);
  assertEquals(remarks([...on("host", () => []), ...some]), ["rt3d filter on opencl:0: few"]);
});
