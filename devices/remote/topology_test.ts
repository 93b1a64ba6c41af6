import { assertEquals, assertThrows } from "@std/assert";
import { parseFiles } from "./sysfs.ts";
import { RASPBERRY_PI_4, RK3588, SNAPDRAGON_865 } from "./testing/recorded.ts";
import {
  chooseCpus,
  describeClusters,
  formatCpuList,
  parseCpuList,
  parseTopology,
} from "./topology.ts";

const clustersOf = (text: string) => parseTopology(parseFiles(text));
const told = (text: string) => describeClusters(clustersOf(text));

Deno.test("a chip of three kinds of cores has three clusters", () => {
  assertEquals(told(SNAPDRAGON_865), "big 7 (2.84 GHz), mid 4-6 (2.42 GHz), little 0-3 (1.80 GHz)");
});

Deno.test("cores that differ by how they were binned are one cluster", () => {
  assertEquals(told(RK3588), "big 4-7 (2.40 GHz), little 0-3 (1.80 GHz)");
});

Deno.test("equal cores are all big, also where nothing is known of them", () => {
  assertEquals(told(RASPBERRY_PI_4), "big 0-3 (1.50 GHz)");
  assertEquals(told("/sys/devices/system/cpu/online:0,2-3"), "big 0,2-3");
});

Deno.test("cores that are off belong to no cluster", () => {
  const off = SNAPDRAGON_865.replace("online:0-7", "online:0-6");
  assertEquals(told(off), "big 4-6 (2.42 GHz), little 0-3 (1.80 GHz)");
});

Deno.test("all kinds between the fastest and the slowest are mid", () => {
  const four = [0, 1, 2, 3].map((cpu) => `/cpu${cpu}/cpufreq/cpuinfo_max_freq:${cpu + 1}000000`);
  const online = "/sys/devices/system/cpu/online:0-3";
  assertEquals(
    told([online, ...four].join("\n")),
    "big 3 (4.00 GHz), mid 1-2 (3.00 GHz), little 0 (1.00 GHz)",
  );
});

Deno.test("a machine that lists no cores is refused", () => {
  assertThrows(() => clustersOf("/sys/x:1"), RangeError, "must list those online");
});

Deno.test("without a choice threads get the fastest clusters that hold them", () => {
  const clusters = clustersOf(SNAPDRAGON_865);
  const cpus = (threads: number) => formatCpuList(chooseCpus(clusters, undefined, threads));
  assertEquals([1, 2, 4, 5, 8].map(cpus), ["7", "4-7", "4-7", "0-7", "0-7"]);
  assertThrows(
    () => cpus(9),
    RangeError,
    "Cannot run 9 threads on the cores as each needs one of its own: current value is 8 of big 7",
  );
});

Deno.test("a chosen cluster is taken whole, and refuses more threads than it has cores", () => {
  const clusters = clustersOf(SNAPDRAGON_865);
  assertEquals(chooseCpus(clusters, "little", 1), [0, 1, 2, 3]);
  assertEquals(chooseCpus(clusters, "mid", 3), [4, 5, 6]);
  assertEquals(chooseCpus(clusters, "all", 1), [0, 1, 2, 3, 4, 5, 6, 7]);
  assertThrows(() => chooseCpus(clusters, "big", 2), RangeError, "2 threads on the big cores");
  assertThrows(
    () => chooseCpus(clustersOf(RASPBERRY_PI_4), "little", 1),
    RangeError,
    "is 0 of big",
  );
});

Deno.test("lists of cores are written as they are read", () => {
  for (const list of ["0", "0-3", "0,2", "0-1,4-7,9"]) {
    assertEquals(formatCpuList(parseCpuList(list)), list);
  }
  assertEquals(formatCpuList([3, 1, 2]), "1-3");
  assertEquals(parseCpuList(""), []);
});
