import t from 'tap';
import { Tokens } from '../../simulator/tokens.js';
import { isRecord } from '../../src/base/json.js';
import { ManualClock } from '../support/manual-clock.js';

/** The header and the claims of a JSON Web Token. */
const partsOf = (token: string) =>
  token
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as unknown);

t.test('a login gets two JSON Web Tokens, which say what they are for and when they expire', async (t) => {
  const clock = new ManualClock();
  const tokens = new Tokens(clock);
  const now = clock.nowSeconds();
  const seen = new Set<unknown>();
  for (const [isRemembered, seconds] of [
    [false, 1800],
    [true, 86_400],
  ] as const) {
    const { accessToken, refreshToken, expiresInSeconds } = tokens.issue('ada', isRemembered);
    t.equal(expiresInSeconds, seconds);
    for (const [token, type, exp] of [
      [accessToken, 'access', now + seconds],
      [refreshToken, 'refresh', now + 7 * 86_400],
    ] as const) {
      const [header, claims] = partsOf(token);
      t.same(header, { alg: 'HS256', typ: 'JWT' });
      t.match(claims, { sub: 'ada', type, exp, jti: /^[0-9a-f]{16}$/ });
      seen.add(isRecord(claims) && claims.jti);
    }
  }
  t.equal(seen.size, 4, 'no two are the same, also in the same second');
});

t.test('only a current bearer access token of this backend is valid', async (t) => {
  const clock = new ManualClock(1_800_000_000.9);
  const tokens = new Tokens(clock);
  const { accessToken, refreshToken } = tokens.issue('ada', false);
  const [header = '', payload = '', signature = ''] = accessToken.split('.');
  const other = Buffer.from(JSON.stringify({ ...(partsOf(accessToken)[1] as object), sub: 'root' })).toString(
    'base64url',
  );
  const kindOf = (authorization: string | undefined) => tokens.check(authorization).kind;
  t.same(tokens.check(`Bearer ${accessToken}`), { kind: 'valid', username: 'ada' });
  t.equal(kindOf(`bearer ${accessToken}`), 'valid', 'the scheme has no case');
  for (const authorization of [
    undefined,
    '',
    accessToken,
    `Basic ${accessToken}`,
    `No Bearer ${accessToken}`,
    `Bearer ${refreshToken}`,
    `Bearer ${accessToken}.more`,
    `Bearer ${header}.${payload}`,
    `Bearer ${header}.${payload}.${signature.slice(0, -4)}`,
    `Bearer ${header}.${payload}.${Buffer.alloc(32).toString('base64url')}`,
    `Bearer ${header}.${other}.${signature}`,
    `Bearer ${new Tokens(clock).issue('ada', false).accessToken}`,
  ])
    t.equal(kindOf(authorization), 'invalid', authorization ?? 'nothing');
  clock.advance(1799);
  t.equal(kindOf(`Bearer ${accessToken}`), 'valid');
  clock.advance(1);
  t.equal(kindOf(`Bearer ${accessToken}`), 'invalid', 'whole seconds count');
});

t.test('a revoked token stays revoked until it expires, and others stay valid', async (t) => {
  const clock = new ManualClock();
  const tokens = new Tokens(clock);
  const gone = `Bearer ${tokens.issue('ada', false).accessToken}`;
  const kept = `Bearer ${tokens.issue('ada', false).accessToken}`;
  tokens.revoke(gone);
  t.same([tokens.check(gone).kind, tokens.check(kept).kind], ['revoked', 'valid']);
  t.equal(tokens.check(gone.replace('Bearer', 'bearer')).kind, 'revoked');
  clock.advance(1800);
  t.equal(tokens.check(gone).kind, 'invalid');
});
