// What the cloud may order, and which box the stream is on. Signatures are verified by the host before a command is
// journaled and again by everyone who decides anew (core-wasm/host/authority.ts); here is what they are held against.
import { refuseInput } from "./alerts";
import {
  CloudCommand,
  CloudKey,
  LEASE_CODE,
  OPERATOR_COMMAND_CODE,
  RISK_LIMITS_CODE,
  Takeover,
} from "./generated/records";
import { CLOUD_KEYS_MAX, cloudKeyAt, stream } from "./state";
import { CloudKey as KnownKey } from "./structures";

const KEY_BYTES: usize = offsetof<KnownKey>();
/** A lease that has ended: not the 0 of one that there never was. */
const ENDED_NS: i64 = 1;

export function applyCloudKey(record: CloudKey): void {
  const s = stream();
  const from = changetype<usize>(record) + offsetof<CloudKey>("public_key_0");
  for (let i: u32 = 0; i < s.cloud_keys; i++) {
    const known = changetype<usize>(cloudKeyAt(i));
    if (memory.compare(known, from, KEY_BYTES) != 0) continue;
    if (record.revoked != 0) {
      s.cloud_keys--;
      const last = changetype<usize>(cloudKeyAt(s.cloud_keys));
      memory.copy(known, last, KEY_BYTES);
      memory.fill(last, 0, KEY_BYTES);
    }
    return;
  }
  if (record.revoked != 0) return;
  if (s.cloud_keys == CLOUD_KEYS_MAX) return refuseInput(0, record.kind);
  memory.copy(changetype<usize>(cloudKeyAt(s.cloud_keys)), from, KEY_BYTES);
  s.cloud_keys++;
}

/** The envelope of the record behind it: its number is remembered, so that it counts once. */
export function applyCloudCommand(record: CloudCommand): void {
  const s = stream();
  const number = record.number;
  if (record.epoch != s.epoch) return refuseInput(0, record.kind);
  if (record.ordered == LEASE_CODE && number > s.cloud_lease_number) s.cloud_lease_number = number;
  else if (record.ordered == RISK_LIMITS_CODE && number > s.cloud_limits_number) s.cloud_limits_number = number;
  else if (record.ordered == OPERATOR_COMMAND_CODE && number > s.cloud_stop_number) s.cloud_stop_number = number;
  else refuseInput(0, record.kind);
}

/** Another box goes on with the stream: no lease of the one before it is in force any more. */
export function applyTakeover(record: Takeover): void {
  const s = stream();
  if (record.epoch != s.epoch + 1) return refuseInput(0, record.kind);
  s.epoch = record.epoch;
  s.lease_expires_ns = ENDED_NS;
}
