import type { KnownProtocol } from '../config/socket-target.js';
import type { DialogPart } from './dialog.js';

/** The parts of a protocol that a probe needs. */
interface ProtocolWords {
  /** The first message of the server. */
  readonly greeting?: DialogPart;
  /** The steps after the greeting that start TLS. */
  readonly startTls: readonly DialogPart[];
  /** The last message of a correct client, so the server logs no error. */
  readonly bye?: Buffer;
}

const refusal = (pattern: RegExp, meaning: string) => ({ pattern, meaning: `the server ${meaning}` });
const noTls = 'does not offer STARTTLS';

/** For line-based protocols. Each pattern matches a whole line, because nothing may follow before the handshake. */
function lines(
  greeting: { readonly protocol: string; readonly expect: RegExp; readonly refused: RegExp; readonly pattern: RegExp },
  steps: readonly (readonly [send: string, expect: RegExp, refused: RegExp])[],
  bye: string,
): ProtocolWords {
  return {
    greeting: {
      expect: greeting.expect,
      refused: { ...refusal(greeting.refused, 'refuses the connection'), isText: true },
      stranger: greeting,
      name: 'a greeting',
    },
    startTls: steps.map(([send, expect, refused]) => ({
      send: Buffer.from(`${send}\r\n`),
      isPublic: true,
      expect,
      refused: { ...refusal(refused, noTls), isText: true },
      name: `an answer to ${send}`,
    })),
    bye: Buffer.from(`${bye}\r\n`),
  };
}

/** Replies of SMTP and FTP have three digits. A greeting starts with 1 only in FTP. Bytes may arrive one by one. */
const notReplies = /^(?:[^1245]|.\D|..\D|...[^ \r\n-])/s;
const refusedReply = /^[45]\d\d[ -].*\r?\n/;

const extendedRequest = Buffer.concat([
  Buffer.from([0x30, 0x1d, 0x02, 0x01, 0x01, 0x77, 0x18, 0x80, 0x16]),
  Buffer.from('1.3.6.1.4.1.1466.20037'),
]);

/**
 * RFC 3207 (SMTP), 9051 (IMAP), 2595 (POP3), 4217 (FTP), 4511 (LDAP), and "Message Flow" in PostgreSQL's documentation.
 * Lengths in LDAP have one byte, or more from servers that use a fixed size.
 */
export const protocolWords: Readonly<Record<KnownProtocol, ProtocolWords>> = {
  smtp: lines(
    { protocol: 'SMTP', expect: /^220 .*\r?\n/m, refused: refusedReply, pattern: notReplies },
    [
      ['EHLO localhost', /^250 .*\r?\n/m, /^[45]\d\d .*\r?\n/m],
      ['STARTTLS', /^220 .*\r?\n/m, /^[45]\d\d .*\r?\n/m],
    ],
    'QUIT',
  ),
  imap: lines(
    { protocol: 'IMAP', expect: /^\* OK\b.*\r?\n/im, refused: /^\* .*\r?\n/, pattern: /^(?:[^*]|\*[^ ])/ },
    [['a STARTTLS', /^a OK\b.*\r?\n/im, /^a (?:NO|BAD)\b.*\r?\n/im]],
    'b LOGOUT',
  ),
  pop3: lines(
    {
      protocol: 'POP3',
      expect: /^\+OK.*\r?\n/m,
      refused: /^-ERR.*\r?\n/,
      pattern: /^(?:[^+-]|\+[^O]|-[^E]|\+O[^K]|-E[^R])/,
    },
    [['STLS', /^\+OK.*\r?\n/m, /^-ERR.*\r?\n/m]],
    'QUIT',
  ),
  ftp: lines(
    { protocol: 'FTP', expect: /^220 .*\r?\n/m, refused: refusedReply, pattern: notReplies },
    [['AUTH TLS', /^234 .*\r?\n/m, /^[45]\d\d .*\r?\n/m]],
    'QUIT',
  ),
  ldap: {
    startTls: [
      {
        send: extendedRequest,
        isPublic: true,
        stranger: { pattern: /^[^0]/, protocol: 'LDAP' },
        expect: /^0[^]{1,5}\x02\x01\x01x[^]{1,5}\n\x01\x00[^]*/,
        refused: refusal(/^0[^]{1,5}\x02\x01\x01x[^]{1,5}\n\x01[^\x00]/, noTls),
        name: 'an answer to StartTLS',
      },
    ],
    bye: Buffer.from([0x30, 0x05, 0x02, 0x01, 0x02, 0x42, 0x00]),
  },
  postgres: {
    startTls: [
      {
        send: Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]),
        isPublic: true,
        // Exactly one letter, unlike "SSH-2.0".
        expect: /^S$/,
        refused: refusal(/^(?:N$|E)/, 'does not offer TLS'),
        stranger: { pattern: /^(?:[^SNE]|[SN][^])/, protocol: 'PostgreSQL' },
        name: 'an answer to SSLRequest',
      },
    ],
  },
};
