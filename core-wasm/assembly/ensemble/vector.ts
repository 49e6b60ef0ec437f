// Four f32 at a time, only with operations whose result every engine must agree on (no fused or relaxed ones).

/** 1 / (1 + e^-x) of the values in place, `bytes` from `at` on; eight at a time, so up to 16 bytes behind them change too. */
export function sigmoids(at: usize, bytes: usize): void {
  squash(at, at + bytes, 0.5, 0.5);
}

/** Hyperbolic tangent, likewise. */
export function tanhs(at: usize, bytes: usize): void {
  squash(at, at + bytes, 1, 0);
}

/** Beyond this the tangent is 1 in f32. */
const TANH_MAX: f32 = 7.90531110763549805;

/** half tanh(half x) + off, two vectors side by side: while the one waits for a result, the other computes. 0.5 and 0.5 = sigmoid. */
function squash(at: usize, end: usize, half: f32, off: f32): void {
  for (; at < end; at += 32) {
    const x = f32x4.mul(v128.load(at), f32x4.splat(half));
    const y = f32x4.mul(v128.load(at, 16), f32x4.splat(half));
    const a = tangent(f32x4.pmin(f32x4.pmax(x, f32x4.splat(-TANH_MAX)), f32x4.splat(TANH_MAX)));
    const b = tangent(f32x4.pmin(f32x4.pmax(y, f32x4.splat(-TANH_MAX)), f32x4.splat(TANH_MAX)));
    v128.store(at, f32x4.add(f32x4.mul(a, f32x4.splat(half)), f32x4.splat(off)));
    v128.store(at, f32x4.add(f32x4.mul(b, f32x4.splat(half)), f32x4.splat(off)), 16);
  }
}

/**
 * tanh x as x p(x^2) / q(x^2), within 3e-7 of it, relative (the rational minimax approximation of Eigen's ptanh): one division
 * and a short chain. Powers in pairs (Estrin), so that no step waits for the whole chain before it.
 */
function tangent(x: v128): v128 {
  const x2 = f32x4.mul(x, x);
  const x4 = f32x4.mul(x2, x2);
  const p0 = f32x4.add(f32x4.mul(x2, f32x4.splat(6.37261928875436e-4)), f32x4.splat(4.89352455891786e-3));
  const p1 = f32x4.add(f32x4.mul(x2, f32x4.splat(5.12229709037114e-8)), f32x4.splat(1.48572235717979e-5));
  const p2 = f32x4.add(f32x4.mul(x2, f32x4.splat(2.00018790482477e-13)), f32x4.splat(-8.60467152213735e-11));
  const p3 = f32x4.add(f32x4.mul(x4, f32x4.splat(-2.76076847742355e-16)), p2);
  const p = f32x4.add(f32x4.add(f32x4.mul(x4, p1), p0), f32x4.mul(f32x4.mul(x4, x4), p3));
  const q0 = f32x4.add(f32x4.mul(x2, f32x4.splat(2.268434632439e-3)), f32x4.splat(4.89352518554385e-3));
  const q1 = f32x4.add(f32x4.mul(x2, f32x4.splat(1.19825839466702e-6)), f32x4.splat(1.18534705686654e-4));
  return f32x4.div(f32x4.mul(x, p), f32x4.add(f32x4.mul(x4, q1), q0));
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
