import { assertEquals, assertStringIncludes } from "@std/assert";
import { ProgressLine, type ProgressTarget } from "./progress_line.ts";

/** A target that keeps what is written, on a clock that a test moves. */
class Written implements ProgressTarget {
  text = "";
  clock = 0;

  constructor(readonly terminal: boolean, readonly width = 80) {}

  columns(): number {
    return this.width;
  }

  write(text: string): void {
    this.text += text;
  }

  now(): number {
    return this.clock;
  }
}

/** What a terminal shows after `text`. */
function screen(text: string): string[] {
  return text.split("\n").map((line) => line.split("\r\x1b[K").at(-1) ?? "");
}

Deno.test("on a terminal one line is rewritten, with percentage, time left and what is done", () => {
  const target = new Written(true);
  const line = new ProgressLine(target);
  line.show({ label: "dense", fraction: 0 });
  assertEquals(screen(target.text), ["  0 %  dense"]);
  line.show({ label: "rt3d kgs 8x4: lowering", fraction: 0.256, remainingMs: 80_400 });
  assertEquals(screen(target.text), [" 25 %, about 1 min 20 s left  rt3d kgs 8x4: lowering"]);
  line.show({ label: "tucker", fraction: 0.999, remainingMs: 200 });
  assertEquals(screen(target.text), [" 99 %, about 1 s left  tucker"]);
  line.show({ label: "tucker", fraction: 1, remainingMs: 59_600 });
  assertEquals(screen(target.text), ["100 %, about 1 min 0 s left  tucker"]);
});

Deno.test("on a terminal the line never wraps, and gives way to other text", () => {
  const target = new Written(true, 20);
  const line = new ProgressLine(target);
  line.show({ label: "a label that is too long", fraction: 0.5 });
  assertEquals(screen(target.text), [" 50 %  a label that"]);
  line.say("interrupted");
  assertEquals(screen(target.text), ["interrupted", ""]);
  line.show({ label: "on", fraction: 0.5 });
  line.clear();
  assertEquals(screen(target.text), ["interrupted", ""]);
});

Deno.test("elsewhere a line is written now and then, without control characters", () => {
  const target = new Written(false, 20);
  const line = new ProgressLine(target);
  for (let second = 0; second <= 25; second++) {
    target.clock = 1000 * second;
    line.show({ label: `second ${second}`, fraction: second / 25 });
  }
  line.clear();
  assertEquals(target.text, "  0 %  second 0\n 40 %  second 10\n 80 %  second 20\n");
});

Deno.test("a heading stands above the first progress, and nowhere when there is none", () => {
  for (const terminal of [true, false]) {
    const target = new Written(terminal);
    const line = new ProgressLine(target);
    line.announce("C3D\ndense, rt3d");
    line.clear();
    assertEquals(target.text, "");
    line.show({ label: "dense", fraction: 0 });
    line.show({ label: "rt3d", fraction: 0.5 });
    assertStringIncludes(target.text, "C3D\ndense, rt3d\n");
    assertEquals(target.text.split("C3D").length, 2);
  }
});
