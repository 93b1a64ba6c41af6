/**
 * Doing many things at a time.
 *
 * @module
 */

/** Does all, as many at a time as there are cores; the first failure is thrown when all have ended. */
export async function inParallel<T>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const queue = items.entries();
  const worker = async () => {
    for (const [i, item] of queue) await work(item, i);
  };
  const workers = Array.from({ length: navigator.hardwareConcurrency }, worker);
  const failed = (await Promise.allSettled(workers)).find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
}
