// What people and the terminal do at any moment: commands, leases, news, trades by another hand, restarts of the EA.
import { LockstepError } from "#proto/errors.ts";
import { Lease, NewsWindow } from "#proto/generated/records.ts";
import { operatorMessage } from "#proto/operator-command.ts";
import { OPERATOR_COMMAND, SOURCE } from "#proto/records.ts";
import { FILLING, type Side } from "../terminal/broker-types.ts";
import type { MarketTick } from "../terminal/tick.ts";
import type { StrikeAct } from "./nemesis.ts";
import { OPERATOR } from "./settings.ts";
import type { System } from "./system.ts";

const COMMANDS = Object.keys(OPERATOR_COMMAND) as (keyof typeof OPERATOR_COMMAND)[];
const RELEASE_US = 5_000_000;
/** Requests of other hands have ids that no EA gives. */
const FOREIGN_REQUEST = 1_000_000;

/** One release in eight is not rightly signed, and must be refused. */
const FORGED = 8;
/** One command in six is an old one, heard and sent again. */
const REPLAYED = 6;

function command(system: System, name: keyof typeof OPERATOR_COMMAND): void {
  const { box, world } = system;
  const { edge } = box;
  if (!edge || !box.up) return;
  const random = world.random("people");
  const id = Uint8Array.from({ length: 16 }, () => random.below(256));
  const words = { command_id: id, command: OPERATOR_COMMAND[name], operator: OPERATOR.name, reason: "drawn" };
  const forged = random.below(FORGED) === 0;
  const message = operatorMessage({ ...words, stream_id: forged ? id : edge.identity.streamId });
  world.reach(`command: ${name}`);
  const fresh = { ...words, public_key: OPERATOR.publicKey, signature: OPERATOR.sign(message) };
  const old = system.commands[random.below(Math.max(1, system.commands.length))];
  const signed = old && random.below(REPLAYED) === 0 ? old : fresh;
  if (signed === fresh && !forged) system.commands.push(fresh);
  box.process.run(() => {
    edge.command(signed).catch((error: unknown) => {
      if (!(error instanceof LockstepError)) throw error;
      world.reach("command: refused");
    });
  });
}

function weirdTick(system: System): MarketTick {
  const { terminal, world } = system;
  const random = world.random("people");
  const spec = terminal.specs[random.below(terminal.specs.length)];
  const symbol = spec?.name ?? "";
  const quote = terminal.broker.quote(symbol) ?? { bid: 1000, ask: 1010 };
  const time_ms = Math.floor(terminal.marketMs);
  const tick = { symbol, time_ms, flags: 6, ...quote };
  const kinds: MarketTick[] = [
    { ...tick, bid: Number.NaN },
    { ...tick, bid: 0, ask: 0 },
    { ...tick, ask: tick.bid },
    { ...tick, ask: tick.bid - 5 },
    { ...tick, time_ms: time_ms - 120_000 },
    { ...tick, bid: tick.bid * 3, ask: tick.ask * 3 },
    { ...tick, bid: Number.POSITIVE_INFINITY },
    { ...tick, bid: -tick.bid },
  ];
  return kinds[random.below(kinds.length)] ?? tick;
}

export const PEOPLE_STRIKES = {
  "operator command": (system) => {
    const name = COMMANDS[system.world.random("people").below(COMMANDS.length)] ?? "halt";
    if (system.world.random("people").chance(0.5)) command(system, name);
    else system.box.atDecision = () => command(system, name);
    system.world.scheduler.after(RELEASE_US, () => {
      command(system, "activate");
      return undefined;
    });
  },
  lease: ({ box, world }) => {
    const { edge } = box;
    if (!edge || !box.up || edge.hot.failure) return;
    const random = world.random("people");
    const life = BigInt(1_000 + random.below(14_000)) * 1_000_000n;
    box.process.run(() => {
      const lease_id = Uint8Array.from({ length: 16 }, () => random.below(256));
      const expires_ns = edge.hot.time.nowNs() + life;
      edge.hot.add(Lease, { source: SOURCE.operator }, { lease_id, expires_ns, issuer: "simulated" });
      edge.hot.commit();
    });
  },
  "news window": ({ box, world }) => {
    const { edge } = box;
    if (!edge || !box.up || edge.hot.failure) return;
    const random = world.random("people");
    box.process.run(() => {
      const from_ms = edge.hot.time.nowNs() / 1_000_000n + BigInt(random.below(10_000));
      const currency = random.chance(0.5) ? "USD" : "";
      const window = { event_id: BigInt(random.below(8)), from_ms, to_ms: from_ms + BigInt(random.below(10_000)) };
      edge.hot.add(NewsWindow, { source: SOURCE.cloud }, { ...window, currency });
      edge.hot.commit();
    });
  },
  "terminal restart": ({ terminal }) => {
    terminal.crash({ forget: false });
    terminal.startSoon();
  },
  "terminal amnesia": ({ terminal }) => {
    terminal.crash({ forget: true });
    terminal.startSoon();
  },
  /** The order is on its way or at the broker, and the EA knows nothing of it any more. */
  "amnesia at an order": ({ terminal, world }) => {
    terminal.forgetsAfterUs = world.random("strike").below(400_000);
  },
  "broker time": ({ terminal, world }) => {
    terminal.offsetMs += world.random("people").chance(0.5) ? 3_600_000 : -3_600_000;
    terminal.crash({ forget: false });
    terminal.startSoon();
  },
  "bad ticks": (system) => {
    if (system.terminal.process.alive) system.terminal.ea.ticks.add([weirdTick(system)]);
  },
  /** Often just after the line was cut: nobody is there to be told; and often against what is there. */
  "foreign trade": ({ terminal, wire, world }) => {
    const random = world.random("people");
    if (random.chance(0.4)) wire?.cut({ half: false });
    const spec = terminal.specs[random.below(terminal.specs.length)];
    if (!spec) return;
    const held = terminal.broker.positions.find((p) => p.symbol === spec.name);
    const against = held && random.chance(0.6);
    const side = against ? ((1 - held.side) as Side) : (random.below(2) as Side);
    terminal.broker.submit(
      {
        request_id: FOREIGN_REQUEST + random.below(1_000_000),
        action: "deal",
        symbol: spec.name,
        side,
        volume: 10_000 * (1 + random.below(30)) + (against ? held.volume : 0),
        stop: 0,
        target: 0,
        filling: FILLING.ioc,
        position: 0,
        magic: random.chance(0.5) ? "0" : "77",
        comment: "by hand",
      },
      terminal.marketMs,
    );
  },
} satisfies Readonly<Record<string, StrikeAct>>;
