import type { Level } from '../../level.js';

const words: Readonly<Record<string, Level>> = {
  healthy: 'healthy',
  ok: 'healthy',
  up: 'healthy',
  pass: 'healthy',
  passing: 'healthy',
  degraded: 'warning',
  warning: 'warning',
  warn: 'warning',
  unhealthy: 'critical',
  critical: 'critical',
  down: 'critical',
  fail: 'critical',
  failing: 'critical',
  failed: 'critical',
  error: 'critical',
  unknown: 'unknown',
};

/** The level that a health answer's status stands for; undefined for anything that is not one of the known words. */
export function levelOfWord(value: unknown): Level | undefined {
  if (typeof value === 'boolean') return value ? 'healthy' : 'critical';
  if (typeof value !== 'string') return undefined;
  const word = value.trim().toLowerCase();
  return Object.hasOwn(words, word) ? words[word] : undefined;
}
