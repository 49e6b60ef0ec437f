import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { CoreInstance } from "./host/instance.ts";
import { memoryMap, PAGE } from "./memory-map.ts";

test("memory map: docs/memory.md is the module's, its state the size that the built module has, below 1 MiB", async () => {
  const map = await memoryMap();
  assert.equal(readFileSync(PAGE, "utf8"), map, "node core-wasm/memory-map.ts writes the page anew");
  const { stateBytes } = await CoreInstance.load();
  assert.ok(map.includes(`${stateBytes.toLocaleString("en-US")} bytes`) && stateBytes < 2 ** 20);
});
