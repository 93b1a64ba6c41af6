/**
 * Names by patterns.
 *
 * @module
 */

/** Tells whether a name is what `pattern` says, in which `*` stands for any run of characters. */
export function matchesPattern(pattern: string): (name: string) => boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"));
  const expression = new RegExp(`^${parts.join(".*")}$`, "s");
  return (name) => expression.test(name);
}
