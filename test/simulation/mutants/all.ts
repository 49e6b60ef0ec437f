// Deliberate bugs: each changes the source of one file of the system as it is loaded. The product carries no switches.
// A change of the core (core-wasm/assembly) is compiled into a module of its own.

export interface Mutant {
  readonly name: string;
  /** Path in the repository. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const JOURNAL = "storage/journal/journal.ts";
const RECEIVER = "storage/replication/receiver.ts";
const SENDER = "storage/replication/sender.ts";
const ORDERS = "edge/metatrader-connector/orders.ts";
const EDGE = "edge/metatrader-connector/edge.ts";
const RECOVERY = "edge/metatrader-connector/recovery.ts";
const DOOR = "edge/metatrader-connector/door.ts";
const PROJECTION = "cloud/database-service/project-io.ts";
const ASK_UNKNOWN =
  "effects.push(...this.#toUnknown(track, { state: ORDER_STATE.unknown, final: false, retcode: 0 }, now));\n      else if";

export const MUTANTS: readonly Mutant[] = [
  {
    name: "acknowledge-before-sync",
    file: JOURNAL,
    from: "return this.#files.current.writeDurable(bytes, group.at);",
    to: "return this.#files.current.write(bytes, group.at);",
  },
  {
    name: "failed-sync-counts",
    file: JOURNAL,
    from: "durable.then(this.#onDurable, this.#onWriteFailed);",
    to: "durable.then(this.#onDurable, this.#onDurable);",
  },
  {
    name: "skip-directory-sync",
    file: "storage/journal/segment-files.ts",
    from: "    await this.#disk.syncDirectory();\n",
    to: "",
  },
  {
    name: "recovery-drops-last-group",
    file: "storage/journal/scan.ts",
    from: "      groups.push({ at, commit });\n",
    to:
      "      const after = at + SLOT_BYTES + commit.recordBytes;\n" +
      "      if (!laterCommit({ bytes, view, from: after, place, nextSeq: nextSeq + 1 }))\n" +
      "        return tail({ input, groups, end: at, nextSeq, marked: false });\n" +
      "      groups.push({ at, commit });\n",
  },
  {
    name: "records-unchecked-at-recovery",
    file: "storage/journal/scan.ts",
    from: "const length = checkRecord(bytes, view, record);",
    to: "const length = view.getUint32(record + 20, true);",
  },
  {
    name: "truncate-unacknowledged",
    file: EDGE,
    from: "[this.cloud.deletableSeq, oldest, kept]",
    to: "[this.journal.durableSealedSeq, oldest, kept]",
  },
  {
    name: "acknowledge-before-append",
    file: RECEIVER,
    from: "    this.#pending.push({ lastSeq, session });\n",
    to: "    this.#pending.push({ lastSeq, session });\n    this.#durableSeq = lastSeq;\n",
  },
  {
    name: "acknowledge-before-verify",
    file: RECEIVER,
    from: "const verifiedSeq = inLog ? this.#verifiedSeq : durableSeq;",
    to: "const verifiedSeq = inLog ? durableSeq : durableSeq;",
  },
  {
    name: "credit-not-returned",
    file: RECEIVER,
    from: "    first.session.credit.settle();\n",
    to: "",
  },
  {
    name: "signature-unchecked",
    file: "storage/journal/batch.ts",
    from: "if (!verifySeal(batch.subarray(sealAt), given.publicKey))",
    to: "if (batch.length === 0)",
  },
  {
    name: "chain-unchecked",
    file: "storage/journal/batch.ts",
    from: "if (!equalBytes(seal.previousHash, given.previousHash))",
    to: "if (batch.length === 0)",
  },
  {
    name: "half-open-line-unnoticed",
    file: SENDER,
    from: "this.#heldSeq < this.#nextSeq - 1n && nowMs >= this.#deadlineMs",
    to: "this.#heldSeq > this.#nextSeq && nowMs >= this.#deadlineMs",
  },
  {
    name: "silent-terminal-unnoticed",
    file: "edge/metatrader-connector/ea-session.ts",
    from: "if (silentMs > SILENCE_MS + this.#busyMs)",
    to: "if (silentMs > 1_000 * (SILENCE_MS + this.#busyMs))",
  },
  {
    name: "send-before-durable",
    file: ORDERS,
    from: 'if (track.phase === "deciding" && track.order.seq <= seq)',
    to: 'if (track.phase === "deciding" && seq > 0n)',
  },
  {
    name: "resend-on-timeout",
    file: ORDERS,
    from: ASK_UNKNOWN,
    to: 'effects.push({ do: "command", order: track.order });\n      else if',
  },
  {
    name: "timeout-is-rejected",
    file: ORDERS,
    from: ASK_UNKNOWN,
    to: "effects.push(...this.#finish(track, { state: ORDER_STATE.rejected, final: true, retcode: 0 }));\n      else if",
  },
  {
    name: "resend-after-restart",
    file: ORDERS,
    from: 'this.#track(order, "doubt", now.ms);',
    to: 'this.#track(order, "ready", now.ms);',
  },
  {
    name: "lost-ea-memory-is-never-sent",
    file: ORDERS,
    from: "if (!o.sameJournal || track.order.state !== ORDER_STATE.none) return this.#onLost(track, o.now);",
    to: "",
  },
  {
    name: "withdraw-nothing",
    file: ORDERS,
    from: "if (!this.mayOpen && track.order.intent.action === INTENT_ACTION.open) return this.#finish(track, WITHDRAWN);",
    to: "",
  },
  {
    name: "deal-booked-twice",
    file: DOOR,
    from: "if (this.#book.hasDeal(row.deal) || this.#freshDeals.has(row.deal)) {",
    to: "if (this.#freshDeals.has(row.deal)) {",
  },
  {
    name: "reversed-position-forgotten",
    file: DOOR,
    from: "    this.#renamed(row);\n",
    to: "",
  },
  {
    name: "another-core-decides",
    file: RECOVERY,
    from: "if (began !== hexOf(core.digest))",
    to: 'if (began === "")',
  },
  {
    name: "newer-records-are-torn",
    file: "storage/journal/scan.ts",
    from: "if (isForeign(error) && isWhole(view, record, end))",
    to: "if (isForeign(error) && end < 0)",
  },
  {
    name: "another-history-believed",
    file: SENDER,
    from: "    if (this.#expectedHash) {\n      this.#heard = { durableSeq, verifiedSeq };\n      return;\n    }\n",
    to: "",
  },
  {
    name: "pending-outputs-forgotten",
    file: EDGE,
    from: "&& recovered.pending.length > 0) {",
    to: "&& recovered.pending.length > 1e9) {",
  },
  {
    name: "refused-start-seals",
    file: EDGE,
    from: "await journal.release();",
    to: "await journal.close();",
  },
  {
    name: "rows-not-taken-back",
    file: PROJECTION,
    from: "const removed = await tables.removeBeyond({ stream, seq: cursor.seq });",
    to: "const removed = 0;",
  },
  {
    name: "lease-ignored",
    file: "core-wasm/assembly/risk/windows.ts",
    from: "  atLeast(left_ms, 1);\n}\n\n/** Headroom",
    to: "  unlimited(left_ms);\n}\n\n/** Headroom",
  },
  {
    name: "exposure-without-in-flight",
    file: "core-wasm/assembly/risk/portfolio.ts",
    from: "if (opening.state != IN_FLIGHT_NONE && rest > 0) {",
    to: "if (opening.state != IN_FLIGHT_NONE && rest < 0) {",
  },
];
