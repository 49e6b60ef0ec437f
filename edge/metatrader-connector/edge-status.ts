// What an account's stream says of itself over HTTP.
import { hexOf } from "#proto/hex.ts";
import { LINK, MODEL_ROLE, TRADING_STATE } from "#proto/records.ts";
import { nameOf } from "./convert.ts";
import type { Edge } from "./edge.ts";

const tradingState = ({ core, hot }: Edge): string =>
  hot.failure ? "failed" : nameOf(TRADING_STATE, core.status().trading_state);

export interface EdgeSummary {
  readonly halted: string | null;
  readonly link: string;
  readonly feeders: number;
  readonly trading_state: string;
  readonly last_seq: number;
  readonly verified_seq: number;
}

/** Its line in the list of the box's accounts. */
export function edgeSummary(edge: Edge): EdgeSummary {
  const { cloud, hot, link, journal } = edge;
  return {
    halted: hot.failure?.message ?? null,
    link: nameOf(LINK, link.state),
    feeders: link.feeders,
    trading_state: tradingState(edge),
    last_seq: Number(journal.lastSeq),
    verified_seq: Number(cloud.verifiedSeq),
  };
}

export function edgeStatus(edge: Edge): Record<string, unknown> {
  const { journal, book, hot, link } = edge;
  const counts = book.counts();
  return {
    account: edge.config.account,
    stream_id: hexOf(edge.identity.streamId),
    edge_name: edge.config.LOCKSTEP_EDGE_NAME,
    link: nameOf(LINK, link.state),
    feeders: link.feeders,
    clocks: edge.clocks(),
    last_session_end: link.lastEnd,
    trading_state: tradingState(edge),
    last_seq: Number(journal.lastSeq),
    durable_seq: Number(journal.durableSeq),
    sealed_seq: Number(journal.sealedSeq),
    cloud_durable_seq: Number(edge.cloud.durableSeq),
    verified_seq: Number(edge.cloud.verifiedSeq),
    ...edge.authority.status(),
    symbols: [...book.symbols.values()].map(({ index, name, digits }) => ({ index, name, digits })),
    config_version: edge.configuration.version,
    counts,
    ticks: counts.tick ?? 0,
    order_intents: counts.order_intent ?? 0,
    fills: counts.fill ?? 0,
    risk_refusals: book.refusals,
    predictions: counts.prediction ?? 0,
    open_orders: hot.orders.size,
    unknown_orders: hot.orders.count("unknown"),
    commands: link.counts.commands,
    positions: book.positions.size,
    door: hot.door.counts,
    history: edge.history.counts,
    calendar: { events: edge.calendar.calendar.size, ...edge.calendar.calendar.counts, ...link.calendarCounts },
    sessions: link.counts,
    outputs_digest: hexOf(edge.core.outputsDigest()),
    core_digest: hexOf(edge.core.digest),
    model_digest: book.models.models.live,
    shadow_digest: book.models.models.shadow,
    model_orders: Object.fromEntries(
      [...book.models.versions].map(([role, version]) => [nameOf(MODEL_ROLE, role), version]),
    ),
    model_configs: [...book.models.configs].map(([symbol, { public_key: _key, signature: _signature, ...config }]) => ({
      symbol,
      ...config,
    })),
    journal_failed: hot.failure ? { code: hot.failure.code, message: hot.failure.message } : false,
  };
}
