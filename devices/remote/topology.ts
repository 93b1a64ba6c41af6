/**
 * The cores of another machine in clusters: big, mid and little ones.
 *
 * @module
 */

import type { ClusterChoice } from "./address.ts";
import { type Files, matching } from "./sysfs.ts";

/** Cores that are equally fast. */
export interface Cluster {
  /** The fastest are big; the slowest of several are little; all between are mid. */
  readonly name: "big" | "mid" | "little";
  /** Their numbers, ascending. */
  readonly cpus: readonly number[];
  /** The highest clock, hertz; where it is told. */
  readonly maxHertz?: number;
}

/** What {@linkcode parseTopology} needs. */
export const TOPOLOGY_FILES = [
  "/sys/devices/system/cpu/online",
  "/sys/devices/system/cpu/cpu*/cpu_capacity",
  "/sys/devices/system/cpu/cpu*/cpufreq/cpuinfo_max_freq",
] as const;

/** Cores of one cluster differ by less: turbo clocks of good cores, chips that were binned. */
const SAME = 0.9;

/** Numbers of a list as the kernel writes it, e.g. `"0-3,7"`. */
export function parseCpuList(text: string): number[] {
  return text.split(",").filter(Boolean).flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** A list as the kernel writes it, e.g. `"0-3,7"`. */
export function formatCpuList(cpus: readonly number[]): string {
  const runs: number[][] = [];
  for (const cpu of cpus.toSorted((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last?.at(-1) === cpu - 1) last.push(cpu);
    else runs.push([cpu]);
  }
  return runs.map((run) => run.length > 1 ? `${run[0]}-${run.at(-1)}` : `${run[0]}`).join(",");
}

/**
 * Finds clusters by what the kernel knows of the cores: their capacity, which is of the work that
 * they do, and their highest clock. Where it knows neither, all cores are one cluster.
 *
 * @throws {RangeError} when no core is told.
 */
export function parseTopology(files: Files): Cluster[] {
  const [online] = matching(files, /(\/sys\/devices\/system\/cpu\/online)$/).values();
  const cpus = parseCpuList(online ?? "");
  if (!cpus.length) throw new RangeError("Cannot tell the cores as /sys must list those online");
  const capacity = matching(files, /\/cpu(\d+)\/cpu_capacity$/);
  const khz = matching(files, /\/cpu(\d+)\/cpufreq\/cpuinfo_max_freq$/);
  const cores = cpus.map((cpu) => ({
    cpu,
    capacity: Number(capacity.get(`${cpu}`) ?? 0),
    hertz: 1000 * Number(khz.get(`${cpu}`) ?? 0),
  })).sort((a, b) => b.capacity - a.capacity || b.hertz - a.hertz || a.cpu - b.cpu);
  const groups: (typeof cores)[] = [];
  for (const core of cores) {
    const [first] = groups.at(-1) ?? [];
    const same = first && core.capacity >= SAME * first.capacity &&
      core.hertz >= SAME * first.hertz && first.hertz >= SAME * core.hertz;
    if (same) groups.at(-1)!.push(core);
    else groups.push([core]);
  }
  const [big, ...rest] = groups, little = rest.pop();
  return ([["big", big], ["mid", rest.flat()], ["little", little ?? []]] as const)
    .filter(([, group]) => group.length)
    .map(([name, group]) => {
      const maxHertz = Math.max(...group.map(({ hertz }) => hertz));
      const cpus = group.map(({ cpu }) => cpu).sort((a, b) => a - b);
      return { name, cpus, ...(maxHertz && { maxHertz }) };
    });
}

/**
 * The cores to run on: those of the chosen cluster; without a choice the fastest clusters that
 * hold all threads.
 *
 * @throws {RangeError} when there is no such cluster, or it has too few cores.
 */
export function chooseCpus(
  clusters: readonly Cluster[],
  choice: ClusterChoice | undefined,
  threads: number,
): number[] {
  const chosen: number[] = [];
  for (const { name, cpus } of clusters) {
    const wanted = choice === undefined
      ? chosen.length < threads
      : choice === "all" || choice === name;
    if (wanted) chosen.push(...cpus);
  }
  const what = choice === undefined || choice === "all" ? "the cores" : `the ${choice} cores`;
  if (chosen.length < threads) {
    throw new RangeError(
      `Cannot run ${threads} threads on ${what} as each needs one of its own: current value is ` +
        `${chosen.length} of ${describeClusters(clusters)}`,
    );
  }
  return chosen.sort((a, b) => a - b);
}

/** Clusters in a few words, e.g. `"big 7 (2.84 GHz), little 0-3 (1.80 GHz)"`. */
export function describeClusters(clusters: readonly Cluster[]): string {
  return clusters.map(({ name, cpus, maxHertz }) =>
    `${name} ${formatCpuList(cpus)}${maxHertz ? ` (${(maxHertz / 1e9).toFixed(2)} GHz)` : ""}`
  ).join(", ");
}
