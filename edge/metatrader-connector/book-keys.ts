// Whose word counts, as the journal says: operators by their keys, and the cloud's keys. Part of the book's configuration.
import { CloudKey, OperatorKey } from "#proto/generated/records.ts";
import { hexOf } from "#proto/hex.ts";

/** One operator_key or cloud_key record: added, or revoked. */
export function foldKey(configuration: Map<string, string>, view: DataView, at: number, code: number): void {
  const { name, public_key, revoked } =
    code === CloudKey.code
      ? { name: "", ...CloudKey.read(view, at) }
      : { name: OperatorKey.read(view, at).operator, ...OperatorKey.read(view, at) };
  const key = `${code === CloudKey.code ? "cloud_key" : "operator_key"}:${hexOf(public_key)}`;
  if (revoked === 0) configuration.set(key, name);
  else configuration.delete(key);
}
