/**
 * A pretended machine: a folder with programs, a home and a `/sys` of its own, and a shell in
 * which command lines find these instead of this machine's. What it runs is real: `kerf-run` is
 * the AArch64 build, started by an emulator.
 *
 * @module
 */

import { processes } from "./processes.ts";

/** What the machine is. */
export interface MachineRootOptions {
  /** What `uname -m` says; without it, this machine's own word, and programs run natively. */
  readonly arch?: "aarch64" | "armv7l";
  /** What Android's services print; a phone has them. */
  readonly android?: { readonly battery: string; readonly thermal: string };
  /** Files below `/sys`, by path from there. */
  readonly sys?: Readonly<Record<string, string>>;
}

/** A little and a big core, and one thermal zone. */
export const TWO_CORES: Readonly<Record<string, string>> = {
  "devices/system/cpu/online": "0-1",
  "devices/system/cpu/cpu0/cpu_capacity": "381",
  "devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq": "1804800",
  "devices/system/cpu/cpu0/cpufreq/scaling_max_freq": "1804800",
  "devices/system/cpu/cpu0/cpufreq/scaling_cur_freq": "1804800",
  "devices/system/cpu/cpu1/cpu_capacity": "1024",
  "devices/system/cpu/cpu1/cpufreq/cpuinfo_max_freq": "2841600",
  "devices/system/cpu/cpu1/cpufreq/scaling_max_freq": "2841600",
  "devices/system/cpu/cpu1/cpufreq/scaling_cur_freq": "2841600",
  "class/thermal/thermal_zone0/type": "cpu-1-0-usr",
  "class/thermal/thermal_zone0/temp": "41300",
  "class/thermal/thermal_zone0/trip_point_0_type": "passive",
  "class/thermal/thermal_zone0/trip_point_0_temp": "95000",
};

/** The folder of a pretended machine; removed at the end. */
export class MachineRoot implements AsyncDisposable {
  private constructor(
    /** Path of the folder. */
    readonly path: string,
  ) {}

  /** Makes the folder. */
  static async make(options: MachineRootOptions = {}): Promise<MachineRoot> {
    const root = new MachineRoot(await Deno.makeTempDir({ prefix: "machine-" }));
    const { path } = root, { arch, android, sys = TWO_CORES } = options;
    for (const folder of ["bin", "home", "data/local/tmp", "proc/device-tree"]) {
      await Deno.mkdir(`${path}/${folder}`, { recursive: true });
    }
    await Deno.writeTextFile(`${path}/proc/device-tree/model`, "Pretended Board Rev 1.2\0");
    for (const [name, text] of Object.entries(sys)) await root.write(`sys/${name}`, text);
    if (arch) {
      await root.script("uname", `case "$1" in -m) echo ${arch};; *) echo Linux 4.19.113;; esac`);
    }
    if (android) {
      await root.script(
        "getprop",
        `case "$1" in
           *release) echo 12;; *manufacturer) echo Pretended;; *product.model) echo Phone;;
           *) echo SM0000;;
         esac`,
      );
      await root.write("battery", android.battery);
      await root.write("thermalservice", android.thermal);
      await root.script("dumpsys", `cat "${path}/$1"`);
    }
    const emulated = arch ? `'qemu-aarch64' '-L' '${path}' ` : "";
    await root.script(
      "shell",
      `export PATH="${path}/bin:$PATH" HOME="${path}/home" XDG_CACHE_HOME=
       exec sh -c "$(printf '%s\\n' "$SSH_ORIGINAL_COMMAND" | sed "
         s# /sys/# ${path}/sys/#g
         s#</proc/device-tree#<${path}/proc/device-tree#g
         s#'/data/#'${path}/data/#g
         s#'sh' '\\([^']*kerf-run\\)'#'sh' ${emulated}'\\1'#")"`,
    );
    return root;
  }

  /** Path of a shell that runs what `SSH_ORIGINAL_COMMAND` says. */
  get shell(): string {
    return `${this.path}/bin/shell`;
  }

  /** Writes a file, its path from the folder on. */
  async write(name: string, text: string): Promise<void> {
    const file = `${this.path}/${name}`;
    await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(file, text.endsWith("\0") ? text : `${text}\n`);
  }

  /** Puts a program on the machine's path. */
  async script(name: string, text: string): Promise<void> {
    await Deno.writeTextFile(`${this.path}/bin/${name}`, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }

  /** Names of all files below a folder of it, without those of the machine itself. */
  async files(folder: string): Promise<string[]> {
    const found: string[] = [];
    for await (const { name, isDirectory } of Deno.readDir(`${this.path}/${folder}`)) {
      const path = `${folder}/${name}`;
      found.push(...isDirectory ? [path, ...await this.files(path)] : [path]);
    }
    return found.sort();
  }

  /** Processes of the machine's runner, behind its emulator or not. */
  async runners(): Promise<number[]> {
    return (await processes()).filter(({ words }) => {
      const program = words[0] === "qemu-aarch64" ? words[3] : words[0];
      return program?.startsWith(this.path) && program.endsWith("kerf-run");
    }).map(({ pid }) => pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

/** Waits until something holds, a few seconds at most. */
export async function eventually(holds: () => Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`it never came to be that ${what}`);
}
