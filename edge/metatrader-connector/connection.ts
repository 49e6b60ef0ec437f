// One EA's connection: its frames, its session, and what waits to be written or acknowledged. State only; terminal-link.ts
// decides.
import { Deframer, Framer } from "#proto/mtx1/frame.ts";
import type { BrokerTime } from "./broker-time.ts";
import type { DoorSession } from "./door.ts";
import { EaCalendar } from "./ea-calendar.ts";
import type { EaSession } from "./ea-session.ts";
import { Reconcile } from "./reconcile.ts";

export class Connection {
  readonly session: EaSession;
  readonly framer = new Framer();
  readonly deframer = new Deframer();
  readonly reconcile = new Reconcile();
  readonly calendar: EaCalendar;
  /** Frames to write, in order. */
  readonly out: Uint8Array[] = [];
  /** Why the socket must be closed once `out` is written. */
  closing: string | undefined;
  login = 0n;
  instanceId = 0n;
  readonly sessionId: bigint;
  /** Frames whose records wait to become durable: the frame's seq, the journal's seq. */
  readonly acks: { readonly frame: number; readonly seq: bigint }[] = [];
  /** A frame with records was acknowledged and nothing has carried that yet. */
  ackDue = false;
  subscribed = false;
  /** Its symbols, once it was subscribed. */
  door: DoorSession | undefined;
  /** The terminal has told its clocks. */
  clocked = false;
  /** As of the last look. */
  brokerConnected = true;
  /** When the broker's lists were last read whole, monotonic milliseconds. */
  lookedMs = 0;
  /** The frames of this chunk made records. */
  recorded = false;
  /** To be ended, so that a new session takes over what another one has brought. */
  returns = false;

  constructor(o: { session: EaSession; sessionId: bigint; brokerTime: BrokerTime }) {
    this.session = o.session;
    this.sessionId = o.sessionId;
    this.calendar = new EaCalendar(o.brokerTime);
  }
}
