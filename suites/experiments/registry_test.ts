import { assert, assertEquals, assertThrows } from "@std/assert";
import { existsSync } from "node:fs";
import { parse } from "@std/csv";
import { findCompressor } from "../../compressors/registry.ts";
import { matchesPattern } from "../../graph/patterns.ts";
import { findDataSource } from "../datasets/sources.ts";
import { findNetwork } from "../networks.ts";
import { SUITES } from "../registry.ts";
import { type Experiment, type Part, type Scale, SCAN } from "./experiment.ts";
import { EXPERIMENTS, findExperiment } from "./registry.ts";
import { trainedComparison } from "./side_by_side.ts";

const SCALES: readonly Scale[] = ["quick", "small", "full"];
const ALL: readonly Experiment[] = [
  ...EXPERIMENTS,
  ...SUITES.map(({ id }) => trainedComparison(id)),
];
const PUBLISHED = new URL("../../../shared/claims/published.csv", import.meta.url);

function each(test: (experiment: Experiment, scale: Scale, part: Part) => void) {
  for (const experiment of ALL) {
    for (const scale of SCALES) {
      for (const part of experiment.parts(scale)) test(experiment, scale, part);
    }
  }
}

function unique(names: readonly string[], where: string) {
  assertEquals(names.filter((name, i) => names.indexOf(name) !== i), [], where);
}

Deno.test("ids are unique: of experiments, of parts in one, of cells and labels in a part", () => {
  unique(ALL.map(({ id }) => id), "experiments");
  for (const { id, parts } of ALL) {
    for (const scale of SCALES) unique(parts(scale).map((part) => part.id), `${id}, ${scale}`);
  }
  each(({ id }, scale, part) => {
    unique(part.cells.map((cell) => cell.id), `${id}, ${scale}, ${part.id}`);
    unique(part.cells.map((cell) => cell.label), `${id}, ${scale}, ${part.id}`);
    assert(part.cells.every((cell) => cell.id !== "dense" && !cell.id.includes("/")));
  });
});

Deno.test("every cell names a method and options that it takes, and a rate above 1", () => {
  each((_experiment, _scale, { cells }) => {
    for (const { method, options, target } of cells) {
      findCompressor(method).parseOptions(options);
      const rate = "macs" in target ? target.macs : target.params;
      assert(method === "dense" ? rate === 1 : rate > 1);
    }
  });
});

Deno.test("every part has a network, and data of its kind; only quick ones need no path", () => {
  each((_experiment, scale, { id, network, data, dense, budget }) => {
    if (data.source === SCAN) return assert("file" in network && data.path && data.train);
    const source = findDataSource(data.source);
    assertEquals(source.generated, data.path === undefined, id);
    if (scale === "quick") assert(source.generated && "id" in network, id);
    if ("id" in network) {
      assertEquals(findNetwork(network.id).kind, source.kind, id);
      assert(dense, `${id} must be taught`);
    }
    if (budget.prune > 0) assert(data.validation > 0, `${id} has nothing to search by`);
  });
});

Deno.test("methods support the networks of the quick scale", () => {
  for (const { parts } of ALL) {
    for (const { network, extents, cells } of parts("quick")) {
      assert("id" in network);
      const { build, small } = findNetwork(network.id);
      const model = build({ ...small, ...extents, classes: 4, seed: 1 });
      for (const { method, options } of cells) {
        const compressor = findCompressor(method);
        const support = compressor.supports(model, compressor.parseOptions(options));
        assert(support.ok, `${method}: ${support.ok ? "" : support.reason}`);
      }
    }
  }
});

Deno.test("claims compare cells that are there, in parts that are there", () => {
  for (const { id, parts, claims } of ALL) {
    for (const claim of claims) {
      const own = SCALES.flatMap(parts).filter(({ id }) => matchesPattern(claim.parts)(id));
      assert(own.length > 0, `${id}: ${claim.statement}`);
      for (const { better, than } of claim.pairs) {
        const has = (name: string) => (part: Part) =>
          name === "dense" || part.cells.some((cell) => cell.id === name);
        const together = own.some((part) => has(better)(part) && has(than)(part));
        assert(together, `${id}: ${better} against ${than}`);
      }
    }
  }
});

Deno.test({
  name: "claims name values that papers have published (needs ../shared)",
  ignore: !existsSync(PUBLISHED),
  fn() {
    const rows = parse(Deno.readTextFileSync(PUBLISHED), { skipFirstRow: true });
    const known = new Set(rows.map(({ id }) => id));
    const named = ALL.flatMap(({ claims }) => claims.flatMap(({ published }) => published));
    assertEquals(named.filter((id) => !known.has(id)), []);
  },
});

Deno.test("what there is not is refused with the nearest name", () => {
  assertThrows(() => findExperiment("rt4d"), RangeError, 'did you mean "rt3d"');
  assertThrows(() => trainedComparison("resnet-19"), RangeError, "resnet-18");
});
