/** What an exposition may take more than the one before it without another copy. */
const spareBytes = 16 * 1024;

/**
 * Texts put together as UTF-8. Added up as a string they would be copied twice on their way to a client, through a heap
 * that keeps room for it from then on: seven MiB each for a thousand components.
 */
export class TextBytes {
  #bytes: Buffer;
  #length = 0;

  /** Makes room for about so many. */
  constructor(expectedBytes: number) {
    this.#bytes = Buffer.allocUnsafeSlow(expectedBytes + spareBytes);
  }

  add(text: string): void {
    // The most that UTF-8 needs for a character of a string; counted exactly only where that might not fit.
    if (this.#length + 3 * text.length > this.#bytes.length) this.#makeRoom(this.#length + Buffer.byteLength(text));
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** Everything so far; what is added later is not in it. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #makeRoom(neededBytes: number): void {
    if (neededBytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(neededBytes + spareBytes, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
