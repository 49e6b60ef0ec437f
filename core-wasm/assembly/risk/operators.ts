// Who may release a tripped or halted stream: names and keys that operator_key records brought. The host verifies the
// signature of a release before it journals it, and whoever decides again verifies it again; the core knows the keys.
import { OperatorCommand, OperatorKey as OperatorKeyRecord } from "../generated/records";
import { OPERATORS_MAX, operatorAt, stream } from "../state";
import { OperatorKey } from "../structures";

/** Name and key of the record: both begin its payload, in this order, as in OperatorKey. */
const NAME_AND_KEY_BYTES: usize = offsetof<OperatorKey>();

/** Adds the key, or removes it when it is revoked; false when there is no room. */
export function takeOperator(record: OperatorKeyRecord): bool {
  const s = stream();
  const from = changetype<usize>(record) + offsetof<OperatorKeyRecord>("operator_0");
  for (let i: u32 = 0; i < s.operators; i++) {
    const known = changetype<usize>(operatorAt(i));
    if (memory.compare(known, from, NAME_AND_KEY_BYTES) != 0) continue;
    if (record.revoked != 0) {
      s.operators--;
      memory.copy(known, changetype<usize>(operatorAt(s.operators)), NAME_AND_KEY_BYTES);
      memory.fill(changetype<usize>(operatorAt(s.operators)), 0, NAME_AND_KEY_BYTES);
    }
    return true;
  }
  if (record.revoked != 0) return true;
  if (s.operators == OPERATORS_MAX) return false;
  memory.copy(changetype<usize>(operatorAt(s.operators)), from, NAME_AND_KEY_BYTES);
  s.operators++;
  return true;
}

export function isOperator(command: OperatorCommand): bool {
  const at = changetype<usize>(command);
  return isOperatorAt(at + offsetof<OperatorCommand>("operator_0"), at + offsetof<OperatorCommand>("public_key_0"));
}

/** Of the 32 bytes of a name and the 32 bytes of a key. */
export function isOperatorAt(name: usize, key: usize): bool {
  for (let i: u32 = 0; i < stream().operators; i++) {
    const known = changetype<usize>(operatorAt(i));
    if (memory.compare(known, name, 32) == 0 && memory.compare(known + 32, key, 32) == 0) return true;
  }
  return false;
}
