import { assertEquals } from "@std/assert";
import { matchesPattern } from "./patterns.ts";

Deno.test("a star is any run of characters, all else is itself", () => {
  const names = ["conv1.weight", "conv1.bias", "conv10.weight", "a/conv1.weight", "a\nb"];
  const found = (pattern: string) => names.filter(matchesPattern(pattern));
  assertEquals(found("conv1.*"), ["conv1.weight", "conv1.bias"]);
  assertEquals(found("*conv1.weight"), ["conv1.weight", "a/conv1.weight"]);
  assertEquals(found("conv*weight"), ["conv1.weight", "conv10.weight"]);
  assertEquals(found("conv1"), []);
  assertEquals(found("conv1?weight"), []);
  assertEquals(found("*"), names);
});
