import { parseNotification } from '../../src/http/alert-console.js';
import type { AlertingStack } from '../support/alerting-stack.js';
import type { SunkMail, SunkRequest } from '../support/sinks.js';
import type { Topic } from './model.js';

export const channels = ['email', 'slack', 'webhook', 'console'] as const;
export type Channel = (typeof channels)[number];

/** One message as it arrived. */
export interface Message {
  readonly channel: Channel;
  readonly job: string;
  readonly atMilliseconds: number;
  readonly told: readonly Told[];
  /** The whole text that the person or the program got. */
  readonly text: string;
}

/** One statement of a message. */
export interface Told {
  readonly isOver: boolean;
  /** Undefined for an unknown sentence. */
  readonly topic: Topic | undefined;
  /** The component, or the job if the topic is the whole job, or the sentence if it is unknown. */
  readonly subject: string;
  readonly sentence: string;
}

/** The sentences of each topic. The first group is the component; without one the sentence is about the job. */
const sentences: readonly (readonly [topic: Topic, begins: RegExp, ends: RegExp])[] = [
  [
    'many down',
    /^(?:Many|\d+ of \d+) components (?:are|is) down/,
    /^All components that went down together are up again/,
  ],
  ['unwatched', /^Nobody watches \S+:/, /^\S+ is watched again/],
  ['down', /^(\S+) is down\b/, /^(\S+) (?:is back|is no longer reported as down)/],
  ['unknown', /^The health of (\S+) is not known/, /^The health of (\S+) is known again/],
  ['slow', /^(\S+) takes .+ to answer/, /^(\S+) answers in time again/],
  ['degraded', /^(\S+) reports that it is degraded/, /^(\S+) is no longer degraded/],
  ['unsteady', /^\S+ of the probes of (\S+) fail/, /^The probes of (\S+) no longer fail too often/],
  ['scrapes', /^\S+ of the scrapes of \S+ fail/, /^Scrapes of \S+ no longer fail/],
  ['unsteady', /^(\S+) comes and goes/, /^(\S+) no longer comes and goes/],
];

/** All messages in the order in which they arrived. */
export function messages({ smtp, slack, webhook, printed }: AlertingStack): readonly Message[] {
  return [
    ...smtp.mails.map(mailed),
    ...slack.requests.map(slacked),
    ...webhook.requests.map(posted),
    ...printed().flatMap(printedLine),
  ].sort((a, b) => a.atMilliseconds - b.atMilliseconds);
}

function told(job: string, isOver: boolean, sentence: string): Told {
  for (const [topic, begins, ends] of sentences) {
    const found = (isOver ? ends : begins).exec(sentence);
    if (found !== null) return { isOver, topic, subject: found[1] ?? job, sentence };
  }
  return { isOver, topic: undefined, subject: sentence, sentence };
}

function mailed({ subject, raw, atMilliseconds }: SunkMail): Message {
  const job = / · (\S+)$/.exec(subject)?.[1] ?? '';
  const text = mailText(raw);
  const all = text.split('\n').flatMap((line) => {
    // Severity and begin, or RESOLVED, and then the sentence.
    const found = /^(RESOLVED|CRITICAL|WARNING|INFO|ALERT)\b.*? \d\d:\d\d [A-Z]+: (.+)$/.exec(line);
    return found === null ? [] : [told(job, found[1] === 'RESOLVED', found[2] ?? '')];
  });
  return { channel: 'email', job, atMilliseconds, told: all, text: `Subject: ${subject}\n\n${text}` };
}

/** The plain-text part of a mail. */
export function mailText(raw: string): string {
  const [, part = ''] = /Content-Type: text\/plain[^\r\n]*\r?\n\r?\n(.*?)\r?\n--/s.exec(raw) ?? [];
  const bytes = part
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_hex, code: string) => String.fromCharCode(parseInt(code, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8').replaceAll('\r', '');
}

function slacked({ body, atMilliseconds }: SunkRequest): Message {
  const { title, text } = (
    body as { readonly attachments: readonly [{ readonly title: string; readonly text: string }] }
  ).attachments[0];
  const job = /^\*[^*]+\* · (\S+)/.exec(text)?.[1] ?? '';
  const items = [...text.matchAll(/^• (.+)\n {3}(\w+)/gm)].map(([, sentence = '', state]) =>
    told(job, state === 'RESOLVED', unescaped(sentence)),
  );
  const single = told(job, title.startsWith('✅'), unescaped(title.replace(/^\S+ (?:Resolved: )?/, '')));
  return {
    channel: 'slack',
    job,
    atMilliseconds,
    told: items.length > 0 ? items : [single],
    text: `${title}\n${text}`,
  };
}

function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

function posted({ body, atMilliseconds }: SunkRequest): Message {
  const { alerts } = parseNotification(JSON.stringify(body));
  const job = alerts[0]?.labels['job'] ?? '';
  return {
    channel: 'webhook',
    job,
    atMilliseconds,
    told: alerts.map(({ status, annotations }) =>
      told(
        job,
        status === 'resolved',
        (status === 'resolved' ? annotations['resolved'] : undefined) ?? annotations['summary'] ?? '',
      ),
    ),
    text: JSON.stringify(body, null, 2),
  };
}

/** The console also prints alerts that it has already printed, and marks them as repeated. */
function printedLine(line: string): readonly Message[] {
  const { ts, status, summary, repeated, ...labels } = JSON.parse(line) as {
    readonly ts: string;
    readonly status: string;
    readonly summary: string;
    readonly repeated?: boolean;
    readonly job?: string;
  };
  if (repeated === true) return [];
  const job = labels.job ?? '';
  return [
    {
      channel: 'console',
      job,
      atMilliseconds: Date.parse(ts),
      told: [told(job, status === 'resolved', summary)],
      text: line,
    },
  ];
}
