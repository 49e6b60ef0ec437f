// What a stream has of a symbol's ticks: the last time and every row at that time. After a reconnect the EA sends again
// from that time on; the rows that are here already are dropped, whole rows with multiplicity, never by time alone.

export class TickCursor {
  /** UTC milliseconds of the newest tick, -1 = none yet. */
  ms = -1;
  #rows: number[] = [];
  #owed: number[] | undefined;
  #owedMs = -1;

  /** A tick went into the journal. */
  onTick(ms: number, flags: number, bid: number, ask: number): void {
    if (ms < this.ms) return;
    if (ms > this.ms) {
      this.ms = ms;
      this.#rows.length = 0;
    }
    this.#rows.push(flags, bid, ask);
  }

  /** A session begins: the EA will send rows from `ms` on. */
  onSession(): void {
    this.#owed = this.ms >= 0 ? [...this.#rows] : undefined;
    this.#owedMs = this.ms;
  }

  /** True when this row of the new session is in the journal already. */
  has(ms: number, flags: number, bid: number, ask: number): boolean {
    const owed = this.#owed;
    if (owed === undefined) return false;
    if (ms < this.#owedMs) return true;
    if (ms > this.#owedMs) {
      this.#owed = undefined;
      return false;
    }
    for (let i = 0; i < owed.length; i += 3) {
      if (owed[i] !== flags || owed[i + 1] !== bid || owed[i + 2] !== ask) continue;
      owed.splice(i, 3);
      return true;
    }
    return false;
  }

  toJSON(): { ms: number; rows: number[] } {
    return { ms: this.ms, rows: [...this.#rows] };
  }

  static from(saved: { ms: number; rows: number[] }): TickCursor {
    const cursor = new TickCursor();
    cursor.ms = saved.ms;
    cursor.#rows = [...saved.rows];
    return cursor;
  }
}
