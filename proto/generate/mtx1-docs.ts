// docs/mtx1.md: every frame with offsets, from the declaration.
import { type FrameType, type PlacedWireField, placeWire, type WireField } from "../mtx1/declare.ts";
import { FRAMES } from "../mtx1.ts";

const FROM = { ea: "EA to connector", connector: "connector to EA", both: "both ways" } as const;

const rows = (fixed: readonly PlacedWireField[], strings: readonly WireField[]): string =>
  [
    "| offset | field | type | |",
    "|---|---|---|---|",
    ...fixed.map((f) => `| ${f.offset} | ${f.name || "-"} | ${f.type} | ${f.doc} |`),
    ...strings.map((f) => `| then | ${f.name} | ${f.type} | ${f.doc} |`),
  ].join("\n");

function frameMarkdown(frame: FrameType): string {
  const head = placeWire(frame.fields, 0, frame.name);
  const code = `0x${frame.number.toString(16).padStart(2, "0")}`;
  const mac = frame.mac ? ", always with a MAC" : "";
  const out = [`### ${frame.name.toUpperCase()} (${code})`, "", `${frame.doc} ${FROM[frame.from]}${mac}.`, ""];
  out.push(frame.fields.length > 0 ? rows(head.fixed, head.strings) : "No payload.", "");
  const { group } = frame;
  if (group) {
    const row = placeWire(group.fields, group.prefixed ? 4 : 0, group.name);
    const length = group.prefixed ? "each starting with its own length as u32" : `of ${row.end} bytes each`;
    out.push(`From byte ${head.end} on \`${group.count}\` ${group.name}, ${length}:`, "");
    out.push(rows(row.fixed, row.strings), "");
  }
  return out.join("\n");
}

export function mtx1Markdown(): string {
  return `<!-- Generated from proto/mtx1.ts by \`npm run generate\`. Do not edit. -->
# MTX1: between the Expert Advisor and the connector

The EA is the TCP client, the connector listens. Little-endian, IEEE doubles, UTF-8 strings (\`str8\`, \`str16\`: a length of
one or two bytes, then the bytes). Times are the broker's unless their name says utc. Extra bytes at the end of a payload or
a row are ignored, unknown types skipped; anything else that does not fit ends the session, nobody looks for the next frame.

## Frame

| offset | | |
|---|---|---|
| 0 | u32 | 0x3158544D, "MTX1" |
| 4 | u32 | bytes of payload and MAC, at most 1,048,576 |
| 8 | u16 | type |
| 10 | u8 | flags: 1 replay, 2 more follows, 4 MAC present |
| 11 | u8 | version, 1 |
| 12 | u32 | seq, from 1 in each direction and session, without holes |
| 16 | u32 | ack: highest seq of the other side that has been processed; the connector's is durable |
| 20 | u32 | CRC-32 (IEEE) of bytes 0-19 and everything from byte 24 on |
| 24 | | payload, then 16 bytes of MAC when there is one |

MAC: the first 16 bytes of HMAC-SHA256(session key, bytes 0-19 and the payload).
K = SHA-256(secret). AUTH proves HMAC(K, "MTX1-EA" server_nonce client_nonce login server), WELCOME
HMAC(K, "MTX1-SRV" client_nonce server_nonce session_id); session key = HMAC(K, "MTX1-KEY" server_nonce client_nonce).

## A session

HELLO, CHALLENGE, AUTH, WELCOME within 5 s; one session a stream. Then the EA says TIME_INFO; the connector answers the first
one with SUBSCRIBE (with the cursor up to which it has each symbol's ticks) and RESYNC_REQ (with every order that is not
final). The EA sends SYMBOL_SPEC, ACCOUNT, BARS, a snapshot of positions, orders and deals, and one CMD_STATUS an id; when all
of it fits together GO_LIVE follows, and only from then on CMD. HEARTBEAT each second both ways; silence of 5 s beyond the
announced busy_ms ends the session. The connector acknowledges a frame once the records it made are durable; a CMD caused
by a frame leaves before, or with, that acknowledgement.

## Frames

${FRAMES.map(frameMarkdown).join("\n")}`
    .trimEnd()
    .concat("\n");
}
