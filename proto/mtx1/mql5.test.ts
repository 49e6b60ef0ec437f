// The MQL5 codec under g++, with the EA's own shim: it reads and writes the same bytes as the TypeScript one. Its dialect is
// checked with the EA's sources (test/mql5/lint.test.ts).
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ensureGpp, GPP_FLAGS, SHIM_DIR } from "../../test/mql5/compile.ts";
import { mqlName, mtx1Mql5, partsOf } from "../generate/mtx1-mql5.ts";
import { pascal } from "../generate/records-typescript.ts";
import { FRAMES } from "../mtx1.ts";
import { testCrypto } from "./crypto.fixture.ts";
import { type FrameType, placeWire } from "./declare.ts";
import { sealFrame } from "./frame.ts";

const KEY = Uint8Array.from({ length: 32 }, (_, i) => i * 7);

/** A payload with every byte different from its neighbours, two rows where there are rows. */
function payloadOf(frame: FrameType): Uint8Array {
  const bytes: number[] = [];
  let next = frame.number;
  const low = (value: number, count: number): void => {
    for (let i = 0; i < count; i++) bytes.push((value >>> (8 * i)) & 255);
  };
  const fields = (list: FrameType["fields"], count: string | undefined): void => {
    for (const f of list) {
      if (f.name === count) low(2, f.type === "u16" ? 2 : 4);
      else if (f.type === "str8" || f.type === "str16") {
        const text = [...Buffer.from(`${f.name} é`)];
        low(text.length, f.type === "str8" ? 1 : 2);
        bytes.push(...text);
      } else if (f.type === "f64") {
        const double = new Uint8Array(8);
        next++;
        new DataView(double.buffer).setFloat64(0, next / 3, true);
        bytes.push(...double);
      } else {
        const size = placeWire([f], 0, f.name).end;
        for (let i = 0; i < size; i++) {
          next = (next * 31 + 17) & 255;
          bytes.push(f.type.startsWith("pad") ? 0 : next);
        }
      }
    }
  };
  fields(frame.fields, frame.group?.count);
  for (let i = 0; frame.group && i < 2; i++) {
    const at = bytes.length;
    if (frame.group.prefixed) low(0, 4);
    fields(frame.group.fields, undefined);
    if (frame.group.prefixed) bytes.splice(at, 4, (bytes.length - at) & 255, (bytes.length - at) >> 8, 0, 0);
  }
  return Uint8Array.from(bytes);
}

function frameBytes(frame: FrameType, seq: number): Uint8Array {
  const payload = payloadOf(frame);
  const bytes = new Uint8Array(24 + payload.length + (frame.mac ? 16 : 0));
  bytes.set(payload, 24);
  const mac = frame.mac ? { crypto: testCrypto, key: KEY } : undefined;
  sealFrame(bytes, new DataView(bytes.buffer), frame.number, { seq, ack: 3, ...(mac && { mac }) });
  return bytes;
}

/** Reads frames on stdin, takes each apart and writes it again on stdout. */
function program(): string {
  const cases = FRAMES.map((frame) => {
    const { head, row } = partsOf(frame);
    const rows = row
      ? `for (uint i = 0; i < v.${mqlName(frame.group?.count ?? "")}; i++) { SMx${row.name} r; if (!MxGet${row.name}(in, r)) return 3; MxPut${row.name}(out, r); }`
      : "";
    return `case MX_${frame.name.toUpperCase()}: { SMx${head.name} v; if (!MxGet${pascal(frame.name)}(in, v)) return 2; MxPut${head.name}(out, v); ${rows} break; }`;
  });
  return `#include "crypt.h"
#include "mtx1.mqh"
int main() {
  CMxBuf in, key, none;
  for (int i = 0; i < 32; i++) key.PutU8((uchar)(i * 7));
  int c;
  while ((c = getchar()) != EOF) in.PutU8((uchar)c);
  for (uint seq = 1; in.size > 0; seq++) {
    SMxHeader h;
    if (MxNextFrame(in, h, seq, key) != MX_FRAME) return 1;
    CMxBuf out;
    MxBeginFrame(out);
    switch (h.type) {
      ${cases.join("\n      ")}
    }
    if (h.authenticated) MxEndFrame(out, h.type, 0, h.seq, h.ack, key); else MxEndFrame(out, h.type, 0, h.seq, h.ack, none);
    for (int i = 0; i < out.size; i++) putchar(out.data[i]);
    in.Drop(h.total);
  }
  return 0;
}
`;
}

test("mtx1: MQL5 codec under g++: every frame read and written to the same bytes", async () => {
  const gpp = await ensureGpp();
  const directory = mkdtempSync(join(tmpdir(), "lockstep-mql5-"));
  try {
    writeFileSync(join(directory, "mtx1.mqh"), mtx1Mql5());
    writeFileSync(join(directory, "main.cpp"), program());
    const args = [...GPP_FLAGS, `-I${SHIM_DIR}`, "main.cpp", "-o", "codec"];
    const built = spawnSync(gpp, args, { cwd: directory, encoding: "utf8" });
    assert.equal(built.status, 0, built.stderr);
    const input = Buffer.concat(FRAMES.map((frame, i) => frameBytes(frame, i + 1)));
    const run = (bytes: Uint8Array) => spawnSync(join(directory, "codec"), { input: bytes, maxBuffer: 1 << 24 });
    const whole = run(input);
    assert.equal(whole.status, 0, `exit ${whole.status}: ${whole.stderr}`);
    assert.ok(whole.stdout.equals(input));
    for (let i = 0; i < 60; i++) {
      const damaged = Buffer.from(input);
      const at = (i * 7919) % damaged.length;
      damaged[at] = (damaged[at] as number) ^ (1 << (i & 7));
      assert.ok([1, 2, 3].includes(run(damaged).status ?? -1), `a flipped bit at ${at} is refused`);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});
