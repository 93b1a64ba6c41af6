/**
 * RAPL: the energy counters of x86 processors, Intel's and AMD's, by Linux' powercap.
 *
 * @module
 */

import { type Rails, unwrapped } from "./rail.ts";
import { numberIn, type SystemFiles } from "./system_files.ts";

const FOLDER = "sys/class/powercap";
/** A zone, or a zone within one; other names are the same registers once more (`intel-rapl-mmio`). */
const ZONE = /^intel-rapl:\d+(:\d+)?$/;
/**
 * Packages and memory lie beside each other; cores and graphics are parts of a package, and `psys`,
 * the whole board, has everything in it.
 */
const COUNTED = /^(package-\d+(-die-\d+)?|dram)$/;

/** The packages and memories that RAPL counts the energy of. */
export function powercapRails(files: SystemFiles): Rails {
  const seconds = 1;
  const zones = files.list(FOLDER).filter((zone) => ZONE.test(zone))
    .map((zone) => ({ zone, name: files.text(`${FOLDER}/${zone}/name`) ?? "" }))
    .filter(({ name }) => COUNTED.test(name));
  if (zones.length === 0) {
    return {
      rails: [],
      seconds,
      missing: "powercap: there are no RAPL counters, as in many virtual machines " +
        "(or: modprobe intel_rapl_msr)",
    };
  }
  const opened = zones.map(({ zone, name }) => ({
    zone,
    name,
    file: files.file(`${FOLDER}/${zone}/energy_uj`),
  }));
  const closed = opened.find(({ file }) => file === undefined);
  if (closed) {
    for (const { file } of opened) file?.[Symbol.dispose]();
    return {
      rails: [],
      seconds,
      missing: `powercap: the energy of ${closed.zone} may be read by root only: ` +
        `chmod a+r /${FOLDER}/intel-rapl:*/energy_uj`,
    };
  }
  return {
    seconds,
    rails: opened.flatMap(({ zone, name, file }) => {
      if (file === undefined) return [];
      const range = files.number(`${FOLDER}/${zone}/max_energy_range_uj`);
      const microjoules = unwrapped(() => numberIn(file.read()), range);
      return [{
        // Every package has a memory of the same name.
        name: name === "dram" ? `dram-${zone.split(":")[1]}` : name,
        origin: `powercap ${zone}`,
        kind: "energy" as const,
        read() {
          const value = microjoules();
          return value === undefined ? undefined : value * 1e-6;
        },
        [Symbol.dispose]: () => file[Symbol.dispose](),
      }];
    }),
  };
}
