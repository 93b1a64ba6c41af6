import { assertEquals, assertThrows } from "@std/assert";
import { withFolder } from "../../suites/datasets/testing.ts";
import {
  readSamplingErrors,
  SAMPLING_ERRORS_FILE,
  samplingErrorRows,
  writeSamplingErrors,
} from "./sampling_errors.ts";

const RUN = {
  suite: "c3d",
  device: "snapdragon-865",
  threads: 1,
  kernels: "direct",
  sample: 16,
} as const;
const ERRORS = [
  {
    operator: "conv2",
    quantity: "energy",
    whole: 2,
    estimate: 2.5,
    error: 0.25,
    units: 64,
    countedUnits: 16,
  },
  { quantity: "llc-misses", whole: 0, estimate: 3 },
] as const;

Deno.test("errors are written with their units, and what has no value stays empty", () =>
  withFolder((folder) => {
    const rows = samplingErrorRows(RUN, ERRORS);
    assertEquals(rows[0].counted_units, 16);
    assertEquals(Object.keys(rows[1]).length, 8);
    assertEquals(
      writeSamplingErrors(`${folder}/new`, rows),
      `${folder}/new/${SAMPLING_ERRORS_FILE}`,
    );
    assertEquals(readSamplingErrors(`${folder}/new`), rows);
    return Promise.resolve();
  }));

Deno.test("a run takes the place of what it was before, and others stay", () =>
  withFolder((folder) => {
    const other = samplingErrorRows({ ...RUN, device: "exynos-7420" }, ERRORS);
    writeSamplingErrors(folder, [...samplingErrorRows(RUN, ERRORS), ...other]);
    const again = samplingErrorRows(RUN, [{ ...ERRORS[0], error: 0.5, estimate: 3 }]);
    writeSamplingErrors(folder, again);
    assertEquals(readSamplingErrors(folder), [...other, ...again]);
    return Promise.resolve();
  }));

Deno.test("a file that is something else is refused, and left alone", () =>
  withFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/${SAMPLING_ERRORS_FILE}`, "a,b\n1,2\n");
    assertThrows(
      () => writeSamplingErrors(folder, samplingErrorRows(RUN, ERRORS)),
      SyntaxError,
      "header must be",
    );
    assertEquals(Deno.readTextFileSync(`${folder}/${SAMPLING_ERRORS_FILE}`), "a,b\n1,2\n");
    return Promise.resolve();
  }));
