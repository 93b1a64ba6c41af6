/**
 * One round in a process of its own, started by the harness: reads a request from standard
 * input and prints its events, one JSON line each.
 *
 * @module
 */

import { openDevice } from "../devices/registry.ts";
import { serveRound } from "../harness/measure/serve.ts";

if (import.meta.main) await serveRound(openDevice);
