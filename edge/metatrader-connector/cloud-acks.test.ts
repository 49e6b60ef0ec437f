import assert from "node:assert/strict";
import { test } from "node:test";
import { CloudAcks } from "./cloud-acks.ts";

test("cloud acks: the line is gone and the log comes back older: nothing may be deleted until it has grown again", () => {
  const acks = new CloudAcks();
  acks.onLine(true);
  acks.onAck(300n, 289n);
  assert.equal(acks.deletableSeq, 289n);
  acks.onLine(false);
  assert.equal(acks.deletableSeq, 0n);
  acks.onLine(true);
  assert.equal(acks.deletableSeq, 0n, "the word of the line before");
  assert.deepEqual([acks.durableSeq, acks.verifiedSeq], [300n, 289n], "what was acknowledged is still shown");
  acks.onAck(301n, 289n);
  assert.equal(acks.deletableSeq, 289n);
});

test("cloud acks: a sender that begins afresh reports less than the one before: deletion goes by what it reports", () => {
  const acks = new CloudAcks();
  acks.onLine(true);
  acks.onAck(300n, 289n);
  acks.onLine(false);
  acks.onLine(true);
  acks.onAck(269n, 0n);
  assert.equal(acks.deletableSeq, 0n);
  acks.onAck(275n, 270n);
  assert.equal(acks.deletableSeq, 270n);
  assert.deepEqual([acks.durableSeq, acks.verifiedSeq], [300n, 289n]);
});
