/** Table of a reflected 32-bit CRC: entry b is the remainder after byte b. */
function crc32Table(reflectedPolynomial: number): Uint32Array {
  const table = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ reflectedPolynomial : value >>> 1;
    table[byte] = value >>> 0;
  }
  return table;
}

const crc32cTable = crc32Table(0x82f63b78);

/** CRC-32C (Castagnoli, RFC 3720 appendix B.4) as an unsigned 32-bit number; `previous` is that of the bytes before. */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  let crc = previous ^ 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = crc32cTable[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** CRC-64/NVME's polynomial, reflected (NVM Express NVM Command Set specification, 64b CRC). */
const nvmePolynomial = 0x9a6c9329ac4bc9b5n;

/** High and low halves of the 64-bit table: BigInt arithmetic per byte would be a hundred times slower. */
const nvmeHigh = new Uint32Array(256);
const nvmeLow = new Uint32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let value = BigInt(byte);
  for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ nvmePolynomial : value >> 1n;
  nvmeHigh[byte] = Number(value >> 32n);
  nvmeLow[byte] = Number(value & 0xffffffffn);
}

/** CRC-64/NVME as eight bytes, most significant first; `previous` is that of the bytes before. */
export function crc64nvme(bytes: Uint8Array, previous: Buffer = Buffer.alloc(8)): Buffer {
  let high = ~previous.readUInt32BE(0);
  let low = ~previous.readUInt32BE(4);
  for (let i = 0; i < bytes.length; i++) {
    const entry = (low ^ bytes[i]) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ nvmeLow[entry];
    high = (high >>> 8) ^ nvmeHigh[entry];
  }
  const out = Buffer.alloc(8);
  out.writeUInt32BE(~high >>> 0, 0);
  out.writeUInt32BE(~low >>> 0, 4);
  return out;
}
