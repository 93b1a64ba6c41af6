/**
 * Sensors of boards, by Linux' hwmon: of power, of energy, and of current and voltage where there is
 * nothing else.
 *
 * @module
 */

import { type Rail, type Rails, unwrapped } from "./rail.ts";
import { numberIn, type SystemFiles } from "./system_files.ts";

const FOLDER = "sys/class/hwmon";
/** Chips that measure something else than the processor and its memory. */
const OTHERS = /^(amdgpu|radeon|nouveau|nvme|drivetemp|BAT\w*|battery|bq\w+|max170\w+|usb|ac)$/i;
/** Labels of a rail that feeds everything, e.g. of Jetson boards; the others are parts of it. */
const WHOLE = /^(VDD_IN|POM_5V_IN|SYS5V\w*|total\b.*|psys|p_?in)$/i;
/** Labels of rails that have nothing to do with the processor or its memory. */
const ELSEWHERE = /gpu|fan|usb|hdd|ssd|wifi|display|modem|^Ecore/i;

/** The board's sensors: the one of the whole board where there is one, else all of the processor. */
export function hwmonRails(files: SystemFiles): Rails {
  const found = files.list(FOLDER).flatMap((chip) => {
    const folder = `${FOLDER}/${chip}`;
    const name = files.text(`${folder}/name`) ?? chip;
    return OTHERS.test(name) ? [] : railsOf(files, folder, name);
  });
  const wholes = found.filter(({ name }) => WHOLE.test(name));
  const chosen = wholes.length > 0
    ? wholes.slice(0, 1)
    : found.filter(({ name }) => !ELSEWHERE.test(name));
  for (const rail of found) if (!chosen.includes(rail)) rail[Symbol.dispose]();
  return {
    rails: chosen,
    seconds: 2,
    ...(chosen.length === 0 && {
      missing: "hwmon: no sensor tells power, energy, or current and voltage",
    }),
  };
}

/** The rails of one chip: a channel's energy before its power, its power before volts x amperes. */
function railsOf(files: SystemFiles, folder: string, chip: string): Rail[] {
  const names = new Set(files.list(folder));
  const channels = (kind: string) =>
    [...names].flatMap((name) =>
      new RegExp(`^${kind}(\\d+)_(input|average)$`).exec(name)?.[1] ?? []
    )
      .filter((channel, i, all) => all.indexOf(channel) === i);
  const label = (kind: string, channel: string) =>
    files.text(`${folder}/${kind}${channel}_label`) ?? `${chip}-${kind}${channel}`;
  const open = (name: string) => files.file(`${folder}/${name}`);
  const energies = channels("energy").flatMap((channel): Rail[] => {
    const file = open(`energy${channel}_input`);
    if (!file) return [];
    const microjoules = unwrapped(() => numberIn(file.read()));
    return [{
      name: label("energy", channel),
      origin: `hwmon ${chip} energy${channel}`,
      kind: "energy",
      read: () => scaled(microjoules(), 1e-6),
      [Symbol.dispose]: () => file[Symbol.dispose](),
    }];
  });
  if (energies.length > 0) return energies;
  const powers = channels("power").flatMap((channel): Rail[] => {
    const file = open(`power${channel}_input`) ?? open(`power${channel}_average`);
    if (!file) return [];
    return [{
      name: label("power", channel),
      origin: `hwmon ${chip} power${channel}`,
      kind: "power",
      read: () => scaled(numberIn(file.read()), 1e-6),
      [Symbol.dispose]: () => file[Symbol.dispose](),
    }];
  });
  if (powers.length > 0) return powers;
  return channels("curr").flatMap((channel): Rail[] => {
    // Chips like INA3221 give the voltage of a channel the same number as its current.
    const current = open(`curr${channel}_input`), voltage = open(`in${channel}_input`);
    const close = () => [current, voltage].forEach((file) => file?.[Symbol.dispose]());
    if (!current || !voltage) {
      close();
      return [];
    }
    return [{
      name: names.has(`in${channel}_label`) ? label("in", channel) : label("curr", channel),
      origin: `hwmon ${chip} in${channel} x curr${channel}`,
      kind: "power",
      read() {
        const milliamperes = numberIn(current.read()), millivolts = numberIn(voltage.read());
        if (milliamperes === undefined || millivolts === undefined) return undefined;
        return milliamperes * millivolts * 1e-6;
      },
      [Symbol.dispose]: close,
    }];
  });
}

function scaled(value: number | undefined, factor: number): number | undefined {
  return value === undefined ? undefined : value * factor;
}
