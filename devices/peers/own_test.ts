import { assertEquals, assertLess, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { outputsError } from "../../graph/compare.ts";
import { writeOnnx } from "../../graph/onnx/write.ts";
import { openReference } from "../../graph/reference.ts";
import { randomInputs, smallNet } from "../../graph/testing.ts";
import { openDevice } from "../registry.ts";
import { ownPeer } from "./own.ts";
import { withExample } from "./testing.ts";

Deno.test("the peer in docs/peers.md runs as it stands there, with the outputs that ONNX Runtime gives", async () => {
  await withExample(async (path, folder) => {
    const model = smallNet(3);
    const program = { kind: "onnx", path: join(folder, "model.onnx") } as const;
    await writeOnnx(model, program.path);
    await using device = await openDevice(`peer:${path}`);
    const { available, name, missing } = await device.probe();
    assertEquals([missing, available, name], [[], true, "ONNX Runtime, unoptimized"]);
    await using session = await device.load(program, { threads: 1 });
    await using reference = await openReference(model);
    const inputs = randomInputs(model);
    assertLess(outputsError(await session.run(inputs), await reference.run(inputs)), 1e-5);
    const { samples } = await session.measure({ warmupCalls: 1, warmupMs: 0, samples: 4 });
    assertEquals(samples.length, 4);
    const broken = { kind: "onnx", path } as const;
    await assertRejects(() => device.load(broken, { threads: 1 }), Error, "Error: ");
  });
});

Deno.test("a program that is not there, or none, is told with its path", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const plain = join(folder, "plain");
    await Deno.writeTextFile(plain, "", { mode: 0o644 });
    for (
      const [path, reason] of [
        [join(folder, "no"), "no such file"],
        [plain, "not executable (chmod +x)"],
        [folder, "not a file"],
      ]
    ) {
      const found = await ownPeer(path).find();
      if (!("missing" in found)) throw new Error(`${path} was found`);
      assertStringIncludes(found.missing[0], `${reason}: "${path}" must be a program`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
