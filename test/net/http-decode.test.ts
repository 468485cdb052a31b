import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import t from 'tap';
import { decodeBody, remarkOnCoding } from '../../src/net/http-decode.js';

const coded = (...values: readonly string[]) => values.map((value) => ['content-encoding', value] as const);
const decoded = async (body: Buffer, ...values: readonly string[]) =>
  (await decodeBody(body, coded(...values), 100)).toString();

t.test('up to five content codings are decoded, the last one first, and six are refused', async (t) => {
  let body = Buffer.from('hello');
  for (let count = 1; count <= 6; count += 1) {
    body = count % 2 === 1 ? gzipSync(body) : deflateSync(body);
    const codings = Array.from({ length: count }, (_, index) => (index % 2 === 0 ? 'gzip' : 'deflate'));
    if (count < 6) {
      t.equal(await decoded(body, codings.join()), 'hello', `${count} codings`);
      t.equal(await decoded(body, ...codings), 'hello', `${count} codings, each in its header`);
    } else
      await t.rejects(decoded(body, codings.join()), {
        reason: 'body',
        message: 'the body has 6 content codings (Content-Encoding), more than 5',
      });
  }
});

t.test('identity, none and empty codings do not count', async (t) => {
  const body = gzipSync('hello');
  t.equal(await decoded(body, ',,identity,none,IDENTITY, none ,gzip'), 'hello');
  t.equal(await decoded(Buffer.from('hello'), 'identity, none,'), 'hello');
  const others = [['accept-encoding', 'gzip'] as const, ['x', 'compress'] as const];
  t.equal((await decodeBody(Buffer.from('hello'), others, 100)).toString(), 'hello');
});

t.test('an empty body is valid in any coding', async (t) => {
  for (const coding of ['gzip', 'deflate', 'br', 'zstd', 'compress'])
    t.equal(await decoded(Buffer.alloc(0), coding), '', coding);
});

t.test('deflate is decoded with and without a zlib header', async (t) => {
  t.equal(await decoded(deflateSync('hello'), 'deflate'), 'hello');
  t.equal(await decoded(deflateRawSync('hello'), 'deflate'), 'hello');
  // By chance each body has one of the two signs of a zlib header.
  t.equal(await decoded(Buffer.from([8, 5, 0, 250, 255, ...Buffer.from('hello'), 3, 0]), 'deflate'), 'hello');
  t.equal(await decoded(deflateRawSync('!h'), 'deflate'), '!h');
});

t.test('an obsolete coding is refused by name', async (t) => {
  for (const coding of ['compress', 'x-compress'])
    await t.rejects(decoded(Buffer.from('hello'), coding), {
      reason: 'body',
      message: `the ${coding} body cannot be unpacked: this coding (Content-Encoding) is obsolete`,
    });
});

t.test('a body may unpack to as many bytes as the limit', async (t) => {
  for (const [coding, pack] of [
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ] as const) {
    t.equal((await decoded(pack('x'.repeat(100)), coding)).length, 100);
    await t.rejects(decoded(pack('x'.repeat(101)), coding), {
      reason: 'size',
      message: `the ${coding} body unpacks to more than 100 bytes`,
    });
    await t.rejects(decoded(Buffer.from('hello'), coding), {
      reason: 'body',
      message: `the ${coding} body cannot be unpacked (Content-Encoding)`,
      cause: { code: /^Z_/ },
    });
  }
});

t.test('an unknown coding leaves the body unchanged, and the message about an invalid body names it', async (t) => {
  t.equal(await decoded(gzipSync('hello'), 'toString, gzip, UTF-8'), 'hello');
  t.equal(remarkOnCoding(coded('gzip', 'identity')), '');
  t.equal(remarkOnCoding([]), '');
  t.equal(remarkOnCoding(coded('gzip, none,')), '');
  t.equal(await decoded(Buffer.from('hello'), '__proto__'), 'hello');
  t.equal(
    remarkOnCoding(coded('ROT13, UTF-8, gzip')),
    '; it has the unknown content coding "utf-8" (Content-Encoding)',
    'the last unknown one',
  );
  t.equal(
    remarkOnCoding(coded('x'.repeat(50))),
    `; it has the unknown content coding "${'x'.repeat(40)}" (Content-Encoding)`,
  );
});
