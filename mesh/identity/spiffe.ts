// Reading the SPIFFE identity out of a peer's certificate. Exactly one URI name, or it is nobody.
import { spiffeId } from "../topology.ts";

/** The name below spiffe://lockstep/ ("data-bridge", "edge/<hex>"), or undefined. Takes node's subjectaltname text. */
export function spiffeName(subjectAltName: string | undefined): string | undefined {
  // Node quotes a value that could be mistaken for a separator; a quoted name is never one of ours.
  const uris = (subjectAltName ?? "").split(", ").filter((entry) => entry.startsWith("URI:"));
  const prefix = spiffeId("");
  const [uri] = uris;
  if (uris.length !== 1 || uri === undefined || !uri.startsWith(`URI:${prefix}`)) return undefined;
  const name = uri.slice(4 + prefix.length);
  return /^[a-z0-9][a-z0-9/-]*$/.test(name) ? name : undefined;
}
