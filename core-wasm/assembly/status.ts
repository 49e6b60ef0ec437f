// Cheap counters for health pages and tests, by index; the host names them (core-wasm/host/status.ts, same order).
import { cloudKeyAt, inFlight, market, PRESENT, SYMBOLS_MAX, stream } from "./state";
import { IN_FLIGHT_NONE } from "./structures";

export function counter(index: u32): i64 {
  const s = stream();
  switch (index) {
    case 0:
      return <i64>s.trading_state;
    case 1:
      return <i64>symbols();
    case 2:
      return <i64>s.intents;
    case 3:
      return <i64>s.accepted;
    case 4:
      return <i64>s.refused;
    case 5:
      return <i64>intentsInFlight();
    case 6:
      return <i64>s.last_seq;
    case 7:
      return <i64>s.records;
    case 8:
      return <i64>s.ticks;
    case 9:
      return <i64>s.bad_ticks;
    case 10:
      return <i64>s.late_ticks;
    case 11:
      return <i64>s.bars;
    case 12:
      return <i64>s.predictions;
    case 13:
      return <i64>s.outputs;
    case 14:
      return <i64>s.refused_inputs;
    case 15:
      return <i64>s.duplicate_deals;
    case 16:
      return <i64>s.equity_micros;
    case 17:
      return <i64>s.realised_micros;
    case 18:
      return <i64>s.link;
    case 19:
      return <i64>s.model_active;
    case 20:
      return <i64>s.stream_id_0;
    case 21:
      return <i64>s.stream_id_1;
    case 22:
      return <i64>s.shadow_active;
    case 23:
      return <i64>s.model_0;
    case 24:
      return <i64>s.shadow_0;
    case 25:
      return <i64>s.epoch;
    case 26:
      return s.lease_expires_ns;
    case 27:
      return <i64>s.cloud_lease_number;
    case 28:
      return <i64>s.cloud_limits_number;
    case 29:
      return <i64>s.cloud_stop_number;
    case 30:
      return <i64>s.cloud_keys;
    default:
      return cloudKeyWord(index - 32);
  }
}

/** From 32 on: the words of the cloud's keys, four a key. */
function cloudKeyWord(index: u32): i64 {
  if (index >= 4 * stream().cloud_keys) return 0;
  return load<i64>(changetype<usize>(cloudKeyAt(0)) + 8 * <usize>index);
}

function symbols(): u32 {
  let count: u32 = 0;
  for (let symbol: u32 = 1; symbol <= SYMBOLS_MAX; symbol++) if (market(symbol).spec == PRESENT) count++;
  return count;
}

function intentsInFlight(): u32 {
  let count: u32 = 0;
  for (let symbol: u32 = 1; symbol <= SYMBOLS_MAX; symbol++)
    for (let action: u8 = 1; action <= 2; action++)
      if (inFlight(market(symbol), action).state != IN_FLIGHT_NONE) count++;
  return count;
}
