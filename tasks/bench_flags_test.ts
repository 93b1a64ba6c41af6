import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { COMPRESSORS } from "../compressors/registry.ts";
import { rowName } from "../harness/settings.ts";
import { SUITES } from "../suites/registry.ts";
import { tinySuite } from "../suites/testing.ts";
import { benchSettings, HELP, parseBenchCommand, renderList } from "./bench_flags.ts";

function settingsOf(...words: string[]) {
  const command = parseBenchCommand(["tiny", ...words]);
  assert(command.kind === "start");
  return benchSettings(command, tinySuite);
}

function refusal(...words: string[]): string {
  const { message } = assertThrows(() => {
    const command = parseBenchCommand(words);
    if (command.kind === "start") benchSettings(command, tinySuite);
  }, Error);
  assert(!message.includes("\n"), message);
  return message;
}

Deno.test("without options a suite runs whole, at its rate, on all cores", () => {
  const settings = settingsOf();
  assertEquals(settings.rows, tinySuite.rows);
  assertEquals(settings.rate, tinySuite.rate);
  assertEquals(settings.threads, [navigator.hardwareConcurrency]);
  assertEquals([settings.seed, settings.rounds, settings.blocks], [1, 8, 3]);
  assertEquals([settings.out, settings.input, settings.machine], ["results", undefined, undefined]);
  assertEquals(settings.command, "deno task bench tiny");
});

Deno.test("every option is taken over", () => {
  const { suite: _suite, rows: _rows, command: _command, ...rest } = settingsOf(
    ...["--rate", "2.5", "--threads", "1, 2", "--seed=7", "--input", "clip.npy"],
    ...["--rounds", "6", "--out", "/tmp/x", "--machine", "mine"],
  );
  assertEquals(rest, {
    rate: 2.5,
    threads: [1, 2],
    seed: 7,
    out: "/tmp/x",
    rounds: 6,
    blocks: 3,
    input: "clip.npy",
    machine: "mine",
  });
  const { rounds, blocks } = settingsOf("--quick");
  assertEquals([rounds, blocks], [1, 2]);
  assertEquals(settingsOf("--quick", "--rounds", "6").rounds, 6);
});

Deno.test("methods are chosen by id; the baseline and, unless it is left out, the peer run along", () => {
  const names = (...words: string[]) => settingsOf(...words).rows.map(rowName);
  assertEquals(names("--methods", "tucker, unstructured"), [
    "dense",
    "onnxruntime dense",
    "tucker tucker-2 + svd",
    "unstructured",
  ]);
  assertEquals(names("--methods", "tucker", "--devices", "host"), [
    "dense",
    "tucker tucker-2 + svd",
  ]);
  assertEquals(names("--devices", "host,onnxruntime"), tinySuite.rows.map(rowName));
});

Deno.test("a method that the suite has no row of is compared as a control", () => {
  const { rows } = settingsOf("--methods", "column,tucker");
  assertEquals(rows.map(({ method, role }) => [method, role]), [
    ["dense", "baseline"],
    ["onnxruntime", "peer"],
    ["tucker", "subject"],
    ["column", "control"],
  ]);
});

Deno.test("devices are named under either name; this machine alone is the default, and stays unsaid", () => {
  assertEquals(settingsOf("--devices", "host,onnxruntime").devices, undefined);
  assertEquals(settingsOf("--device", "host").rows, settingsOf("--devices", "host").rows);
  const { command, readings } = settingsOf("--device", "host", "--readings");
  assertEquals(command, "deno task bench tiny --devices host --readings");
  assertEquals([readings, settingsOf().readings], [true, undefined]);
});

Deno.test("peers are chosen by id or as the path of a program, and come behind the baseline, each once", () => {
  const rows = (...words: string[]) => settingsOf("--methods", "unstructured", ...words).rows;
  assertEquals(rows("--peers", "pytorch, onnxruntime,./my/engine,pytorch").map(rowName), [
    ...["dense", "pytorch dense", "onnxruntime dense", "peer:./my/engine dense", "unstructured"],
  ]);
  const [, own] = rows("--peers", "peer:engine", "--devices", "host");
  assertEquals([own.method, own.role], ["peer:engine", "peer"]);
  assertEquals(settingsOf("--peers", "ncnn,mnn").command, "deno task bench tiny --peers ncnn,mnn");
});

Deno.test("packings are chosen by name, and the command that is recorded has them", () => {
  assertEquals(settingsOf().packings, undefined);
  const { packings, command } = settingsOf("--packing", "full, csr");
  assertEquals(packings, ["full", "csr"]);
  assertEquals(settingsOf("--packing", "own-lists,as-given").packings, ["own-lists", "as-given"]);
  assertEquals(command, "deno task bench tiny --packing 'full, csr'");
});

Deno.test("the command that is recorded can be typed again, without this machine's own folders", () => {
  const words = ["--rate", "2.5", "--input", "my clips/it's.mp4", "--quick"];
  const { command } = settingsOf(...words, "--out", "/mnt/x", "--machine", "mine", "--json");
  assertEquals(
    command,
    `deno task bench tiny --rate 2.5 --input 'my clips/it'\\''s.mp4' --quick`,
  );
  const typed = ["--input", "/media/disk/my clip.mp4", "--weights", "../nets/a.onnx"];
  assertEquals(
    settingsOf(...typed, "--peers", "ncnn,/opt/mine/engine").command,
    "deno task bench tiny --peers ncnn,engine --weights ../nets/a.onnx --input 'my clip.mp4'",
  );
});

Deno.test("a run is resumed with its own settings only", () => {
  const resume = (...words: string[]) => parseBenchCommand(["--resume", "r", ...words]);
  assertEquals(resume(), { kind: "resume", folder: "r", json: false });
  assertEquals(resume("--json"), { kind: "resume", folder: "r", json: true });
  for (
    const words of [["tiny"], ["--rate", "2"], ["--quick"], ["--readings"], ["--packing", "csr"], [
      "--out",
      "x",
    ]]
  ) {
    assertStringIncludes(
      refusal("--resume", "r", ...words),
      `goes on with its own suite and settings: current value is "${words[0]}"`,
    );
  }
});

Deno.test("what is unknown, missing or no number is refused, with the nearest names", () => {
  for (
    const [words, message] of [
      [[], "one suite or model must be named"],
      [["tiny", "c3d"], 'current value is "tiny c3d"'],
      [["tiny", "--methods", "rt3d,tuker"], 'Cannot find method "tuker": did you mean "tucker" or'],
      [["tiny", "--methods", "as-is"], 'Cannot compare by "as-is" as "tiny" is not compressed yet'],
      [["tiny", "--devices", "hots"], 'Cannot find device "hots": did you mean "host" or'],
      [["tiny", "--devices", "onnxruntime"], '--devices must have "host"'],
      [["tiny", "--peers", "pytroch"], 'Cannot find peer engine "pytroch": did you mean "pytorch"'],
      [["tiny", "--peers", "host"], 'Cannot find peer engine "host"'],
      [["tiny", "--peers", "peer:"], 'or the path of a program, e.g. "./my-engine"?'],
      [
        ["tiny", "--packing", "full,crs"],
        '--packing must be one of full, as-given, own-lists, csr: current value is "crs"',
      ],
      [["tiny", "--packing", "full,"], "--packing must be names with commas between them"],
      [["tiny", "--train", "--packing", "csr"], "Cannot run with --packing as a trained"],
      [["tiny", "--rat", "2"], 'Cannot find option "--rat": did you mean "--rate" or'],
      [["tiny", "--qiuck"], 'Cannot find option "--qiuck": did you mean "--quick" or'],
      [["tiny", "-x"], 'Cannot find option "-x"'],
      [["tiny", "--rate", "3,6"], '--rate must be a number: current value is "3,6"'],
      [["tiny", "--rate"], "--rate must have a value"],
      [["tiny", "--out="], "--out must have a value"],
      [["tiny", "--out", "--quick"], "--out must have a value"],
      [["tiny", "--threads", "two"], '--threads must be a number: current value is "two"'],
      [["tiny", "--threads", "1,"], '--threads must be a number: current value is ""'],
      [["tiny", "--seed", "0x"], '--seed must be a number: current value is "0x"'],
      [["tiny", "--rounds", "many"], '--rounds must be a number: current value is "many"'],
    ] satisfies [string[], string][]
  ) {
    assertStringIncludes(refusal(...words), message);
  }
});

Deno.test("help and list win over everything else, and tell every option, method and suite", () => {
  assertEquals(parseBenchCommand(["tiny", "--rate", "x", "--help"]), { kind: "help" });
  assertEquals(parseBenchCommand(["-h"]), { kind: "help" });
  assertEquals(parseBenchCommand(["--list"]), { kind: "list" });
  for (
    const name of [
      ...[
        "methods",
        "devices",
        "peers",
        "packing",
        "readings",
        "rate",
        "threads",
        "seed",
        "weights",
        "input",
        "resume",
      ],
    ]
  ) {
    assertStringIncludes(HELP, `--${name} `);
  }
  assert(HELP.split("\n").every((line) => line.length <= 100));
  const list = renderList(SUITES);
  for (const { id } of [...SUITES, ...COMPRESSORS]) assertStringIncludes(list, `  ${id} `);
});
