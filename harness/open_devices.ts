/**
 * The devices of a run, open and known to work.
 *
 * @module
 */

import { type Device, DeviceUnavailableError, type Probe } from "../devices/device.ts";
import { type Environment, readEnvironment } from "./environment/environment.ts";

/** Where compressed models run. */
const HOST = "host";

/** The devices of a run; closed together. */
export class OpenDevices implements AsyncDisposable {
  readonly #opened: AsyncDisposableStack;
  /** Runs the compressed models. */
  readonly host: Device;
  /** The machine and the tools. */
  readonly environment: Environment;

  private constructor(opened: AsyncDisposableStack, host: Device, { facts }: Probe) {
    this.#opened = opened;
    this.host = host;
    this.environment = readEnvironment({ tools: facts });
  }

  /**
   * Opens devices, the host always among them.
   *
   * @throws {DeviceUnavailableError} when one lacks something.
   */
  static async open(
    ids: readonly string[],
    openDevice: (id: string) => Promise<Device>,
  ): Promise<OpenDevices> {
    await using opened = new AsyncDisposableStack();
    const probed = new Map<string, [Device, Probe]>();
    for (const id of new Set([HOST, ...ids])) {
      const device = opened.use(await openDevice(id));
      const probe = await device.probe();
      if (!probe.available) throw new DeviceUnavailableError(id, probe.missing);
      probed.set(id, [device, probe]);
    }
    return new OpenDevices(opened.move(), ...probed.get(HOST)!);
  }

  /** Closes all devices. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync();
  }
}
