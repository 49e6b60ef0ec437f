// What the core takes for granted where it saves itself a look: seen in variants of the module that say or break it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "../compile.ts";
import { LOT, only, Script } from "./script.fixture.ts";

/** The module with one more export: the mask of the symbols that exposures are added up over. */
const withMask = () =>
  compile({
    optimised: false,
    edit: (path, text) => {
      if (path === "assembly/index.ts") return `${text}\nexport { exposedMask } from "./state";\n`;
      if (path !== "assembly/state.ts") return text;
      return `${text}\nexport function exposedMask(): u32 { return stream().exposed; }\n`;
    },
  });

test("assumptions: a symbol is looked at from its first position on, and no longer once nothing of it is left", async () => {
  const wasm = new Uint8Array(await withMask());
  const s = await Script.ready({ symbols: 3, wasm });
  const mask = async (): Promise<number> => {
    const { instance } = await WebAssembly.instantiate(wasm, {});
    const { memory, select, stateAt, exposedMask } = instance.exports as unknown as {
      memory: WebAssembly.Memory;
      select(stream: number): void;
      stateAt(): number;
      exposedMask(): number;
    };
    select(0);
    new Uint8Array(memory.buffer).set(s.core.state(), stateAt());
    return exposedMask();
  };
  const judge = () => {
    s.opinion(0.6);
    return only(s.nextMinute(), "risk_verdict")[0]?.payload;
  };
  s.params({ volume_microlots: 100n * LOT });
  s.position({}, 2);
  s.fill({ side: 2 }, 3);
  judge();
  assert.equal(await mask(), 0b110, "a position, and positions that are not known");
  s.position({ volume_microlots: 0n }, 2);
  s.position({ volume_microlots: 0n }, 3);
  judge();
  assert.equal(await mask(), 0);
  s.params();
  assert.equal(judge()?.accepted, 1);
  assert.equal(await mask(), 0b001, "an order in flight");
});

test("assumptions: a bar that a tick without a quote would open: the core stops", async () => {
  const wasm = await compile({
    optimised: false,
    edit: (path, text) => (path === "assembly/inputs.ts" ? text.replace("m.quote = 1;", "") : text),
  });
  await assert.rejects(Script.ready({ wasm: new Uint8Array(wasm) }), /state/);
});
