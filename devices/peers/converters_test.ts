import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { writeOnnx } from "../../graph/onnx/write.ts";
import { randomInputs, smallNet } from "../../graph/testing.ts";
import { values } from "../../graph/tensor.ts";
import { DeviceUnavailableError } from "../device.ts";
import { openPeer, type PeerEngine } from "./engine.ts";
import { MNN } from "./mnn.ts";
import { NCNN } from "./ncnn.ts";
import { UnsupportedModelError } from "./protocol.ts";
import { scriptedCommand } from "./testing.ts";
import { TFLITE } from "./tflite.ts";

/** What an engine's converter is called, what it is given, and what it leaves behind. */
interface Converter {
  readonly engine: PeerEngine;
  readonly tool: string;
  readonly args: (onnx: string, folder: string) => readonly string[];
  readonly made: readonly string[];
}

const CONVERTERS: readonly Converter[] = [
  {
    engine: NCNN,
    tool: "pnnx",
    args: (_onnx, folder) => [
      `${folder}/network.onnx`,
      ...["inputshape=[1,3,13,12]", "fp16=0"],
      `ncnnparam=${folder}/network.ncnn.param`,
      `ncnnbin=${folder}/network.ncnn.bin`,
    ],
    made: ["network.ncnn.param", "network.ncnn.bin"],
  },
  {
    engine: MNN,
    tool: "mnnconvert",
    args: (onnx, folder) => [
      ...["-f", "ONNX", "--modelFile", onnx, "--MNNModel", `${folder}/network.mnn`],
      ...["--bizCode", "kerf"],
    ],
    made: ["network.mnn"],
  },
  {
    engine: TFLITE,
    tool: "onnx2tf",
    args: (_onnx, folder) => ["-i", `${folder}/network.onnx`, "-o", folder, "-n", "-k", "image"],
    made: ["network_float32.tflite"],
  },
];

/** A folder of programs that stands for the path: a Python that has any module, and a converter. */
async function withPrograms(
  programs: Readonly<Record<string, string>>,
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const before = Deno.env.get("PATH") ?? "";
  try {
    for (const [name, script] of Object.entries(programs)) {
      const path = join(folder, name);
      await Deno.writeTextFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    Deno.env.set("PATH", `${folder}:/usr/bin:/bin`);
    await test(folder);
  } finally {
    Deno.env.set("PATH", before);
    await Deno.remove(folder, { recursive: true });
  }
}

const { command, args = [] } = scriptedCommand();
/** Has every module; the engine's script is replaced by the scripted engine. */
const PYTHON = `[ "$1" = -c ] || exec ${[command, ...args].map((word) => `'${word}'`).join(" ")}`;

for (const { engine, tool, args, made } of CONVERTERS) {
  Deno.test(`${engine.name} loads what ${tool} made of the model, once for all rounds`, async () => {
    const convert = [
      'printf "%s\\n" "$@" >> "$(dirname "$0")/args"',
      ...made.map((name) => `echo made > ${name}`),
    ].join("\n");
    await withPrograms({ python3: PYTHON, [tool]: convert }, async (folder) => {
      const model = smallNet(2);
      const program = { kind: "onnx", path: join(folder, "model.onnx") } as const;
      await writeOnnx(model, program.path);
      await using device = await openPeer(engine);
      const inputs = randomInputs(model);
      for (const threads of [1, 2]) {
        await using session = await device.load(program, { threads });
        assertEquals(session.notes, [`${program.path}.${engine.id} on ${threads} threads`]);
        const [output] = (await session.run(inputs)).values();
        assertEquals(values(output), values(inputs.get("image")!).map((x) => 2 * x));
      }
      const given = (await Deno.readTextFile(join(folder, "args"))).trim().split("\n");
      assertEquals(given, args(program.path, `${program.path}.${engine.id}`));
    });
  });

  Deno.test(`${engine.name} refuses a model that ${tool} cannot convert, with what it said`, async () => {
    const refuse = "echo 'no such operator: Mish' >&2; exit 1";
    await withPrograms({ python3: PYTHON, [tool]: refuse }, async (folder) => {
      const path = join(folder, "model.onnx");
      await writeOnnx(smallNet(2), path);
      await using device = await openPeer(engine);
      const error = await assertRejects(
        () => device.load({ kind: "onnx", path }, { threads: 1 }),
        UnsupportedModelError,
      );
      assertStringIncludes(
        error.message,
        `${tool} cannot convert the model: no such operator: Mish`,
      );
    });
  });

  Deno.test(`without ${engine.name} or ${tool} it is said how to get them`, async () => {
    await withPrograms({ python3: "exit 1" }, async () => {
      await using device = await openPeer(engine);
      const { available, missing } = await device.probe();
      assertEquals(available, false);
      assert(missing.every((text) => /: pip install \S/.test(text)), missing.join("\n"));
      await assertRejects(
        () => device.load({ kind: "onnx", path: "no.onnx" }, { threads: 1 }),
        DeviceUnavailableError,
        missing[0],
      );
    });
  });
}
