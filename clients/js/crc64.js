/**
 * CRC-64/NVME, the checksum that S3 keeps of whole objects, eight bytes at a time by tables.
 *
 * Numbers of 64 bits are kept as two halves of 32: BigInt is ten times slower.
 * https://reveng.sourceforge.io/crc-catalogue/all.htm#crc.cat.crc-64-nvme
 */

// The polynomial, its first bit the lowest.
const POLYNOMIAL_LOW = 0xac4bc9b5;
const POLYNOMIAL_HIGH = 0x9a6c9329;

// Eight tables of 256 entries, one after another: what a byte is worth with so many behind it.
const LOW = new Int32Array(8 * 256);
const HIGH = new Int32Array(8 * 256);

for (let byte = 0; byte < 256; byte++) {
  let low = byte;
  let high = 0;
  for (let bit = 0; bit < 8; bit++) {
    const isOdd = low & 1;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (isOdd) {
      low ^= POLYNOMIAL_LOW;
      high ^= POLYNOMIAL_HIGH;
    }
  }
  LOW[byte] = low;
  HIGH[byte] = high;
}
for (let entry = 256; entry < 8 * 256; entry++) {
  const low = LOW[entry - 256];
  const high = HIGH[entry - 256];
  LOW[entry] = ((low >>> 8) | (high << 24)) ^ LOW[low & 255];
  HIGH[entry] = (high >>> 8) ^ HIGH[low & 255];
}

/** A running checksum. */
export class Crc64nvme {
  #low = -1;
  #high = -1;

  /**
   * Adds bytes.
   *
   * @param {Uint8Array} bytes
   * @returns {this}
   */
  update(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const whole = bytes.length - (bytes.length % 8);
    let low = this.#low;
    let high = this.#high;
    for (let at = 0; at < whole; at += 8) {
      const a = low ^ view.getInt32(at, true);
      const b = high ^ view.getInt32(at + 4, true);
      low = of(LOW, a, b);
      high = of(HIGH, a, b);
    }
    for (let at = whole; at < bytes.length; at++) {
      const entry = (low ^ view.getUint8(at)) & 255;
      low = ((low >>> 8) | (high << 24)) ^ LOW[entry];
      high = (high >>> 8) ^ HIGH[entry];
    }
    this.#low = low;
    this.#high = high;
    return this;
  }

  /**
   * The checksum of all bytes so far, in base64, as S3 writes it.
   *
   * @returns {string}
   */
  base64() {
    const bytes = new DataView(new ArrayBuffer(8));
    bytes.setInt32(0, ~this.#high);
    bytes.setInt32(4, ~this.#low);
    return btoa(String.fromCharCode(...new Uint8Array(bytes.buffer)));
  }
}

/**
 * One half of what eight bytes are worth.
 *
 * @param {Int32Array} table
 * @param {number} a The first four bytes.
 * @param {number} b The other four.
 * @returns {number}
 */
function of(table, a, b) {
  return (
    table[1792 | (a & 255)] ^
    table[1536 | ((a >>> 8) & 255)] ^
    table[1280 | ((a >>> 16) & 255)] ^
    table[1024 | (a >>> 24)] ^
    table[768 | (b & 255)] ^
    table[512 | ((b >>> 8) & 255)] ^
    table[256 | ((b >>> 16) & 255)] ^
    table[b >>> 24]
  );
}
