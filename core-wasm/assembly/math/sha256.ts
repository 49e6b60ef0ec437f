// SHA-256 (FIPS 180-4), straight from the standard's equations. Messages lie in linear memory; no allocation.
import { SHA_PADDING_AT, SHA_SCHEDULE_AT } from "../memory";

const K: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
]);

let h0: u32 = 0;
let h1: u32 = 0;
let h2: u32 = 0;
let h3: u32 = 0;
let h4: u32 = 0;
let h5: u32 = 0;
let h6: u32 = 0;
let h7: u32 = 0;

/** Writes the 32-byte digest of `bytes` bytes at `at` to `result`. The message is not changed; they may overlap. */
export function sha256(at: usize, bytes: usize, result: usize): void {
  start();
  const whole = bytes & ~63;
  for (let block: usize = 0; block < whole; block += 64) compress(at + block);
  const rest = bytes - whole;
  const padded: usize = rest < 56 ? 64 : 128;
  memory.fill(SHA_PADDING_AT, 0, 128);
  memory.copy(SHA_PADDING_AT, at + whole, rest);
  store<u8>(SHA_PADDING_AT + rest, 0x80);
  store<u64>(SHA_PADDING_AT + padded - 8, bswap<u64>((<u64>bytes) << 3));
  compress(SHA_PADDING_AT);
  if (padded == 128) compress(SHA_PADDING_AT + 64);
  finish(result);
}

/** The last eight bytes of the digest of sixteen, as a big-endian number; nothing is copied, the padding is constant. */
export function sha256Tail(at: usize): u64 {
  start();
  expand(swapped(at), i32x4(<i32>0x80000000, 0, 0, 0), i32x4.splat(0), i32x4(0, 0, 0, 128));
  rounds();
  return ((<u64>h6) << 32) | <u64>h7;
}

function start(): void {
  h0 = 0x6a09e667;
  h1 = 0xbb67ae85;
  h2 = 0x3c6ef372;
  h3 = 0xa54ff53a;
  h4 = 0x510e527f;
  h5 = 0x9b05688c;
  h6 = 0x1f83d9ab;
  h7 = 0x5be0cd19;
}

function finish(result: usize): void {
  store<u32>(result, bswap<u32>(h0));
  store<u32>(result, bswap<u32>(h1), 4);
  store<u32>(result, bswap<u32>(h2), 8);
  store<u32>(result, bswap<u32>(h3), 12);
  store<u32>(result, bswap<u32>(h4), 16);
  store<u32>(result, bswap<u32>(h5), 20);
  store<u32>(result, bswap<u32>(h6), 24);
  store<u32>(result, bswap<u32>(h7), 28);
}

/** Turns by 2, 13 and 22, one within the other: on a processor each turn is of the word in hand, and none is copied. */
function big0(a: u32): u32 {
  return rotr<u32>(a ^ rotr<u32>(a ^ rotr<u32>(a, 9), 11), 2);
}

/** By 6, 11 and 25. */
function big1(e: u32): u32 {
  return rotr<u32>(e ^ rotr<u32>(e ^ rotr<u32>(e, 14), 5), 6);
}

function compress(block: usize): void {
  expand(swapped(block), swapped(block + 16), swapped(block + 32), swapped(block + 48));
  rounds();
}

/** Four big-endian words. */
function swapped(at: usize): v128 {
  const v = v128.load(at);
  return i8x16.shuffle(v, v, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}

/** Writes the schedule of sixteen words, each with its constant added; four words a step. */
function expand(w0: v128, w4: v128, w8: v128, w12: v128): void {
  put(0, w0);
  put(16, w4);
  put(32, w8);
  put(48, w12);
  for (let t: usize = 64; t < 256; t += 64) {
    w0 = next(w0, w4, w8, w12);
    put(t, w0);
    w4 = next(w4, w8, w12, w0);
    put(t + 16, w4);
    w8 = next(w8, w12, w0, w4);
    put(t + 32, w8);
    w12 = next(w12, w0, w4, w8);
    put(t + 48, w12);
  }
}

function put(t: usize, words: v128): void {
  v128.store(SHA_SCHEDULE_AT + t, i32x4.add(words, v128.load(K + t)));
}

/** The four words behind these sixteen; the upper two need the lower two. */
function next(w0: v128, w4: v128, w8: v128, w12: v128): v128 {
  const none = i32x4.splat(0);
  const s0 = small0(v128.shuffle<i32>(w0, w4, 1, 2, 3, 4));
  let sum = i32x4.add(i32x4.add(w0, s0), v128.shuffle<i32>(w8, w12, 1, 2, 3, 4));
  sum = i32x4.add(sum, small1(v128.shuffle<i32>(w12, none, 2, 3, 4, 5)));
  return i32x4.add(sum, small1(v128.shuffle<i32>(none, sum, 0, 1, 4, 5)));
}

function turned(v: v128, right: i32): v128 {
  return v128.or(i32x4.shr_u(v, right), i32x4.shl(v, 32 - right));
}

function small0(v: v128): v128 {
  return v128.xor(v128.xor(turned(v, 7), turned(v, 18)), i32x4.shr_u(v, 3));
}

function small1(v: v128): v128 {
  return v128.xor(v128.xor(turned(v, 17), turned(v, 19)), i32x4.shr_u(v, 10));
}

/** The sixty-four rounds over the schedule. */
function rounds(): void {
  let a = h0;
  let b = h1;
  let c = h2;
  let d = h3;
  let e = h4;
  let f = h5;
  let g = h6;
  let h = h7;
  // Eight rounds at a time: after them every variable holds what its name says again, and nothing has to be moved. The
  // majority of a, b, c is b ^ ((a ^ b) & (b ^ c)), and each round's a ^ b is the next one's b ^ c.
  let x: u32;
  let y = b ^ c;
  for (let t: usize = 0; t < 256; t += 32) {
    const w = SHA_SCHEDULE_AT + t;
    h += load<u32>(w);
    h += (g ^ (e & (f ^ g))) + big1(e);
    d += h;
    x = a ^ b;
    h += big0(a) + (b ^ (x & y));
    g += load<u32>(w, 4);
    g += (f ^ (d & (e ^ f))) + big1(d);
    c += g;
    y = h ^ a;
    g += big0(h) + (a ^ (y & x));
    f += load<u32>(w, 8);
    f += (e ^ (c & (d ^ e))) + big1(c);
    b += f;
    x = g ^ h;
    f += big0(g) + (h ^ (x & y));
    e += load<u32>(w, 12);
    e += (d ^ (b & (c ^ d))) + big1(b);
    a += e;
    y = f ^ g;
    e += big0(f) + (g ^ (y & x));
    d += load<u32>(w, 16);
    d += (c ^ (a & (b ^ c))) + big1(a);
    h += d;
    x = e ^ f;
    d += big0(e) + (f ^ (x & y));
    c += load<u32>(w, 20);
    c += (b ^ (h & (a ^ b))) + big1(h);
    g += c;
    y = d ^ e;
    c += big0(d) + (e ^ (y & x));
    b += load<u32>(w, 24);
    b += (a ^ (g & (h ^ a))) + big1(g);
    f += b;
    x = c ^ d;
    b += big0(c) + (d ^ (x & y));
    a += load<u32>(w, 28);
    a += (h ^ (f & (g ^ h))) + big1(f);
    e += a;
    y = b ^ c;
    a += big0(b) + (c ^ (y & x));
  }
  h0 += a;
  h1 += b;
  h2 += c;
  h3 += d;
  h4 += e;
  h5 += f;
  h6 += g;
  h7 += h;
}
