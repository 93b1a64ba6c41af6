import { assertEquals, assertRejects } from "@std/assert";
import { takeMachine } from "./machine_lock.ts";

Deno.test("trainings share the machine, a timing waits for it and has it alone", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const order: string[] = [];
    const first = await takeMachine(folder, "shared");
    const second = await takeMachine(folder, "shared");
    const timing = takeMachine(folder, "alone").then((lock) => {
      order.push("timing");
      return lock;
    });
    order.push("first ends");
    first[Symbol.dispose]();
    order.push("second ends");
    second[Symbol.dispose]();
    const alone = await timing;
    assertEquals(order, ["first ends", "second ends", "timing"]);
    const controller = new AbortController();
    const third = takeMachine(folder, "shared", controller.signal);
    controller.abort(new Error("by hand"));
    await assertRejects(() => third, Error, "by hand");
    alone[Symbol.dispose]();
    (await takeMachine(folder, "shared"))[Symbol.dispose]();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
