/**
 * The Rice coder of tiled image compression (FITS Standard 4.0, section 10.4.1; Rice, Yeh & Miller 1993): differences of
 * neighbours, made unsigned, in blocks of 32 pixels; a block says how many low bits of each difference are written as they are,
 * the rest is written as so many zeros and a one. Pixels are big-endian, as they stand in a file.
 */

const BLOCK: i32 = 32;
/** The differences of one block, of the pixels' own width. */
const DIFFERENCES = memory.data(128, 16);

/** Bits that say how a block is split. */
function splitBits<T>(): i32 {
  return sizeof<T>() == 1 ? 3 : sizeof<T>() == 2 ? 4 : 5;
}

/** From this split on differences are written whole. */
function greatestSplit<T>(): i32 {
  return sizeof<T>() == 1 ? 6 : sizeof<T>() == 2 ? 14 : 25;
}

/** Differences of 32 16-bit pixels from their left neighbours, zigzag; gives their sum. `last` is the pixel before. */
// @ts-ignore: decorators of AssemblyScript
@inline
function differences16(input: usize, last: u32): u64 {
  let before = i16x8.splat(<i16>last);
  let sum = i32x4.splat(0);
  for (let i: usize = 0; i < 64; i += 16) {
    const stored = v128.load(input + i);
    const pixels = v128.shuffle<i8>(stored, stored, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
    const left = v128.shuffle<i16>(before, pixels, 7, 8, 9, 10, 11, 12, 13, 14);
    const difference = i16x8.sub(pixels, left);
    const mapped = v128.xor(i16x8.shl(difference, 1), i16x8.shr_s(difference, 15));
    v128.store(DIFFERENCES + i, mapped);
    sum = i32x4.add(sum, i32x4.extadd_pairwise_i16x8_u(mapped));
    before = pixels;
  }
  return (
    <u64>(<u32>i32x4.extract_lane(sum, 0)) +
    <u64>(<u32>i32x4.extract_lane(sum, 1)) +
    <u64>(<u32>i32x4.extract_lane(sum, 2)) +
    <u64>(<u32>i32x4.extract_lane(sum, 3))
  );
}

/** The same for `count` pixels of any width. */
// @ts-ignore: decorators of AssemblyScript
@inline
function differencesOf<T>(input: usize, count: i32, last: u32): u64 {
  let sum: u64 = 0;
  for (let i = 0; i < count; i++) {
    const pixel = <u32>bswap<T>(load<T>(input + <usize>i * sizeof<T>()));
    const bits = 32 - <i32>sizeof<T>() * 8;
    const difference = <i32>((pixel - last) << bits) >> bits;
    const mapped = <T>((difference << 1) ^ (difference >> 31));
    store<T>(DIFFERENCES + <usize>i * sizeof<T>(), mapped);
    sum += <u64>mapped;
    last = pixel;
  }
  return sum;
}

/** Codes `tiles` tiles of `pixels` pixels each, one after the other; the bytes of each go to `lengths` (u32). Gives all bytes. */
function encode<T>(input: usize, pixels: i32, tiles: i32, out: usize, lengths: usize): i32 {
  const begin = out;
  for (let tile = 0; tile < tiles; tile++) {
    const tileBegin = out;
    let last = <u32>bswap<T>(load<T>(input));
    // The lowest `pending` bits of `bits` are still to be written: below 32 between codes.
    let bits: u64 = <u64>last;
    let pending: i32 = <i32>sizeof<T>() * 8;
    if (pending == 32) {
      store<u32>(out, bswap<u32>(last));
      out += 4;
      pending = 0;
    }
    for (let i = 0; i < pixels; i += BLOCK) {
      const count = min(BLOCK, pixels - i);
      let sum: u64;
      if (sizeof<T>() == 2 && count == BLOCK) sum = differences16(input, last);
      else sum = differencesOf<T>(input, count, last);
      input += <usize>count * sizeof<T>();
      last = <u32>bswap<T>(load<T>(input - sizeof<T>()));
      const above = <u64>(count >> 1) + 1;
      const mean = sum > above ? <u32>((sum - above) / <u64>count) : 0;
      const split = 32 - clz<i32>(<i32>(mean >> 1));
      if (split >= greatestSplit<T>()) {
        bits = (bits << splitBits<T>()) | <u64>(greatestSplit<T>() + 1);
        pending += splitBits<T>();
        if (pending >= 32) {
          pending -= 32;
          store<u32>(out, bswap<u32>(<u32>(bits >> pending)));
          out += 4;
        }
        for (let j = 0; j < count; j++) {
          bits = (bits << (sizeof<T>() * 8)) | <u64>load<T>(DIFFERENCES + <usize>j * sizeof<T>());
          pending += <i32>sizeof<T>() * 8;
          if (pending >= 32) {
            pending -= 32;
            store<u32>(out, bswap<u32>(<u32>(bits >> pending)));
            out += 4;
          }
        }
        continue;
      }
      bits = (bits << splitBits<T>()) | (sum == 0 ? 0 : <u64>(split + 1));
      pending += splitBits<T>();
      if (pending >= 32) {
        pending -= 32;
        store<u32>(out, bswap<u32>(<u32>(bits >> pending)));
        out += 4;
      }
      if (sum == 0) continue;
      const one: u32 = 1 << split;
      for (let j = 0; j < count; j++) {
        const difference = <u32>load<T>(DIFFERENCES + <usize>j * sizeof<T>());
        let zeros = <i32>(difference >> split);
        while (zeros + split > 31) {
          // Rare: a star's edge. Zeros alone, until the rest has room.
          const some = min(zeros, 31);
          bits <<= some;
          pending += some;
          zeros -= some;
          if (pending >= 32) {
            pending -= 32;
            store<u32>(out, bswap<u32>(<u32>(bits >> pending)));
            out += 4;
          }
        }
        const length = zeros + split + 1;
        bits = (bits << length) | <u64>(one | (difference & (one - 1)));
        pending += length;
        if (pending >= 32) {
          pending -= 32;
          store<u32>(out, bswap<u32>(<u32>(bits >> pending)));
          out += 4;
        }
      }
    }
    for (; pending > 0; pending -= 8) {
      store<u8>(out++, <u8>(pending >= 8 ? bits >> (pending - 8) : bits << (8 - pending)));
    }
    store<u32>(lengths + (<usize>tile << 2), <u32>(out - tileBegin));
  }
  return <i32>(out - begin);
}

/**
 * Decodes a tile of `pixels` pixels from `length` bytes, after which 8 bytes that may be read must follow. Gives 0, or 1 where the
 * bytes end too early or say what no coder writes.
 */
function decode<T>(input: usize, length: i32, pixels: i32, out: usize): i32 {
  if (length < <i32>sizeof<T>()) return 1;
  const end = input + length;
  let last = <u32>bswap<T>(load<T>(input));
  input += sizeof<T>();
  // The highest `ready` bits of `bits` are read and not yet used. Words are read ahead, the last of them beyond the end, even where
  // enough bits are there; whoever needs a word that begins 4 bytes beyond it has used some of those.
  let bits: u64 = 0;
  let ready: i32 = 0;
  for (let i = 0; i < pixels; ) {
    if (ready < 32) {
      if (input > end + 3) return 1;
      bits |= <u64>bswap<u32>(load<u32>(input)) << (32 - ready);
      input += 4;
      ready += 32;
    }
    const split = <i32>(bits >> (64 - splitBits<T>())) - 1;
    bits <<= splitBits<T>();
    ready -= splitBits<T>();
    const blockEnd = min(i + BLOCK, pixels);
    if (split < 0) {
      for (; i < blockEnd; i++) store<T>(out + <usize>i * sizeof<T>(), bswap<T>(<T>last));
      continue;
    }
    if (split > greatestSplit<T>()) return 1;
    for (; i < blockEnd; i++) {
      if (ready < 32) {
        if (input > end + 3) return 1;
        bits |= <u64>bswap<u32>(load<u32>(input)) << (32 - ready);
        input += 4;
        ready += 32;
      }
      let difference: u32 = 0;
      let low = split;
      if (split == greatestSplit<T>()) low = <i32>sizeof<T>() * 8;
      else {
        let zeros = <u32>0;
        while (bits == 0) {
          zeros += <u32>ready;
          if (input > end + 3) return 1;
          bits = <u64>bswap<u32>(load<u32>(input)) << 32;
          input += 4;
          ready = 32;
        }
        const more = <i32>clz<u64>(bits);
        // Two shifts: together they may be 64, which counts as none.
        bits = (bits << more) << 1;
        ready -= more + 1;
        difference = (zeros + <u32>more) << split;
        if (ready < 32) {
          if (input > end + 3) return 1;
          bits |= <u64>bswap<u32>(load<u32>(input)) << (32 - ready);
          input += 4;
          ready += 32;
        }
      }
      if (low > 0) {
        difference |= <u32>(bits >> (64 - low));
        bits <<= low;
        ready -= low;
      }
      last = last + ((difference >> 1) ^ (0 - (difference & 1)));
      store<T>(out + <usize>i * sizeof<T>(), bswap<T>(<T>last));
    }
  }
  return <i64>(input - end) * 8 > <i64>ready ? 1 : 0;
}

export function encodeRice8(input: usize, pixels: i32, tiles: i32, out: usize, lengths: usize): i32 {
  return encode<u8>(input, pixels, tiles, out, lengths);
}

export function encodeRice16(input: usize, pixels: i32, tiles: i32, out: usize, lengths: usize): i32 {
  return encode<u16>(input, pixels, tiles, out, lengths);
}

export function encodeRice32(input: usize, pixels: i32, tiles: i32, out: usize, lengths: usize): i32 {
  return encode<u32>(input, pixels, tiles, out, lengths);
}

export function decodeRice8(input: usize, length: i32, pixels: i32, out: usize): i32 {
  return decode<u8>(input, length, pixels, out);
}

export function decodeRice16(input: usize, length: i32, pixels: i32, out: usize): i32 {
  return decode<u16>(input, length, pixels, out);
}

export function decodeRice32(input: usize, length: i32, pixels: i32, out: usize): i32 {
  return decode<u32>(input, length, pixels, out);
}
