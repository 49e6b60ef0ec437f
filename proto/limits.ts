// Every bound of the system, its reason, and the relations between them, checked at load.
import { assert } from "./errors.ts";
import { SLOT_BYTES } from "./records.ts";

/** One gRPC message carries one batch; 16-64 KiB is the knee of the transport (docs/benchmarks.md). */
export const BATCH_SLOTS_MAX = 1024;
/** A quiet stream is still sealed and replicated this soon after its oldest unsealed record. */
export const SEAL_DELAY_MS = 20;
/** While the cloud is away nobody waits for a seal: fewer of them, and an offline day is caught up in seconds. */
export const OFFLINE_SEAL_DELAY_MS = 30_000;
/** 16 MiB: a few seconds of a busy market, small enough to verify and to drop whole. */
export const SEGMENT_SLOTS = 262_144;
/** A single record: the largest verdict with room to grow (24 checks and more). */
export const RECORD_BYTES_MAX = 4096;
/** Records handed to the core in one call. */
export const APPLY_BYTES_MAX = 256 * 1024;
/** Symbols a stream, index 1..16. */
export const SYMBOLS_MAX = 16;
/** Batches on the way that the cloud has not yet made durable. */
export const CREDIT_BATCHES_MAX = 64;
/** Bytes staged for group commit before the connector stops reading from the terminal. */
export const STAGED_BYTES_MAX = 8 * 1024 * 1024;
/** Events that trading-engine holds for the bus before it stops re-deciding: a minute's worth at a thousand a second. */
export const EVENTS_QUEUED_MAX = 65_536;
/** Events published and not yet acknowledged. */
export const EVENTS_IN_FLIGHT_MAX = 1_024;
/** A stream's verified position goes out at most this often; the latest one always does. */
export const VERIFIED_INTERVAL_MS = 20;
/** MTX1: largest payload of a frame. */
export const MTX1_PAYLOAD_MAX = 1_048_576;
/** Characters of a news item's title and link: UTF-8 of both fits a record with room for its fields. */
export const NEWS_TITLE_MAX = 400;
export const NEWS_LINK_MAX = 600;
/** News items handed over at once. */
export const NEWS_ITEMS_A_CALL = 50;
/** Calendar events handed over at once, and known at a time: three weeks of every country are some three thousand. */
export const CALENDAR_EVENTS_A_CALL = 500;
export const CALENDAR_EVENTS_MAX = 8_192;
/** Bars of the core: M1, M5, M15, H1. */
export const TIMEFRAMES_S = [60, 300, 900, 3600] as const;
/** Bars of a history file handed over at once: some 100 KiB. */
export const HISTORY_BARS_A_CALL = 1_000;
/** Bars a timeframe that wait for a symbol's specification: many times what any window of the core looks back on. */
export const HISTORY_STAGED_MAX = 5_000;
/** The latest time that the core takes: 2^43 milliseconds, in the year 2248. */
export const TIME_MS_MAX = 2 ** 43;
/** A model artefact: the core's model region (core-wasm/assembly/memory.ts). */
export const MODEL_BYTES_MAX = 2 * 1024 * 1024;
/** Of an artefact on its way to the edge: beside the journal's batches it is no more than one of them. */
export const MODEL_CHUNK_BYTES = 64 * 1024;

assert(SEGMENT_SLOTS % BATCH_SLOTS_MAX === 0, "segments hold whole batches at the least");
assert(3 * (NEWS_TITLE_MAX + NEWS_LINK_MAX) < RECORD_BYTES_MAX - 256, "a news item fits a record");
assert(RECORD_BYTES_MAX % SLOT_BYTES === 0 && RECORD_BYTES_MAX < BATCH_SLOTS_MAX * SLOT_BYTES, "a record fits a batch");
assert(APPLY_BYTES_MAX >= BATCH_SLOTS_MAX * SLOT_BYTES, "a batch is applied in one call");
assert(STAGED_BYTES_MAX > APPLY_BYTES_MAX, "back-pressure starts above one apply");
assert(EVENTS_QUEUED_MAX > EVENTS_IN_FLIGHT_MAX, "the queue holds more than is on the way");
