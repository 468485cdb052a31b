import type { Level } from '../../level.js';

/** Words that health answers of real services use, folded. "not" before a healthy one makes it critical. */
const words: Readonly<Record<Level, readonly string[]>> = {
  healthy: [
    'healthy',
    'ok',
    'okay',
    'up',
    'pass',
    'passing',
    'passed',
    'success',
    'successful',
    'succeeded',
    'ready',
    'running',
    'serving',
    'operational',
    'available',
    'alive',
    'live',
    'active',
    'online',
    'started',
    'connected',
    'reachable',
    'responding',
    'working',
    'normal',
    'nominal',
    'good',
    'fine',
    'green',
    'pong',
    'true',
    'all systems operational',
    'health ok',
  ],
  warning: [
    'degraded',
    'warning',
    'warn',
    'yellow',
    'amber',
    'impaired',
    'degraded performance',
    'partially degraded',
    'partial outage',
    'minor outage',
    'partially available',
    'health warn',
  ],
  critical: [
    'unhealthy',
    'critical',
    'down',
    'fail',
    'failing',
    'failed',
    'failure',
    'error',
    'errored',
    'err',
    'fatal',
    'unavailable',
    'out of service',
    'offline',
    'inactive',
    'dead',
    'red',
    'stopped',
    'crashed',
    'broken',
    'disconnected',
    'unreachable',
    'outage',
    'major outage',
    'service unavailable',
    'internal server error',
    'timeout',
    'timed out',
    'nok',
    'ko',
    'false',
    'health err',
  ],
  unknown: ['unknown', 'service unknown'],
};

/** The `indicator` of status pages tells how bad an incident is. */
const severities: ReadonlyMap<string, Level> = new Map([
  ['none', 'healthy'],
  ['minor', 'warning'],
  ['major', 'critical'],
  ['critical', 'critical'],
]);

const levelsByWord: ReadonlyMap<string, Level> = new Map(
  (Object.keys(words) as Level[]).flatMap((level) => words[level].map((word) => [word, level] as const)),
);

/** Longer text is a sentence, and what it says is not guessed at. */
const longestWord = 32;

/** The level that a health answer's status stands for; undefined for anything that is not one of the known words. */
export function levelOfWord(value: unknown): Level | undefined {
  if (typeof value === 'boolean') return value ? 'healthy' : 'critical';
  const word = folded(value);
  const isDenied = word.startsWith('not ') && levelsByWord.get(word.slice('not '.length)) === 'healthy';
  return isDenied ? 'critical' : levelsByWord.get(word);
}

/** The level that the severity of an incident stands for; undefined for anything that is not one of the known ones. */
export function levelOfSeverity(value: unknown): Level | undefined {
  return severities.get(folded(value));
}

/** `NOT_SERVING`, `not-serving`, `NotServing` and ` Not serving. ` are the same word. Empty for what cannot be a word. */
function folded(value: unknown): string {
  if (typeof value !== 'string') return '';
  const word = value.trim();
  if (word.length > longestWord) return '';
  return word
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ')
    .replace(/[.!]+$/, '');
}
