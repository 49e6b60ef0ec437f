// Codes of the checks; the names, units and meanings are in proto/reasons.ts (a test compares the two).

export const TRADING_STATE: u16 = 1;
export const SYMBOL_KNOWN: u16 = 2;
export const PRICE_AND_VOLUME_GRID: u16 = 3;
export const ORDER_SIZE: u16 = 4;
export const POSITION_SIZE: u16 = 5;
export const DAILY_LOSS: u16 = 6;
export const SPREAD: u16 = 7;
export const QUOTE_AGE: u16 = 8;
