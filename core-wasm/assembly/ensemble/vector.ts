// Four f32 at a time, only with operations whose result every engine must agree on (no fused or relaxed ones).

/** 1.5 x 2^23: a value added to it is rounded to a whole number (ties to even), which then stands in its lowest bits. */
const WHOLE: f32 = 12582912;

/** 1 / (1 + e^-x) of the values in place, `bytes` from `at` on; eight at a time, so up to 16 bytes behind them change too. */
export function sigmoids(at: usize, bytes: usize): void {
  squash(at, at + bytes, -1, 1, 0);
}

/** 2 / (1 + e^-2x) - 1, likewise. */
export function tanhs(at: usize, bytes: usize): void {
  squash(at, at + bytes, -2, 2, 1);
}

/**
 * top / (1 + e^(slope x)) - off, with e^y within 3e-7 of it, relative: 2^k times the polynomial of Cephes' expf (Moshier 1992) on
 * |r| <= ln(2) / 2. Two vectors side by side: while the one waits for a result, the other computes.
 */
function squash(at: usize, end: usize, slope: f32, top: f32, off: f32): void {
  for (; at < end; at += 32) {
    const x = f32x4.mul(v128.load(at), f32x4.splat(slope));
    const y = f32x4.mul(v128.load(at, 16), f32x4.splat(slope));
    const xh = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-87)), f32x4.splat(87));
    const yh = f32x4.pmin(f32x4.pmax(y, f32x4.splat(-87)), f32x4.splat(87));
    const xw = f32x4.add(f32x4.mul(xh, f32x4.splat(1.44269504088896341)), f32x4.splat(WHOLE));
    const yw = f32x4.add(f32x4.mul(yh, f32x4.splat(1.44269504088896341)), f32x4.splat(WHOLE));
    const xe = f32x4.mul(exp2fraction(xh, f32x4.sub(xw, f32x4.splat(WHOLE))), power(xw));
    const ye = f32x4.mul(exp2fraction(yh, f32x4.sub(yw, f32x4.splat(WHOLE))), power(yw));
    const one = f32x4.splat(1);
    v128.store(at, f32x4.sub(f32x4.div(f32x4.splat(top), f32x4.add(one, xe)), f32x4.splat(off)));
    v128.store(at, f32x4.sub(f32x4.div(f32x4.splat(top), f32x4.add(one, ye)), f32x4.splat(off)), 16);
  }
}

/** e^(x - k ln 2); in pairs (Estrin), so that no step waits for the whole chain before it. */
function exp2fraction(x: v128, k: v128): v128 {
  let r = f32x4.sub(x, f32x4.mul(k, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(k, f32x4.splat(-2.1219444e-4)));
  const r2 = f32x4.mul(r, r);
  const high = f32x4.add(f32x4.mul(r, f32x4.splat(1.98756915e-4)), f32x4.splat(1.3981999507e-3));
  const middle = f32x4.add(f32x4.mul(r, f32x4.splat(8.3334519073e-3)), f32x4.splat(4.1665795894e-2));
  const low = f32x4.add(f32x4.mul(r, f32x4.splat(1.6666665459e-1)), f32x4.splat(5.0000001201e-1));
  const upper = f32x4.add(f32x4.mul(f32x4.mul(r2, r2), high), f32x4.add(f32x4.mul(r2, middle), low));
  return f32x4.add(f32x4.mul(upper, r2), f32x4.add(r, f32x4.splat(1)));
}

/** 2^k: k + 127 in the exponent's bits; those of the rounding number above fall out at the top. */
function power(whole: v128): v128 {
  return i32x4.shl(i32x4.add(whole, i32x4.splat(127)), 23);
}

/** Copies `bytes`, a multiple of 16: for a few hundred of them quicker than memory.copy, which leaves the module. */
export function copy16(into: usize, from: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) v128.store(into + i, v128.load(from + i));
}

/** Of `count` values (to a multiple of four): min(max((x - mean) x inverse, -clip), clip). */
export function standardise(from: usize, mean: usize, inverse: usize, into: usize, count: u32, clip: f32): void {
  const low = f32x4.splat(-clip);
  const high = f32x4.splat(clip);
  const end = <usize>((count + 3) & ~3) * 4;
  for (let i: usize = 0; i < end; i += 16) {
    const x = f32x4.mul(f32x4.sub(v128.load(from + i), v128.load(mean + i)), v128.load(inverse + i));
    v128.store(into + i, f32x4.pmin(f32x4.pmax(x, low), high));
  }
}

/**
 * out = bias + the sum over i of in[i] x weights[i], each output summed in the order of the inputs; `outs` is a multiple
 * of four. Twenty-four outputs, then twelve, stay in registers while the inputs pass by: sums that do not wait for each other.
 */
export function multiply(inputs: usize, count: u32, weights: usize, bias: usize, into: usize, outs: u32): void {
  const row = <usize>outs * 4;
  const end = inputs + <usize>count * 4;
  let o: usize = 0;
  for (; o + 96 <= row; o += 96) {
    let a = v128.load(bias + o);
    let b = v128.load(bias + o, 16);
    let c = v128.load(bias + o, 32);
    let d = v128.load(bias + o, 48);
    let e = v128.load(bias + o, 64);
    let f = v128.load(bias + o, 80);
    let w = weights + o;
    for (let i = inputs; i < end; i += 4) {
      const x = v128.load32_splat(i);
      a = f32x4.add(a, f32x4.mul(x, v128.load(w)));
      b = f32x4.add(b, f32x4.mul(x, v128.load(w, 16)));
      c = f32x4.add(c, f32x4.mul(x, v128.load(w, 32)));
      d = f32x4.add(d, f32x4.mul(x, v128.load(w, 48)));
      e = f32x4.add(e, f32x4.mul(x, v128.load(w, 64)));
      f = f32x4.add(f, f32x4.mul(x, v128.load(w, 80)));
      w += row;
    }
    v128.store(into + o, a);
    v128.store(into + o, b, 16);
    v128.store(into + o, c, 32);
    v128.store(into + o, d, 48);
    v128.store(into + o, e, 64);
    v128.store(into + o, f, 80);
  }
  for (; o + 48 <= row; o += 48) {
    let a = v128.load(bias + o);
    let b = v128.load(bias + o, 16);
    let c = v128.load(bias + o, 32);
    let w = weights + o;
    for (let i = inputs; i < end; i += 4) {
      const x = v128.load32_splat(i);
      a = f32x4.add(a, f32x4.mul(x, v128.load(w)));
      b = f32x4.add(b, f32x4.mul(x, v128.load(w, 16)));
      c = f32x4.add(c, f32x4.mul(x, v128.load(w, 32)));
      w += row;
    }
    v128.store(into + o, a);
    v128.store(into + o, b, 16);
    v128.store(into + o, c, 32);
  }
  for (; o < row; o += 16) {
    let a = v128.load(bias + o);
    let w = weights + o;
    for (let i = inputs; i < end; i += 4) {
      a = f32x4.add(a, f32x4.mul(v128.load32_splat(i), v128.load(w)));
      w += row;
    }
    v128.store(into + o, a);
  }
}
