import t from 'tap';
import type { ComponentReading } from '../../src/collector.js';
import { probeText } from '../../src/http/probe-text.js';
import type { ProbeRequest } from '../../src/http/service.js';
import { nowSeconds, reading, refused } from '../support/service-fixture.js';

const text = (found: ComponentReading, request: Partial<ProbeRequest> = {}) =>
  probeText({ target: 'backend', ...request }, { reading: found, render: (format) => ` format ${format}\n\n` });

t.test('each known value of a probe has its line', async (t) => {
  const found = reading('backend', {
    reason: 'body',
    uptimeSeconds: 7200.1234567,
    certificate: { expiryTimestampSeconds: nowSeconds, verified: true, whose: 'an intermediate' },
    checks: [{ name: 'database', level: 'warning' }],
  });
  t.equal(
    text(found, { module: 'slow', timeoutSeconds: 9.5 }),
    `Log:
  connected to backend.example
  answer 200

Phases:
  dns: 0.001 s
  connect: 0.002 s
  first_byte: 0.034 s
  transfer: 0.001 s

Headers:
  content-type: application/json

Reading:
  target: http://backend.example:8000/health
  module: slow
  scrape timeout: 9.5 s
  level: HEALTHY
  up: yes
  reason: body
  message: 200 with status "healthy"
  response: 0.038 s
  status code: 200
  bytes: 42
  ip version: 4
  uptime: 7200.123457 s
  certificate until: 2026-11-23T08:15:30.000Z (an intermediate)
  certificate valid: yes
  check database: WARNING

Metrics:
   format text
`,
  );
});

t.test('an unknown value has no line, and a part without lines has the word none', async (t) => {
  const { ipProtocol: _ip, ...found } = refused('backend');
  t.equal(
    text({ ...found, phases: {}, headers: [], log: [] }),
    `Log:
  none

Phases:
  none

Headers:
  none

Reading:
  target: http://backend.example:8000/health
  level: CRITICAL
  up: no
  reason: connect
  message: connection refused
  response: 0.0008 s

Metrics:
   format text
`,
  );
});

t.test('the date of a certificate may be unreadable', async (t) => {
  const found = reading('backend', { certificate: { expiryTimestampSeconds: Number.NaN, verified: false } });
  t.match(text(found), '  certificate until: unreadable\n  certificate valid: no\n');
});
