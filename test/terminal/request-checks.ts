// What the trade server checks before it executes, in MT5's terms: 0 or the return code of the first thing wrong.
import { BUY, FILLING, type Position, RETCODE, type TradeRequest } from "./broker-types.ts";
import type { SymbolSpec } from "./specs.ts";

export interface CheckContext {
  readonly spec: SymbolSpec | undefined;
  readonly quote: { readonly bid: number; readonly ask: number } | undefined;
  /** Of this symbol. */
  readonly positions: readonly Readonly<Position>[];
  readonly hedging: boolean;
  marginFree(): number;
  marginOf(volume: number): number;
}

export function checkRequest(request: TradeRequest, context: CheckContext): number {
  const { spec, quote } = context;
  if (!spec) return RETCODE.invalid;
  if (!quote) return RETCODE.price_off;
  const position = context.positions.find(({ ticket }) => ticket === request.position);
  if (request.position !== 0 && !position) return RETCODE.position_closed;
  if (request.action === "protect") return position ? checkProtect(request, position, spec, quote) : RETCODE.invalid;
  return (
    checkVolume(request, spec) ||
    checkClose(request, position) ||
    checkMode(request, context, spec, position !== undefined) ||
    checkFilling(request, spec) ||
    checkStops(request, request.side, spec, quote) ||
    checkMargin(request, context, position !== undefined)
  );
}

function checkVolume({ volume }: TradeRequest, spec: SymbolSpec): number {
  const onGrid = Number.isSafeInteger(volume) && volume % spec.volume_step === 0;
  return onGrid && volume >= spec.volume_min && volume <= spec.volume_max ? 0 : RETCODE.invalid_volume;
}

function checkClose(request: TradeRequest, position: Readonly<Position> | undefined): number {
  if (!position) return 0;
  if (position.side === request.side) return RETCODE.invalid;
  return request.volume > position.volume ? RETCODE.invalid_close_volume : 0;
}

function checkMode(request: TradeRequest, context: CheckContext, spec: SymbolSpec, closes: boolean): number {
  const reduces =
    closes ||
    (!context.hedging && context.positions.some((p) => p.side !== request.side && p.volume >= request.volume));
  if (spec.trade_mode === 0) return RETCODE.trade_disabled;
  if (reduces || spec.trade_mode === 4) return 0;
  if (spec.trade_mode === 3) return RETCODE.close_only;
  if (spec.trade_mode === 1 && request.side !== BUY) return RETCODE.long_only;
  return spec.trade_mode === 2 && request.side === BUY ? RETCODE.short_only : 0;
}

/** Market execution takes FOK and IOC by their bits and never RETURN; exchange execution RETURN always; others all. */
function checkFilling({ filling }: TradeRequest, spec: SymbolSpec): number {
  if (spec.exec_mode < 2) return 0;
  if (filling === FILLING.fok) return spec.filling_bits & 1 ? 0 : RETCODE.invalid_fill;
  if (filling === FILLING.ioc) return spec.filling_bits & 2 ? 0 : RETCODE.invalid_fill;
  return filling === FILLING.return && spec.exec_mode === 3 ? 0 : RETCODE.invalid_fill;
}

/** Stops of a long are measured from the bid, of a short from the ask. */
function checkStops(
  { stop, target }: TradeRequest,
  side: number,
  spec: SymbolSpec,
  quote: { bid: number; ask: number },
): number {
  const from = side === BUY ? quote.bid : quote.ask;
  const sign = side === BUY ? 1 : -1;
  const onGrid = (level: number): boolean => Number.isSafeInteger(level) && level % spec.tick_size_points === 0;
  const stopFine = stop === 0 || (onGrid(stop) && sign * (from - stop) >= Math.max(1, spec.stops_level));
  const targetFine = target === 0 || (onGrid(target) && sign * (target - from) >= Math.max(1, spec.stops_level));
  return stopFine && targetFine ? 0 : RETCODE.invalid_stops;
}

function checkProtect(
  request: TradeRequest,
  position: Readonly<Position>,
  spec: SymbolSpec,
  quote: { bid: number; ask: number },
): number {
  if (position.stop === request.stop && position.target === request.target) return RETCODE.no_changes;
  return checkStops(request, position.side, spec, quote);
}

function checkMargin(request: TradeRequest, context: CheckContext, closes: boolean): number {
  if (closes) return 0;
  const opposite = context.hedging ? 0 : sum(context.positions.filter((p) => p.side !== request.side));
  const grows = request.volume - 2 * opposite;
  return grows > 0 && context.marginOf(grows) > context.marginFree() ? RETCODE.no_money : 0;
}

const sum = (positions: readonly Readonly<Position>[]): number => positions.reduce((total, p) => total + p.volume, 0);
