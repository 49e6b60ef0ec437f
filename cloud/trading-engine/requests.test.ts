import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import { type RequestWords, requestMessage } from "#proto/cloud-command.ts";
import { LockstepError } from "#proto/errors.ts";
import { checkRequest } from "./requests.ts";

const code = (expected: string) => (error: unknown) => error instanceof LockstepError && error.code === expected;

function person(name: string) {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const public_key = publicKey.export({ type: "spki", format: "der" }).subarray(-32).toString("hex");
  const ask = (words: Omit<RequestWords, "operator">) => ({
    operator: name,
    epoch: words.epoch,
    public_key,
    signature: sign(null, requestMessage({ ...words, operator: name }), privateKey).toString("hex"),
  });
  return { name, public_key, ask };
}

test("requests: an operator's, for this stream, epoch and wish: admitted; any other word: refused by name", () => {
  const ann = person("ann");
  const operators = [{ name: ann.name, public_key: ann.public_key }];
  const wish = { stream_id: "09".repeat(16), action: "replace" as const, detail: "07".repeat(32) };
  const body = ann.ask({ ...wish, epoch: 3 });
  const check = (o: Partial<Parameters<typeof checkRequest>[0]>) => () =>
    checkRequest({ body, words: wish, operators, epoch: 3, ...o });
  check({})();
  assert.throws(check({ operators: [] }), code("auth_refused"));
  assert.throws(check({ body: { ...body, operator: "bob" } }), code("auth_refused"));
  const impostor = person("ann");
  assert.throws(
    check({ body: impostor.ask({ ...wish, epoch: 3 }) }),
    code("auth_refused"),
    "the right name, another key",
  );
  assert.throws(check({ words: { ...wish, detail: "08".repeat(32) } }), code("bad_signature"), "another box");
  assert.throws(check({ words: { ...wish, action: "stop" } }), code("bad_signature"));
  assert.throws(check({ words: { ...wish, stream_id: "0a".repeat(16) } }), code("bad_signature"));
  assert.throws(check({ body: { ...body, epoch: 4 }, epoch: 4 }), code("bad_signature"), "the epoch is signed too");
  assert.throws(check({ epoch: 4 }), code("refused"), "an old request");
});
