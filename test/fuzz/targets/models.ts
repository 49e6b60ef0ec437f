// What reaches the edge about models: orders and pieces, damaged, cut, stale and shuffled, into the codec and the machine that
// fetches; and what a person sets for their answers. Only LockstepErrors are thrown; a model that is delivered is whole.
import { hash } from "node:crypto";
import { ZodError } from "zod";
import { LockstepError } from "#proto/errors.ts";
import { hexOf } from "#proto/hex.ts";
import { MODEL_CHUNK_BYTES } from "#proto/limits.ts";
import { MODEL_ROLE } from "#proto/records.ts";
import { ModelConfigOrder } from "#proto/services/metatrader-connector.ts";
import { type FetcherEffect, ModelFetcher } from "#storage/replication/model-fetcher.ts";
import {
  decodeModelCloud,
  decodeModelEdge,
  encodeModelCloud,
  encodeModelEdge,
  type ModelRequest,
} from "#storage/replication/model-messages.ts";
import { artefact, MemoryParts, orderFor } from "#storage/replication/model-parts.fixture.ts";
import { modelConfigBody } from "../../../start/model/configure.ts";
import type { Picks } from "../../choices.ts";
import { damaged, damagedText } from "../damage.ts";
import { holds, Reached, type Target } from "../target.ts";

const MODELS = [MODEL_CHUNK_BYTES + 5, 700, 40].map((bytes, i) => artefact(bytes, i));
const BY_DIGEST = new Map(MODELS.map((bytes) => [hash("sha256", bytes), bytes]));

function orderBytes(pick: Picks): Uint8Array {
  const role = pick.oneIn(2) ? MODEL_ROLE.live : MODEL_ROLE.shadow;
  const bytes = role === MODEL_ROLE.shadow && pick.oneIn(6) ? undefined : MODELS[pick.below(MODELS.length)];
  return encodeModelCloud({
    type: "order",
    assignment: orderFor(bytes, { role, assignment_version: 1 + pick.below(6) }),
  });
}

function answerBytes({ sha256, offset }: ModelRequest, pick: Picks): Uint8Array {
  const bytes = BY_DIGEST.get(hexOf(sha256));
  if (!bytes || pick.oneIn(20))
    return encodeModelCloud({ type: "refusal", sha256, code: "not_found", message: "not published" });
  const from = pick.oneIn(10) ? pick.below(bytes.length) : offset;
  const data = bytes.slice(from, from + MODEL_CHUNK_BYTES);
  if (pick.oneIn(6)) data[pick.below(data.length)] = pick.below(256);
  return encodeModelCloud({ type: "chunk", sha256, offset: from, data: data.length > 0 ? data : new Uint8Array(1) });
}

export function modelLine(): Target {
  const seen = new Reached([
    ...["connect", "disconnect", "asked", "delivered", "no shadow", "garbage", "restarted"],
    ...["bad_file", "not_found", "protocol"].map((code) => `alarm: ${code}`),
  ]);
  const play = (pick: Picks): void => {
    const parts = new MemoryParts();
    const random = { bytes: (n: number) => new Uint8Array(n).fill(pick.below(256)) };
    let fetcher = new ModelFetcher({ parts, random });
    let ms = 0;
    let asked: ModelRequest | undefined;
    const take = (effects: readonly FetcherEffect[]): void => {
      for (const effect of effects) {
        if (effect.type === "deliver") {
          const { sha256, size_bytes } = effect.assignment;
          const whole = parts.whole.get(hexOf(sha256));
          holds(size_bytes === 0 || whole !== undefined, "what is delivered is here");
          holds(whole === undefined || hash("sha256", whole) === hexOf(sha256), "and has the digest of its order");
          seen.see(size_bytes === 0 ? "no shadow" : "delivered");
        } else if (effect.type === "send") {
          asked = decodeModelEdge(encodeModelEdge(effect.message));
          seen.see("asked");
        } else if (effect.type === "alarm") seen.see(`alarm: ${effect.error.code}`);
        else {
          seen.see(effect.type);
          if (effect.type === "connect") take(fetcher.onConnected());
        }
      }
    };
    take(fetcher.start());
    for (let step = 4 + pick.below(40); step > 0; step--) {
      ms += pick.oneIn(8) ? pick.below(70_000) : 200;
      take(fetcher.tick(ms));
      if (pick.oneIn(24)) {
        fetcher = new ModelFetcher({ parts, random });
        seen.see("restarted");
        take(fetcher.start());
      } else if (pick.oneIn(16)) take(fetcher.onDisconnected(ms));
      const honest = asked && !pick.oneIn(4) ? answerBytes(asked, pick) : orderBytes(pick);
      const bytes = pick.oneIn(6) ? damaged(honest, orderBytes(pick), pick) : honest;
      try {
        take(fetcher.onMessage(ms, decodeModelCloud(bytes)));
      } catch (error) {
        if (!(error instanceof LockstepError)) throw error;
        seen.see("garbage");
        take(fetcher.onGarbage(ms, error));
      }
    }
  };
  return { play, reached: () => seen.entries(), reachFrom: 2_000 };
}

const FILE = JSON.stringify({
  symbol: "EURUSD",
  off: ["M1 direction", "H1 regime"],
  weights: { boosted: 1, forest: 0.5, logistic: 0, perceptron: 4, gru: 1 },
  edge_min: 0.02,
  disagreement_max: 0.3,
  drift_max: 0.25,
  volatile_from: 0.6,
});
const PIECES = ["1e999", "-1", "null", "4.0001", '"M1 direction",', "{}", "[]", "0.5000000000000001", "EURUSD", "NaN"];
const STATUS = { stream_id: "00".repeat(16), symbols: [{ index: 1, name: "EURUSD" }], model_configs: [] };

/** What such a file becomes is a call that the connector's door takes; anything else is refused by name. */
export function modelConfig(): Target {
  const seen = new Reached(["taken", "no JSON", "refused by shape", "refused: not_found"]);
  const play = (pick: Picks): void => {
    let text = FILE;
    for (let n = pick.below(4); n > 0; n--) text = damagedText(text, PIECES, pick);
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      seen.see("no JSON");
      return;
    }
    try {
      const body = modelConfigBody({ json, status: STATUS, operator: "fuzz", reason: "fuzz", identity: undefined });
      ModelConfigOrder.parse(body);
      seen.see("taken");
    } catch (error) {
      if (error instanceof ZodError) seen.see("refused by shape");
      else if (error instanceof LockstepError) seen.see(`refused: ${error.code}`);
      else throw error;
    }
  };
  return { play, reached: () => seen.entries(), reachFrom: 2_000 };
}
