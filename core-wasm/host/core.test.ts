import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { BatchSeal, HEADER_OFFSET, type Header, OperatorCommand, readHeader } from "#proto/generated/records.ts";
import { operatorMessage } from "#proto/operator-command.ts";
import { REASONS } from "#proto/reasons.ts";
import { decodeRecord, encodeRecord, viewOf, walkRecords } from "#proto/record.ts";
import { OPERATOR_COMMAND } from "#proto/records.ts";
import { Core } from "./core.ts";
import { OutputsDigest } from "./digest.ts";
import { FAULTS } from "./faults.ts";
import { Redecider } from "./redecide.ts";
import { sampleModel, sampleStream } from "./sample-stream.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const join = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

async function newCore(): Promise<Core> {
  const core = await Core.load();
  core.loadModel(sampleModel());
  return core;
}

async function decided(parts: readonly Uint8Array[]): Promise<{ outputs: Uint8Array; core: Core }> {
  const core = await newCore();
  return { outputs: join(parts.map((part) => core.apply(part))), core };
}

const kindsOf = (outputs: Uint8Array): Record<string, number> => {
  const counts: Record<string, number> = {};
  walkRecords(outputs, (at) => {
    const { kind } = decodeRecord(outputs.slice(at));
    counts[kind] = (counts[kind] ?? 0) + 1;
  });
  return counts;
};

test("core: fault codes: the host's names are the module's", () => {
  const source = readFileSync(new URL("../assembly/fault.ts", import.meta.url), "utf8");
  const names = [...source.matchAll(/FAULT_([A-Z_]+): u32 = (\d+)/g)].map(([, name, code]) => [
    Number(code),
    name?.toLowerCase(),
  ]);
  assert.deepEqual(
    names.map(([code]) => FAULTS[code as number]),
    names.map(([, name]) => name),
  );
});

test("core: a day of ticks: bars, predictions, intents, verdicts with every check each", async () => {
  const { outputs } = await decided([sampleStream({ ticks: 6000, seed: 1 })]);
  const counts = kindsOf(outputs);
  for (const kind of ["bar", "prediction", "order_intent", "risk_verdict"])
    assert.ok((counts[kind] ?? 0) > 0, `${kind}: ${counts[kind]}`);
  assert.equal(counts.order_intent, counts.risk_verdict);
  walkRecords(outputs, (at) => {
    const { kind, payload } = decodeRecord(outputs.slice(at));
    if (kind !== "risk_verdict") return;
    const checks = payload.checks as { code: number; result: number; headroom: bigint }[];
    assert.deepEqual(
      checks.map((c) => c.code),
      REASONS.map(({ code }) => code),
    );
    for (const c of checks) if (c.result !== 2) assert.equal(c.result === 0, c.headroom >= 0n);
    assert.equal(
      payload.accepted === 1,
      checks.every((c) => c.result === 0),
    );
    assert.equal(payload.failed_count, checks.filter((c) => c.result !== 0).length);
  });
});

test("core: outputs digest: of the outputs' bytes as they left, carried through a snapshot", async () => {
  const { outputs, core } = await decided([sampleStream({ ticks: 3000, seed: 2 })]);
  const expected = new OutputsDigest();
  expected.update(outputs);
  assert.equal(hex(core.outputsDigest()), hex(expected.digest()));
  const next = await newCore();
  next.restore(core.snapshot());
  assert.equal(hex(next.outputsDigest()), hex(expected.digest()));
});

test("core: outputs: seq and check 0, time of their cause, source core", async () => {
  const { outputs } = await decided([sampleStream({ ticks: 1000, seed: 3 })]);
  walkRecords(outputs, (at) => {
    const header: Header = readHeader(viewOf(outputs), at);
    assert.equal(header.seq, 0n);
    assert.equal(header.check, 0);
    assert.equal(header.source, 5);
    assert.ok(header.time_ns > 0n);
  });
});

test("core: grouped any way, cut and restored anywhere: the same bytes", async () => {
  const stream = sampleStream({ ticks: 800, seed: 4 });
  const whole = await decided([stream]);
  const ends: number[] = [];
  walkRecords(stream, (at, length) => ends.push(at + length));
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.nat(ends.length - 2), { minLength: 1, maxLength: 6 }),
      fc.nat(5),
      async (cuts, restoreAt) => {
        const bounds = [0, ...cuts.sort((a, b) => a - b).map((i) => ends[i] as number), stream.length];
        let core = await newCore();
        const outputs: Uint8Array[] = [];
        for (let i = 0; i + 1 < bounds.length; i++) {
          outputs.push(core.apply(stream.subarray(bounds[i], bounds[i + 1])));
          if (i !== restoreAt) continue;
          const snapshot = core.snapshot();
          core = await newCore();
          core.restore(snapshot);
        }
        assert.equal(hex(join(outputs)), hex(whole.outputs));
        assert.equal(hex(core.outputsDigest()), hex(whole.core.outputsDigest()));
      },
    ),
    { numRuns: 25 },
  );
});

test("core: journal cut at any record: all earlier outputs unchanged (no look-ahead)", async () => {
  const stream = sampleStream({ ticks: 1500, seed: 5 });
  const { outputs } = await decided([stream]);
  for (const records of [60, 700, 1200]) {
    let end = 0;
    let n = 0;
    walkRecords(stream, (at, length) => {
      if (n++ < records) end = at + length;
    });
    const cut = await decided([stream.subarray(0, end)]);
    assert.equal(hex(cut.outputs), hex(outputs.subarray(0, cut.outputs.length)));
  }
});

test("core: damaged snapshot, foreign module: refused, the state untouched", async () => {
  const { core } = await decided([sampleStream({ ticks: 100, seed: 6 })]);
  const before = hex(core.snapshot());
  for (const at of [0, 20, 60, 500]) {
    const snapshot = core.snapshot();
    snapshot[at] = (snapshot[at] as number) ^ 1;
    assert.throws(() => core.restore(snapshot), { code: "snapshot_refused" });
  }
  assert.equal(hex(core.snapshot()), before);
});

test("core: a record out of order: a fault that names it, and no life after it", async () => {
  const stream = sampleStream({ ticks: 10, seed: 7 });
  const core = await newCore();
  core.apply(stream);
  assert.throws(() => core.apply(stream.subarray(0, 192)), { code: "core_fault", message: /seq 1 .*seq_order/ });
  assert.throws(() => core.apply(stream.subarray(192, 256)), { code: "core_fault" });
});

test("core: random bytes behind a sane header: a fault or an answer, nothing else", async () => {
  const inputs = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14].map((n) => n | 0x1000);
  const { LENGTH_BY_CODE } = await import("#proto/generated/records.ts");
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom(...inputs), fc.uint8Array({ minLength: 192, maxLength: 192 }), fc.nat(17)), {
        maxLength: 20,
      }),
      async (records) => {
        const core = await newCore();
        let seq = 0n;
        try {
          core.apply(sampleStream({ ticks: 0, seed: 8 }));
          seq = core.lastSeq();
          for (const [code, bytes, symbol] of records) {
            const length = LENGTH_BY_CODE.get(code)?.fixed as number;
            const record = bytes.slice(0, length);
            const view = viewOf(record);
            view.setBigUint64(HEADER_OFFSET.seq, ++seq, true);
            view.setBigInt64(HEADER_OFFSET.time_ns, 1_400_000_000_000_000_000n + seq, true);
            view.setUint16(HEADER_OFFSET.kind, code, true);
            view.setUint16(HEADER_OFFSET.symbol, symbol, true);
            view.setUint32(HEADER_OFFSET.length, length, true);
            core.apply(record);
          }
        } catch (error) {
          assert.equal((error as { code?: string }).code, "core_fault");
        }
      },
    ),
    { numRuns: 200 },
  );
});

/** Inputs and outputs numbered as a journal would: outputs right behind the input that caused them. */
async function journaled(): Promise<Uint8Array> {
  const core = await newCore();
  const parts: Uint8Array[] = [];
  let seq = 0n;
  const number = (records: Uint8Array): Uint8Array => {
    const copy = records.slice();
    walkRecords(copy, (at) => viewOf(copy).setBigUint64(at + HEADER_OFFSET.seq, ++seq, true));
    return copy;
  };
  const stream = sampleStream({ ticks: 1500, seed: 9 });
  walkRecords(stream, (at, length) => {
    const input = number(stream.subarray(at, at + length));
    parts.push(input, number(core.apply(input)));
  });
  return join(parts);
}

test("redecide: an honest journal: nothing differs and nothing is left over", async () => {
  const redecider = new Redecider(await newCore());
  redecider.feed(await journaled());
  assert.equal(redecider.pendingOutputs().length, 0);
  assert.equal(redecider.counts.tick, 1500);
});

test("redecide: one flipped bit in an output: named by seq and field", async () => {
  const journal = await journaled();
  let target = 0;
  walkRecords(journal, (at, _length, code) => {
    if ((code & 0xfff) === 101) target = at;
  });
  journal[target + 48] = (journal[target + 48] as number) ^ 4;
  const redecider = new Redecider(await newCore());
  assert.throws(
    () => redecider.feed(journal),
    (e) =>
      (e as { code: string; field: string }).code === "wrong_digest" &&
      (e as { field: string }).field === "open_points",
  );
});

test("redecide: a record left out: gap", async () => {
  const journal = await journaled();
  const redecider = new Redecider(await newCore());
  redecider.feed(journal.subarray(0, 192));
  assert.throws(() => redecider.feed(journal.subarray(192 + 128)), { code: "gap" });
  assert.equal(BatchSeal.kind, "batch_seal");
});

test("redecide: a release: taken with its operator's signature, refused when a word of it, the stream or the key is another", async () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const streamId = new Uint8Array(16).fill(7);
  const words = {
    command_id: new Uint8Array(16).fill(1),
    operator: "ann",
    reason: "looked at it",
    command: OPERATOR_COMMAND.activate,
    public_key: new Uint8Array(publicKey.export({ type: "spki", format: "der" }).subarray(-32)),
  };
  const signature = sign(null, operatorMessage({ ...words, stream_id: streamId }), privateKey);
  const journal = await journaled();
  const meta = { time_ns: 2n ** 61n, source: 2 };
  const feed = async (changes: Partial<OperatorCommand>) => {
    const redecider = new Redecider(await newCore());
    redecider.feed(journal);
    const command = encodeRecord(OperatorCommand, meta, { ...words, signature, ...changes });
    viewOf(command).setBigUint64(HEADER_OFFSET.seq, redecider.nextSeq, true);
    redecider.feed(command);
  };
  await feed({});
  await feed({ command: OPERATOR_COMMAND.halt, signature: new Uint8Array(64) });
  for (const changes of [
    { operator: "eve" },
    { reason: "looked at it." },
    { command_id: new Uint8Array(16).fill(2) },
    { signature: signature.map((byte, i) => (i === 63 ? byte ^ 1 : byte)) },
    { public_key: words.public_key.map((byte, i) => (i === 0 ? byte ^ 1 : byte)) },
    { signature: sign(null, operatorMessage({ ...words, stream_id: new Uint8Array(16) }), privateKey) },
  ])
    await assert.rejects(feed(changes), { code: "bad_signature" });
});
