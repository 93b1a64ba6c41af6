import { assertThrows } from "@std/assert";
import { expectVoxels, IGNORED } from "./voxels.ts";

const OUTPUT = [1, 3, 1, 2, 2];

Deno.test("a label has a class, or none that counts, for each voxel", () => {
  expectVoxels("Cannot judge label 0", Uint8Array.of(0, 2, 1, IGNORED), OUTPUT);
  assertThrows(
    () => expectVoxels("Cannot judge label 0", Uint8Array.of(0, 1, 2), OUTPUT),
    RangeError,
    "Cannot judge label 0 as it must have the 4 voxels of [1,2,2]: current value is 3 voxels",
  );
  assertThrows(
    () => expectVoxels("Cannot judge label 0", Uint8Array.of(0, 1, 2, 3), OUTPUT),
    RangeError,
    "must be of one of the network's 3 classes, or 255: current value is 3",
  );
});
