import t from 'tap';
import { knownThresholds } from '../../src/config/sections/thresholds-section.js';
import { recordsOf, thresholdUses } from '../../src/stack/threshold-uses.js';
import { readRules } from '../support/rule-files.js';

const rules = await readRules();
const plain = (expression: string) => expression.replace(/\s+/g, ' ');

t.test('each threshold is measured as in its rules', async (t) => {
  for (const { alert, measured, subject, excuse, needs, goesOn, onlyWarns } of thresholdUses) {
    for (const severity of ['warning', 'critical'] as const) {
      const found = rules.filter(
        ({ name, isAlert, labels }) => isAlert && name === alert && labels['severity'] === severity,
      );
      t.equal(found.length, 1, `${alert} ${severity}`);
      const expression = plain(found[0]?.expr ?? '');
      for (const part of [
        measured,
        excuse[severity],
        ...(needs === undefined ? [] : [needs[severity]]),
        ...(goesOn === undefined ? [] : [goesOn[severity]]),
        ...(onlyWarns === undefined || severity === 'warning' ? [] : [onlyWarns]),
        `on (${['job', ...subject].join(', ')}) job:aicrm_alerts_held:min`,
      ])
        t.ok(part && expression.includes(part), `${alert} ${severity}: ${part}`);
    }
  }
});

t.test('no threshold is missing, and no alert that compares with one', async (t) => {
  // The expiry of a certificate has no usual value.
  const learnt = knownThresholds.filter(({ key }) => key !== 'certificate_expiry_days');
  t.strictSame(new Set(thresholdUses.map(({ threshold }) => threshold)), new Set(learnt));
  const compared = rules.filter(({ isAlert, expr }) => isAlert && /> on \([^)]*\) group_left \(severity\)/.test(expr));
  t.strictSame(
    new Set(compared.map(({ name }) => name)),
    new Set(thresholdUses.map(({ alert }) => alert)),
    'those whose limit follows from a threshold by severity',
  );
});

t.test('the records that a threshold is measured with are rules', async (t) => {
  for (const use of thresholdUses) {
    const records = rules.filter(({ name, isAlert }) => !isAlert && use.measured.split(/[^\w:]/).includes(name));
    t.strictSame(recordsOf(use), [...new Set(records.map(({ name }) => name))], use.alert);
  }
  t.ok(thresholdUses.some((use) => recordsOf(use).length > 0));
});
