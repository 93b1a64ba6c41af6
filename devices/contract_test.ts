import { DEVICES } from "./registry.ts";
import { testContract } from "./testing/contract.ts";

// Kinds of devices that have to be named, such as "ssh:", are held to it by tests of their own.
for (const entry of DEVICES) {
  if (!entry.id.endsWith(":")) testContract(entry);
}
