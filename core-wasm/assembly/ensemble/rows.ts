// Scoring without a stream: rows of model inputs from the inbox, Scores into the outbox. The same functions as behind a
// bar's close. A row: f32 x inputs, in the model's order, to a multiple of four; where the head has a GRU, then its steps,
// oldest first, eight f32 each.
import { check, FAULT_INBOX_BOUNDS } from "../fault";
import { INBOX_AT, INBOX_BYTES, OUTBOX_AT, OUTBOX_BYTES, ROW_AT, SEQUENCE_AT } from "../memory";
import { stepsOf } from "./gru";
import { featureCount, HEADS_MAX, Head, headCount, headOf, section } from "./head";
import { four } from "./perceptron";
import { endRow } from "./row";
import { SCORES_BYTES, Scores, scoreHead } from "./score";
import { SEQUENCE_BYTES, STEPS_MAX } from "./sequence";
import { useFullShares } from "./settings";
import { copy16 } from "./vector";

/** Bytes of a row of the held model's head. */
export function rowBytes(index: u32): u32 {
  check(index < HEADS_MAX && index < headCount(), FAULT_INBOX_BOUNDS);
  return <u32>(four(featureCount()) * 4 + sequenceBytes(headOf(index)));
}

/** Scores `rows` rows of the inbox with the held model's head. */
export function scoreRows(index: u32, rows: u32): void {
  const bytes = <usize>rowBytes(index);
  check(rows <= 0x10000 && <usize>rows * bytes <= INBOX_BYTES, FAULT_INBOX_BOUNDS);
  check(<usize>rows * SCORES_BYTES <= OUTBOX_BYTES, FAULT_INBOX_BOUNDS);
  useFullShares();
  const head = headOf(index);
  const inputs = four(featureCount()) * 4;
  const sequence = sequenceBytes(head);
  for (let i: u32 = 0; i < rows; i++) {
    const from = INBOX_AT + <usize>i * bytes;
    copy16(ROW_AT, from, inputs);
    endRow(featureCount());
    copy16(SEQUENCE_AT + <usize>STEPS_MAX * SEQUENCE_BYTES - sequence, from + inputs, sequence);
    copy16(OUTBOX_AT + <usize>i * SCORES_BYTES, changetype<usize>(scoreHead(head, 0)), SCORES_BYTES);
  }
}

function sequenceBytes(head: Head): usize {
  return head.gru_at == 0 ? 0 : <usize>stepsOf(section(head.gru_at)) * SEQUENCE_BYTES;
}
