/**
 * A real OpenSSH server on the loopback device, with keys and settings of its own, that lets the
 * current user into a pretended machine.
 *
 * @module
 */

import type { MachineRoot } from "./machine_root.ts";
import { processes } from "./processes.ts";

const SSHD = "/usr/sbin/sshd";

/** What keeps the server from being started; undefined when it can be. */
export async function missingSshServer(): Promise<string | undefined> {
  for (const path of [SSHD, "/usr/bin/ssh", "/usr/bin/ssh-keygen"]) {
    if (!await Deno.stat(path).then(() => true, () => false)) return `${path} is not there`;
  }
  return undefined;
}

/** The server; ends with everything that runs on it. */
export class SshServer implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #log: Promise<string>;

  private constructor(
    /** Folder of keys and settings. */
    readonly folder: string,
    /** Where it listens. */
    readonly port: number,
    process: Deno.ChildProcess,
  ) {
    this.#process = process;
    this.#log = new Response(process.stderr).text();
  }

  /** Starts a server for a machine. */
  static async start(root: MachineRoot): Promise<SshServer> {
    const folder = await Deno.makeTempDir({ prefix: "sshd-" });
    for (const name of ["host", "user", "stranger"]) await makeKey(`${folder}/${name}`);
    // Servers of root want an empty folder, which the system's own start script makes.
    if (Deno.uid() === 0) await Deno.mkdir("/run/sshd", { recursive: true, mode: 0o755 });
    const port = freePort();
    // A shell that is not the first reads none of the user's own start files, which may be slow.
    await Deno.copyFile(`${folder}/user.pub`, `${folder}/authorized_keys`);
    await Deno.writeTextFile(
      `${folder}/sshd_config`,
      `ListenAddress 127.0.0.1:${port}
HostKey ${folder}/host
AuthorizedKeysFile ${folder}/authorized_keys
ForceCommand ${root.shell}
KbdInteractiveAuthentication no
PasswordAuthentication no
PermitRootLogin prohibit-password
PidFile none
SetEnv SHLVL=2
StrictModes no
UsePAM no
`,
    );
    const key = (await Deno.readTextFile(`${folder}/host.pub`)).trim();
    await Deno.writeTextFile(`${folder}/known_hosts`, `[127.0.0.1]:${port} ${key}\n`);
    const process = new Deno.Command(SSHD, {
      args: ["-D", "-e", "-f", `${folder}/sshd_config`],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const server = new SshServer(folder, port, process);
    await server.#listening();
    return server;
  }

  /** Writes a client's configuration for the server; its path. */
  async config(
    { key = "user", knownHosts = `${this.folder}/known_hosts` }: {
      key?: "user" | "stranger";
      knownHosts?: string;
    } = {},
  ): Promise<string> {
    const path = `${this.folder}/config-${crypto.randomUUID()}`;
    await Deno.writeTextFile(
      path,
      `Host board
  HostName 127.0.0.1
  Port ${this.port}
Host *
  IdentityFile ${this.folder}/${key}
  IdentitiesOnly yes
  UserKnownHostsFile ${knownHosts}
  GlobalKnownHostsFile none
`,
    );
    return path;
  }

  /** Ends all connections, as when a board loses power. */
  async cut(): Promise<void> {
    const all = await processes();
    const childrenOf = (pid: number) => all.filter(({ parent }) => parent === pid);
    for (const { pid } of childrenOf(this.#process.pid)) {
      for (const child of childrenOf(pid)) Deno.kill(child.pid, "SIGKILL");
      Deno.kill(pid, "SIGKILL");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    await this.#process.status;
    await this.#log;
    await Deno.remove(this.folder, { recursive: true });
  }

  async #listening(): Promise<void> {
    for (let tries = 0; tries < 100; tries++) {
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port: this.port })).close();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    this.#process.kill("SIGTERM");
    throw new Error(`the ssh server does not listen: ${await this.#log}`);
  }
}

async function makeKey(path: string): Promise<void> {
  const args = ["-q", "-t", "ed25519", "-N", "", "-f", path];
  const { success, stderr } = await new Deno.Command("ssh-keygen", { args }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}
