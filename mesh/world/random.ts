// The real Random: the system's cryptographic source.
import { randomBytes } from "node:crypto";
import type { Random } from "#proto/world.ts";

export const realRandom: Random = { bytes: (count) => new Uint8Array(randomBytes(count)) };
