# TA-Lib's answers for bars on stdin, as JSON: {"open": [...], "high": ..., "low": ..., "close": ..., "volume": ...}.
# Out: one array an indicator, null where it has no value yet.
import json
import sys

import numpy as np
import talib

bars = {k: np.array(v, dtype=np.float64) for k, v in json.load(sys.stdin).items()}
o, h, l, c, v = (bars[k] for k in ("open", "high", "low", "close", "volume"))
# Bollinger's deviation does not care where zero is, but TA-Lib's running sums of squares do.
shifted = c - c[0]

out = {"trange": talib.TRANGE(h, l, c), "rsi": talib.RSI(c, 14), "atr_14": talib.ATR(h, l, c, 14), "atr_50": talib.ATR(h, l, c, 50)}
out["macd"], out["macd_signal"], out["macd_histogram"] = talib.MACD(c, 12, 26, 9)
for n in (20, 50):
    upper, middle, lower = talib.BBANDS(shifted, n, 2, 2)
    out[f"above_middle_{n}"] = shifted - middle
    out[f"deviation_{n}"] = (upper - lower) / 4
for n in (10, 20, 50):
    out[f"sma_{n}"] = talib.SMA(c, n)
    out[f"ema_{n}"] = talib.EMA(c, n)
out["wma_20"] = talib.WMA(c, 20)
out["roc_12"] = talib.ROC(c, 12)
out["mom_10"] = talib.MOM(c, 10)
out["adx"] = talib.ADX(h, l, c, 14)
out["plus_di"] = talib.PLUS_DI(h, l, c, 14)
out["minus_di"] = talib.MINUS_DI(h, l, c, 14)
out["cci"] = talib.CCI(h, l, c, 20)
out["willr"] = talib.WILLR(h, l, c, 14)
out["stoch_k"], out["stoch_d"] = talib.STOCH(h, l, c, 14, 3, 0, 3, 0)
out["max_20"] = talib.MAX(h, 20)
out["min_20"] = talib.MIN(l, 20)
out["obv"] = talib.OBV(c, v)
out["mfi"] = talib.MFI(h, l, c, v, 14)
out["slope"] = talib.LINEARREG_SLOPE(c, 14)
out["ultosc"] = talib.ULTOSC(h, l, c, 7, 14, 28)
out["aroonosc"] = talib.AROONOSC(h, l, 14)

json.dump({k: [None if np.isnan(x) else float(x) for x in a] for k, a in out.items()}, sys.stdout)
