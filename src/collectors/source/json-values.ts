/** More values in a document are not for us: as objects they take a hundred megabytes, and to read them half a second. */
const maxValues = 1_000_000;

const comma = 0x2c;
const openingBracket = 0x5b;
const openingBrace = 0x7b;

/** What is wrong with the number of values in a JSON text, before it is parsed; undefined when that is all right. Those of texts count, too. */
export function tooManyValues(body: Buffer): string | undefined {
  if (body.length <= maxValues) return undefined;
  let values = 0;
  for (const byte of body) if (byte === comma || byte === openingBracket || byte === openingBrace) values += 1;
  return values > maxValues ? `the JSON has more than ${maxValues.toLocaleString('en')} values` : undefined;
}
