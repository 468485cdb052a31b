import { DatabaseError } from 'pg';
import { systemCodeOf } from '../../errors.js';
import type { FailureReason } from '../../reason.js';
import { ProbeFailure } from '../failure.js';

/** What the codes mean that people meet, by SQLSTATE (appendix A of PostgreSQL's manual). */
const meanings: Readonly<Record<string, readonly [reason: FailureReason, meaning: string]>> = {
  '28P01': ['auth', 'wrong password, or no such user'],
  '28000': [
    'auth',
    'the server does not admit this user this way: no such role, or its pg_hba.conf wants another address or TLS',
  ],
  '42501': ['auth', 'this user lacks the permission'],
  '3D000': ['status', 'there is no such database'],
  '53300': ['status', 'the server has no connection left'],
  '57P01': ['status', 'the server is being shut down'],
  '57P02': ['status', 'the server has crashed and is recovering'],
  '57P03': ['status', 'the server is starting up or shutting down'],
  '57014': ['timeout', 'the query took too long and was cancelled'],
  '25006': ['status', 'the query writes, and may only read'],
  '0A000': ['status', 'the query does something that a query that only reads cannot'],
  '42601': ['status', 'the query has a syntax error'],
  '42P01': ['status', 'there is no such table'],
  '42703': ['status', 'there is no such column'],
  '42883': ['status', 'there is no such function or operator'],
  '08P01': ['body', 'the server does not understand the protocol'],
};

/**
 * What an error of `pg` is in terms of the closed reasons; what is none of its errors comes back as it is. The server's own
 * text is left out: it quotes data. `prefixCharacters` of the statement were put before what the user wrote.
 */
export function postgresFailure(error: unknown, prefixCharacters = 0): unknown {
  if (error instanceof ProbeFailure || !(error instanceof Error)) return error;
  if (error instanceof DatabaseError) {
    const { code = '' } = error;
    // A code of another form was not written by PostgreSQL, nor was what the library makes of bytes that it cannot read.
    if (!/^[0-9A-Z]{5}$/.test(code))
      return new ProbeFailure('body', 'the server does not speak the protocol of PostgreSQL');
    const [reason, meaning] = meanings[code] ?? ['status', 'the server refused, see its log'];
    const position = Number(error.position) - prefixCharacters;
    return new ProbeFailure(
      reason,
      `${code}: ${meaning}${position > 0 ? ` (character ${position} of the query)` : ''}`,
    );
  }
  if (/^SASL: /.test(error.message))
    return new ProbeFailure('auth', 'the server does not know the password either, or wants another way to log in');
  const code = systemCodeOf(error);
  if (code !== undefined && /^E[A-Z]+$/.test(code))
    return new ProbeFailure('closed', `connection lost before the answer: ${code}`);
  if (/^Connection terminated|^Client has encountered/.test(error.message))
    return new ProbeFailure('closed', 'connection lost before the answer');
  return error;
}
