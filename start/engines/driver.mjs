// One engine, one module, one recorded stream: node|bun driver.mjs MODULE STREAM RESTART_EVERY. Prints one JSON object.
// Plain JavaScript with nothing of ours in it, so that every JavaScript engine runs this very file. The stream is
// frames: u32 kind (1 = model, 2 = input records), u32 bytes, bytes. With RESTART_EVERY n > 0 the state is carried
// into a new instance before every n-th frame of records.
import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";

const MODEL = 1;
const CHUNK = 4096;
const [moduleFile, streamFile, restartEvery] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(moduleFile));
const outputs = createHash("sha256");
let chain = Buffer.alloc(32);
let rest = Buffer.alloc(0);
/** Those of the stream so far: a state that is carried on may score with any of them. The last one lies in the region. */
const models = [];
let core = open();
let records = 0;
let outputBytes = 0;
let seconds = 0;

function open() {
  const { exports } = new WebAssembly.Instance(module, {});
  return { exports, memory: new Uint8Array(exports.memory.buffer) };
}

function loadModel(model) {
  const at = core.exports.modelAt();
  core.memory.fill(0, at, at + core.exports.modelBytesMax());
  core.memory.set(model, at);
}

const stateOf = ({ exports, memory }) => memory.subarray(exports.stateAt(), exports.stateAt() + exports.stateBytes());

function restart() {
  const state = stateOf(core).slice();
  core = open();
  core.memory.set(state, core.exports.stateAt());
  for (const model of [...models].reverse()) {
    if (core.exports.modelHeld() === 1) break;
    loadModel(model);
    core.exports.holdModel(model.length);
  }
  if (models.length > 0) loadModel(models.at(-1));
}

function apply(input) {
  const { exports, memory } = core;
  const inbox = exports.inboxAt();
  if (input.length > exports.inboxBytesMax())
    throw new Error(`a frame of ${input.length} bytes does not fit the inbox`);
  memory.set(input, inbox);
  for (let left = input.length; left > 0; ) {
    const began = performance.now();
    const consumed = exports.apply(left);
    seconds += (performance.now() - began) / 1000;
    const bytes = exports.outboxBytes();
    const made = memory.slice(exports.outboxAt(), exports.outboxAt() + bytes);
    outputs.update(made);
    digestOutputs(made);
    outputBytes += bytes;
    // A full outbox stops the call between two records: the rest is given again from the inbox's start.
    memory.copyWithin(inbox, inbox + consumed, inbox + left);
    left -= consumed;
  }
}

/** As core-wasm/host/digest.ts defines it. */
function digestOutputs(made) {
  rest = Buffer.concat([rest, made]);
  for (; rest.length >= CHUNK; rest = rest.subarray(CHUNK))
    chain = createHash("sha256").update(chain).update(rest.subarray(0, CHUNK)).digest();
}

function countRecords(input) {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  for (let at = 0; at < input.length; at += view.getUint32(at + 20, true)) records++;
}

const file = openSync(streamFile, "r");
const head = new Uint8Array(8);
for (let frames = 0; readSync(file, head) === 8; ) {
  const view = new DataView(head.buffer);
  const bytes = new Uint8Array(view.getUint32(4, true));
  if (readSync(file, bytes) !== bytes.length) throw new Error("the stream file is cut off");
  if (view.getUint32(0, true) === MODEL) {
    models.push(bytes);
    loadModel(bytes);
    continue;
  }
  if (Number(restartEvery) > 0 && ++frames % Number(restartEvery) === 0) restart();
  countRecords(bytes);
  apply(bytes);
}
closeSync(file);

const { versions } = process;
console.log(
  JSON.stringify({
    version: versions.bun ? `Bun ${versions.bun}` : `Node ${versions.node}, V8 ${versions.v8}`,
    outputs_digest: createHash("sha256").update(chain).update(rest).digest("hex"),
    outputs_sha256: outputs.digest("hex"),
    state_sha256: createHash("sha256").update(stateOf(core)).digest("hex"),
    output_bytes: outputBytes,
    records,
    seconds,
  }),
);
