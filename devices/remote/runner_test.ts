import { assertEquals, assertThrows } from "@std/assert";
import { targetOf } from "./runner.ts";
import { RemoteError } from "./transport.ts";

Deno.test("machines get the build of their kind, phones the NDK's where there is one", () => {
  assertEquals(targetOf({ arch: "aarch64" }, true), "aarch64-linux");
  assertEquals(targetOf({ arch: "arm64" }, false), "aarch64-linux");
  assertEquals(targetOf({ arch: "x86_64" }, false), "x86_64-linux");
  assertEquals(targetOf({ arch: "aarch64", android: "12" }, false), "aarch64-linux");
  assertEquals(targetOf({ arch: "aarch64", android: "12" }, true), "aarch64-android");
  for (const arch of ["armv7l", "armv8l", "riscv64", "toString"]) {
    assertThrows(() => targetOf({ arch }, true), RemoteError, `"uname -m" says ${arch}`);
  }
  assertThrows(() => targetOf({ arch: "" }, false), RemoteError, "says nothing");
});
