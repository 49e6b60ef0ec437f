// Records by which the cloud has authority over a stream: whose signature counts, what was ordered, which box goes on.
import { f, type RecordKind } from "./record-kind.ts";

export const AUTHORITY_KINDS: readonly RecordKind[] = [
  {
    name: "cloud_command",
    number: 22,
    version: 1,
    doc: "The cloud's signature over the record that follows it at once: a lease, risk limits or a stop. Taken once.",
    fields: [
      f("stream_id", "bytes16", "the stream that it is for"),
      f("public_key", "bytes32", "Ed25519, raw; one of the stream's cloud keys"),
      f("signature", "bytes64", "by it, over what proto/cloud-command.ts says"),
      f("payload_sha256", "bytes32", "of the ordered record behind its header"),
      f("number", "u64", "grows with each command of a stream; one that is not above the last of its kind is refused"),
      f("issued_ns", "i64", "in the stream's own time, UTC nanoseconds"),
      f("valid_until_ns", "i64", "not to be taken from then on, UTC nanoseconds"),
      f("epoch", "u32", "the box that it is for"),
      f("ordered", "u16", "header code of the ordered record"),
      f("ordered_symbol", "u16", "its symbol"),
    ],
  },
  {
    name: "takeover",
    number: 23,
    version: 1,
    doc: "Another box goes on with the stream from here, under its own key. First record of its first batch. Ends every lease; from here on a lease is always required.",
    fields: [
      f("stream_id", "bytes16", ""),
      f("box_key", "bytes32", "Ed25519, raw; verifies the batch seals from this batch on"),
      f("public_key", "bytes32", "the cloud's, that signed"),
      f("signature", "bytes64", "by it, over what proto/cloud-command.ts says"),
      f("operator", "ascii32", "who ordered the replacement"),
      f("opens_ns", "i64", "by the cloud's clock, UTC nanoseconds: every lease of the box before has surely ended"),
      f("epoch", "u32", "one above that of the box before"),
    ],
  },
  {
    name: "cloud_key",
    number: 28,
    version: 1,
    doc: "Whose commands and takeovers from the cloud count. A key counts from here on, until it is revoked.",
    fields: [f("public_key", "bytes32", "Ed25519, raw"), f("revoked", "u8", "1 = no longer")],
  },
];
