import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Test } from 'tap';
import { fillIn } from './board-queries.js';
import { run } from './programs.js';
import { bothAges, missingOf } from './versions.js';

/** The query of a panel with its variables replaced: everything is selected, unless `values` has something else. */
export function boardQuery(
  board: Dashboard,
  panelId: number,
  refId = 'A',
  values: Readonly<Record<string, string>> = {},
): string {
  // A collapsed row contains its panels.
  const panels = (board.panels ?? []).flatMap((panel) => [panel, ...('panels' in panel ? panel.panels : [])]);
  const panel = panels.find(({ id }) => id === panelId) as Panel | undefined;
  const target = (panel?.targets ?? []).find((each) => (each as { readonly refId?: string }).refId === refId) as
    | { readonly expr?: string }
    | undefined;
  if (target?.expr === undefined) throw new Error(`${board.uid} has no query ${refId} in panel ${panelId}`);
  return fillIn(target.expr, {
    job: '.+',
    instance: '.+',
    agent: '.+',
    __interval: '5m',
    __rate_interval: '5m',
    ...values,
  });
}

/** The expected samples of a query at a time such as `1h`: labels in Prometheus' notation, and the value. */
export interface QueryCase {
  readonly query: string;
  readonly at: string;
  readonly gives: Readonly<Record<string, number>>;
}

type WrongAnswers = (series: Readonly<Record<string, string>>, cases: readonly QueryCase[]) => string;

/**
 * Makes a test for each version of Prometheus. `wrongAnswers` evaluates queries in a real PromQL engine, over series with one sample a
 * minute in promtool's notation. It returns the differences, or '' for none.
 */
export function testQueries(t: Test, name: string, test: (t: Test, wrongAnswers: WrongAnswers) => void): void {
  for (const programs of bothAges) {
    void t.test(`${name} (${programs.age} promtool)`, { skip: missingOf(programs, 'promtool') }, async (t) =>
      test(t, (series, cases) => wrongAnswers(programs.promtool, series, cases)),
    );
  }
}

function wrongAnswers(promtool: string, series: Readonly<Record<string, string>>, cases: readonly QueryCase[]): string {
  const test = {
    rule_files: [],
    tests: [
      {
        interval: '1m',
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        promql_expr_test: cases.map(({ query, at, gives }) => ({
          expr: query,
          eval_time: at,
          exp_samples: Object.entries(gives).map(([labels, value]) => ({ labels, value })),
        })),
      },
    ],
  };
  const directory = mkdtempSync(join(tmpdir(), 'board-query-'));
  try {
    const file = join(directory, 'test.yml');
    writeFileSync(file, JSON.stringify(test));
    const { exitCode, stdout, stderr } = run(promtool, ['test', 'rules', file]);
    return exitCode === 0 ? '' : `${stdout}${stderr}`;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
