import t from 'tap';
import { formatDuration, parseDurationSeconds } from '../../src/config/duration.js';

t.test('reads durations exactly', async (t) => {
  const durations = {
    '500ms': 0.5,
    '300ms': 0.3,
    '5s': 5,
    '2m': 120,
    '1h': 3600,
    '1m30s': 90,
    '1d': 86_400,
    '1h0.5s': 3600.5,
    '30': 30,
    '0.25': 0.25,
    '1m500ms': 60.5,
  };
  for (const [text, seconds] of Object.entries(durations)) t.equal(parseDurationSeconds(text), seconds, text);
});

t.test('refuses texts that only look like a duration', async (t) => {
  for (const text of [
    '',
    ' 5s',
    '5 s',
    '-5s',
    '+5s',
    's',
    '5x',
    '1s1m',
    '5s5s',
    '1e3s',
    '.5s',
    '5.s',
    'Infinity',
    '0x10',
  ]) {
    t.equal(parseDurationSeconds(text), undefined, JSON.stringify(text));
  }
});

t.test('writes durations as people type them', async (t) => {
  const texts = {
    '50ms': 0.05,
    '1s': 1,
    '1m30s': 90,
    '5m': 300,
    '1d': 86_400,
    '1d1h': 90_000,
    '1s500ms': 1.5,
    '0s': 0,
  };
  for (const [text, seconds] of Object.entries(texts)) t.equal(formatDuration(seconds), text);
});
