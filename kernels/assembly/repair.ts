/**
 * Further words for the few numbers that need more than the words of their own counter: each place of a lane has a stream of its
 * own, so no number depends on what its neighbours needed. Word n of a place is its counter's, under the complement of the stream's key
 * (changed in its first word where two numbers share a counter, for the second) with n / 2 added to the second word of the key.
 */
import { underFourKeys } from './threefry';

const WORDS = memory.data(32, 16);
const TWO_TO_MINUS_52: f64 = 1.0 / 4_503_599_627_370_496;

let key0: i32 = 0;
let key1: i32 = 0;
let counter0: i32 = 0;
let counter1: i32 = 0;
let taken: i32 = 0;

/** Goes to the further words of a place: its counter and, where there are two series of them, which (0 or 1). */
export function beginRepair(streamKey0: i32, streamKey1: i32, lane: i32, counter: i32, which: i32): void {
  key0 = ~streamKey0 ^ which;
  key1 = ~streamKey1;
  counter0 = counter;
  counter1 = lane;
  taken = 0;
}

/** 32 random bits; eight words are made at a time. */
export function repairWord(): i32 {
  const at = taken & 7;
  if (at == 0) underFourKeys(key0, key1 + (taken >>> 1), counter0, counter1, WORDS);
  taken++;
  return load<i32>(WORDS + (<usize>at << 2));
}

/** Uniform in (0, 1), never 0 nor 1. */
export function repairUniform(): f64 {
  const high = <u32>repairWord() >>> 6;
  const low = <u32>repairWord() >>> 6;
  return (<f64>high * 67_108_864 + <f64>low + 0.5) * TWO_TO_MINUS_52;
}
