// One recorded stream on every engine, twice: straight through, and carried into new instances on the way by copies of
// the state. Both must end with what this process's own core said when the stream was recorded.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Core } from "#core-wasm/host/core.ts";
import { LockstepError } from "#proto/errors.ts";
import { feedCore, type InputSource, recordEnds, type Step } from "../input-stream.ts";
import type { LastSeal } from "../journal-source.ts";
import type { Engine } from "./catalogue.ts";

const MODULE = fileURLToPath(new URL("../../core-wasm/build/core.wasm", import.meta.url));
/** Frames of the stream file: up to the inbox of the core. */
const FRAME_BYTES = 64 * 1024;
const FRAME_KIND = { model: 1, records: 2 } as const;
/** In the second run a new instance goes on before every so many frames. */
const RESTART_EVERY = 37;
const RUN_MS_MAX = 3_600_000;

/** What must be equal everywhere. */
export interface Outcome {
  readonly outputs_digest: string;
  readonly outputs_sha256: string;
  readonly state_sha256: string;
  readonly output_bytes: number;
  readonly records: number;
}

export interface EngineResult extends Outcome {
  readonly engine: string;
  readonly how: string;
  readonly version: string;
  /** Inside the module, in the run straight through. */
  readonly seconds: number;
  readonly records_per_s: number;
  /** What is not as recorded, in words; empty = equal in both runs. */
  readonly differs: readonly string[];
}

/** An engine that said nothing: not there, or it failed. Never a pass. */
export interface EngineFailure {
  readonly engine: string;
  readonly how: string;
  readonly failed: string;
}

export interface EnginesReport {
  readonly core_digest: string;
  readonly recorded: Outcome;
  /** What the live run sealed last, when a journal was decided again. */
  readonly live?: { readonly seq: string; readonly outputs_digest: string };
  readonly engines: readonly (EngineResult | EngineFailure)[];
  readonly equal: boolean;
}

export async function runEngines(o: {
  readonly engines: readonly Engine[];
  readonly source: InputSource;
  readonly onEngine?: (name: string) => void;
}): Promise<EnginesReport> {
  const dir = mkdtempSync(join(tmpdir(), "lockstep-engines-"));
  try {
    const core = await Core.load();
    const stream = join(dir, "stream");
    const { recorded, live } = await record(core, o.source, stream);
    const engines: (EngineResult | EngineFailure)[] = [];
    for (const engine of o.engines) {
      o.onEngine?.(engine.name);
      engines.push(await runEngine(engine, stream, recorded));
    }
    const asLive = live === undefined || live.outputs_digest === recorded.outputs_digest;
    const equal = asLive && engines.every((e) => !("failed" in e) && e.differs.length === 0);
    const core_digest = Buffer.from(core.digest).toString("hex");
    return { core_digest, recorded, ...(live && { live: { ...live, seq: String(live.seq) } }), engines, equal };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Writes the steps to the file while this process's core decides them. */
async function record(
  core: Core,
  source: InputSource,
  path: string,
): Promise<{ recorded: Outcome; live: LastSeal | undefined }> {
  const outputsHash = createHash("sha256");
  const file = openSync(path, "w");
  let records = 0;
  let outputBytes = 0;
  let live: LastSeal | undefined;
  try {
    live = await feedCore(core, source, (step, outputs) => {
      outputsHash.update(outputs);
      outputBytes += outputs.length;
      records += writeStep(file, step);
    });
  } finally {
    closeSync(file);
  }
  if (records === 0) throw new LockstepError("bad_file", "the stream holds no records: name another one");
  const recorded = {
    outputs_digest: Buffer.from(core.outputsDigest()).toString("hex"),
    outputs_sha256: outputsHash.digest("hex"),
    state_sha256: createHash("sha256").update(core.state()).digest("hex"),
    output_bytes: outputBytes,
    records,
  };
  return { recorded, live };
}

/** Returns how many records it held. */
function writeStep(file: number, step: Step): number {
  if (step.kind === "model") {
    writeFrame(file, FRAME_KIND.model, step.bytes);
    return 0;
  }
  const ends = recordEnds(step.bytes);
  let from = 0;
  for (const [i, end] of ends.entries()) {
    const next = ends[i + 1];
    if (next !== undefined && next - from <= FRAME_BYTES) continue;
    writeFrame(file, FRAME_KIND.records, step.bytes.subarray(from, end));
    from = end;
  }
  return ends.length;
}

function writeFrame(file: number, kind: number, bytes: Uint8Array): void {
  const frame = Buffer.alloc(8 + bytes.length);
  frame.writeUInt32LE(kind, 0);
  frame.writeUInt32LE(bytes.length, 4);
  frame.set(bytes, 8);
  for (let at = 0; at < frame.length; ) at += writeSync(file, frame, at);
}

async function runEngine(engine: Engine, stream: string, recorded: Outcome): Promise<EngineResult | EngineFailure> {
  const { name, how } = engine;
  try {
    const launch = await engine.find();
    const drive = async (restartEvery: number): Promise<Outcome & { version: string; seconds: number }> => {
      const args = [...launch.args, MODULE, stream, String(restartEvery), ...(launch.last ?? [])];
      const { stdout } = await promisify(execFile)(launch.command, args, {
        env: { ...process.env, ...launch.env },
        timeout: RUN_MS_MAX,
      });
      return JSON.parse(stdout);
    };
    const straight = await drive(0);
    const restarted = await drive(RESTART_EVERY);
    return {
      engine: name,
      how,
      ...straight,
      records_per_s: Math.round(straight.records / straight.seconds),
      differs: [
        ...differences(straight, recorded),
        ...differences(restarted, recorded).map((what) => `${what}, when carried into new instances`),
      ],
    };
  } catch (error) {
    return { engine: name, how, failed: error instanceof LockstepError ? error.message : whyOf(error) };
  }
}

/** The last line that the engine said, which is where it says why. */
function whyOf(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr || message).trimEnd().split("\n").slice(-12).join("\n");
}

export function differences(found: Outcome, wanted: Outcome): string[] {
  const names = ["records", "output_bytes", "outputs_digest", "outputs_sha256", "state_sha256"] as const;
  return names
    .filter((name) => found[name] !== wanted[name])
    .map((name) => `${name} is ${found[name]}, recorded was ${wanted[name]}`);
}
