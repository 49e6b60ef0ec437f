// Whose connection it is: the account that an EA names in its first frame. Everything else of that frame, and every proof,
// is its session's business.
import { LockstepError } from "#proto/errors.ts";
import { Hello } from "#proto/generated/mtx1.ts";
import { Deframer, decodePayload } from "#proto/mtx1/frame.ts";

/** No HELLO is longer. */
const FIRST_FRAME_BYTES_MAX = 2_048;

/** `login@server` of the HELLO that `bytes` begin with; undefined = not whole yet; "" = there is none, nor will there be. */
export function accountOf(bytes: Uint8Array): string | undefined {
  try {
    const [frame] = new Deframer().push(bytes);
    if (!frame) return bytes.length > FIRST_FRAME_BYTES_MAX ? "" : undefined;
    if (frame.type !== Hello.type) return "";
    const { login, server } = decodePayload(Hello, frame.payload);
    return `${login}@${server}`;
  } catch (error) {
    if (error instanceof LockstepError || error instanceof RangeError) return "";
    throw error;
  }
}
