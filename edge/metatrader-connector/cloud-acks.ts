// What the cloud has acknowledged of one stream: the highest ever, to be shown, and what may be deleted on the strength of
// it. Guarantee: for deletion only counts what came over the line that is there now. What an earlier one said may no longer
// be true: while the line was away the log may have been set back to a backup, which this journal must fill again.
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);

export class CloudAcks {
  /** Seqs, 0 = none yet. */
  durableSeq = 0n;
  verifiedSeq = 0n;
  /** Durable and decided again, as said since the line is there; 0 without a line. */
  deletableSeq = 0n;

  onLine(connected: boolean): void {
    if (!connected) this.deletableSeq = 0n;
  }

  /** As the sender reports: only when one of the two is more than it has reported before. */
  onAck(durableSeq: bigint, verifiedSeq: bigint): void {
    if (durableSeq > this.durableSeq) this.durableSeq = durableSeq;
    if (verifiedSeq > this.verifiedSeq) this.verifiedSeq = verifiedSeq;
    this.deletableSeq = min(durableSeq, verifiedSeq);
  }
}
