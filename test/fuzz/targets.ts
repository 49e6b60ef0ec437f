// The list of targets, and the tapes that were kept for each.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { decodeTape, encodeTape } from "./tape.ts";
import type { Target } from "./target.ts";

interface Entry {
  readonly what: string;
  /** Inputs in `npm test`; 0 = a test of its own. */
  readonly smoke: number;
  readonly open: () => Promise<Target>;
}

export const TARGETS: Readonly<Record<string, Entry>> = {
  core: {
    what: "the core: streams of records; no trap, no broken promise",
    smoke: 0, // core-fuzz.test.ts plays enough of them to reach everything
    open: async () => (await import("./core-fuzz.ts")).coreTarget(),
  },
  "ea-link": {
    what: "what a terminal can say to the connector, through to the core and back",
    smoke: 250,
    open: async () => (await import("./targets/ea-link.ts")).eaLink(),
  },
  "mtx1-frames": {
    what: "what an EA's socket can bring: frames, before anybody looks at them",
    smoke: 2000,
    open: async () => (await import("./targets/mtx1-frames.ts")).mtx1Frames(),
  },
  "replication-receiver": {
    what: "the cloud's end of replication under a hostile line",
    smoke: 150,
    open: async () => (await import("./targets/replication.ts")).replicationReceiver(),
  },
  "replication-sender": {
    what: "the edge's end of replication under a hostile line",
    smoke: 1200,
    open: async () => (await import("./targets/replication.ts")).replicationSender(),
  },
  "replication-wire": {
    what: "replication messages as bytes",
    smoke: 4_000,
    open: async () => (await import("./targets/replication.ts")).replicationWire(),
  },
  "model-line": {
    what: "models on their way to the edge over a hostile line",
    smoke: 300,
    open: async () => (await import("./targets/models.ts")).modelLine(),
  },
  "model-config": {
    what: "what a person sets for the models' answers, as a file and as a call",
    smoke: 1_000,
    open: async () => (await import("./targets/models.ts")).modelConfig(),
  },
  "journal-files": {
    what: "journal segments damaged: reading and recovery",
    smoke: 300,
    open: async () => (await import("./targets/journal.ts")).journalFiles(),
  },
  "journal-snapshots": {
    what: "snapshot files damaged",
    smoke: 1_000,
    open: async () => (await import("./targets/journal.ts")).journalSnapshots(),
  },
  "journal-batches": {
    what: "batches and seals damaged, also as the event log cuts them",
    smoke: 1_000,
    open: async () => (await import("./targets/journal.ts")).journalBatches(),
  },
  "mt5-files": {
    what: "MT5's tick and bar exports",
    smoke: 1500,
    open: async () => (await import("./targets/mt5-files.ts")).mt5Files(),
  },
  feeds: {
    what: "news sources: RSS, Atom and JSON",
    smoke: 2_000,
    open: async () => (await import("./targets/feeds.ts")).feeds(),
  },
  "calendar-files": {
    what: "economic calendar files: CSV and JSON",
    smoke: 2_000,
    open: async () => (await import("./targets/feeds.ts")).calendarFiles(),
  },
  "history-rows": {
    what: "rows of history files: judged, and built into bars",
    smoke: 2_000,
    open: async () => (await import("./targets/history.ts")).historyRows(),
  },
  artefact: {
    what: "model artefacts: the host's reader and the core's own agree",
    smoke: 1_000,
    open: async () => (await import("./targets/artefact.ts")).artefact(),
  },
  "core-snapshots": {
    what: "snapshots of the core",
    smoke: 30,
    open: async () => (await import("./targets/snapshots.ts")).coreSnapshots(),
  },
  "edge-snapshots": {
    what: "snapshots of the edge: core and book",
    smoke: 1000,
    open: async () => (await import("./targets/snapshots.ts")).edgeSnapshots(),
  },
  settings: {
    what: "the edge's settings file",
    smoke: 1000,
    open: async () => (await import("./targets/texts.ts")).settings(),
  },
  configuration: {
    what: "configurations: documents, stored files, secrets, HTTP bodies",
    smoke: 2_000,
    open: async () => (await import("./targets/configuration.ts")).configuration(),
  },
  environments: {
    what: "every service's environment and start's command line",
    smoke: 150,
    open: async () => (await import("./targets/texts.ts")).environments(),
  },
  events: {
    what: "events on the bus and cursors of pages",
    smoke: 2000,
    open: async () => (await import("./targets/texts.ts")).events(),
  },
  gateway: {
    what: "the read API's routes, in process",
    smoke: 150,
    open: async () => (await import("./targets/http.ts")).gateway(),
  },
  "connector-door": {
    what: "the connector's port over real sockets: HTTP or MTX1 by the first bytes",
    smoke: 200,
    open: async () => (await import("./targets/http.ts")).connectorDoor(),
  },
};

/** Targets that must fail: whether the harness notices (fuzz.test.ts). Never part of a run over all. */
export const CANARIES: Readonly<Record<string, Entry>> = {
  "canary-crash": {
    what: "throws on one input in a hundred thousand",
    smoke: 0,
    open: async () => (await import("./targets/canaries.ts")).crashing(),
  },
  "canary-hang": {
    what: "never ends on one input in a thousand",
    smoke: 0,
    open: async () => (await import("./targets/canaries.ts")).hanging(),
  },
  "canary-memory": {
    what: "keeps what it got",
    smoke: 0,
    open: async () => (await import("./targets/canaries.ts")).hoarding(),
  },
  "canary-heap": {
    what: "fills its heap",
    smoke: 0,
    open: async () => (await import("./targets/canaries.ts")).filling(),
  },
  "canary-blind": {
    what: "never gets where it says it does",
    smoke: 0,
    open: async () => (await import("./targets/canaries.ts")).blind(),
  },
};

export function openTarget(name: string): Promise<Target> {
  const entry = TARGETS[name] ?? CANARIES[name];
  if (!entry) throw new Error(`no target ${name}: \`npm run fuzz -- --list\` names them`);
  return entry.open();
}

const corpusFile = (name: string): URL => new URL(`corpus/${name}.tapes`, import.meta.url);

/** One tape a line; none kept = none. */
export function readCorpus(name: string): number[][] {
  if (!existsSync(corpusFile(name))) return [];
  return readFileSync(corpusFile(name), "utf8").split("\n").filter(Boolean).map(decodeTape);
}

export function writeCorpus(name: string, corpus: readonly (readonly number[])[]): void {
  writeFileSync(corpusFile(name), corpus.map((words) => `${encodeTape(words)}\n`).join(""));
}
