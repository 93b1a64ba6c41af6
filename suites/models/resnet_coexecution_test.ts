import { assertEquals } from "@std/assert";
import { findStructure } from "../../devices/coexecution/regions.ts";
import { openKernels } from "../../kernels/ffi.ts";
import { dataFlow } from "../../kernels/plan/data_flow.ts";
import { lower } from "../../kernels/plan/lower.ts";
import { writePlan } from "../../kernels/plan/write.ts";
import { decide } from "../../devices/coexecution/decide.ts";
import { openCl } from "../../kernels/testing/opencl.ts";
import { assertAgrees, reference } from "../../kernels/testing/reference.ts";
import { buildResnet } from "./resnet.ts";

const NETWORKS = [
  {
    depth: 18,
    /** Blocks whose shortcut is a projection, and what is beside it before the sum. */
    blocks: ["layer2.0", "layer3.0", "layer4.0"],
    beside: ["conv1"],
    last: "conv2",
  },
  {
    depth: 50,
    blocks: ["layer1.0", "layer2.0", "layer3.0", "layer4.0"],
    beside: ["conv1", "conv2"],
    last: "conv3",
  },
] as const;

for (const { depth, blocks, beside, last } of NETWORKS) {
  const model = buildResnet({ depth, size: 64, width: 1 / 8 });
  const plan = lower(model, { target: "both" });
  const { regions } = findStructure(plan, dataFlow(plan));
  /** Names of layers; a strided one has operators that move its input into phases. */
  const named = (operators: readonly number[]) => [
    ...new Set(operators.map((i) => plan.operators[i].name.split("/")[0])),
  ];

  Deno.test(`the forks of ResNet-${depth} are at its projections, whose sums ride on the long branch`, () => {
    const forks = regions.filter(({ kind }) => kind === "fork");
    assertEquals(
      forks.map(({ branches }) => branches.map(named).sort()),
      blocks.map((block) => [
        beside.map((name) => `${block}.${name}`),
        [`${block}.downsample`],
      ]),
    );
    assertEquals(named(forks.map(({ join }) => join!)), blocks.map((block) => `${block}.${last}`));
    const sums = plan.operators.filter((op) => op.kind === "elementwise" && op.function === "add");
    assertEquals(sums, [], "no sum is a pass of its own");
  });

  Deno.test({
    name:
      `ResNet-${depth} gives the same with its projections on the other processor (${openCl.needs})`,
    ignore: !openCl.device,
    async fn() {
      const path = await Deno.makeTempFile();
      using kernels = await openKernels();
      try {
        await writePlan(plan, path);
        using network = await kernels.open(path, { threads: 2, isa: "cpu+opencl:untuned" });
        const { inputs, expected } = await reference(model, 1);
        for (const [name, values] of inputs) network.setInput(name, values);
        // The CPU is fast at projections alone.
        const times = (own: number, others: number) =>
          plan.operators.map(({ kind, name }) =>
            kind === "clear" ? 0 : name.includes("downsample") ? own : others
          );
        const copies = { fixed: 1, perByte: 0 };
        const { schedule, assignment } = decide(plan, {
          gpu: times(500, 100),
          cpu: times(90, 1e6),
          toGpu: copies,
          toCpu: copies,
        });
        const moved = [...plan.operators.keys()].filter((i) =>
          plan.operators[i].kind !== "clear" && assignment[i] === "cpu"
        );
        assertEquals(named(moved), blocks.map((block) => `${block}.downsample`));
        network.setSchedule(schedule.steps);
        assertAgrees(await network.run(), expected, "divided");
      } finally {
        await Deno.remove(path);
      }
    },
  });
}
