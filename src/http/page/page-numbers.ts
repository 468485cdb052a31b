import { shortened } from '../../base/text.js';
import type { Config } from '../../config/config.js';
import { documentOptions } from '../../config/settings.js';
import type { Figures } from '../../metrics/recorder.js';
import { availabilityOf } from '../../status/availability.js';
import { type Counted, type OwnNumbers, ownNumbersOf } from '../../status/numbers.js';
import type { Overview } from '../../status/overview.js';
import { formatCount, formatRatio } from './format.js';
import { type Content, type Html, html } from './html.js';

/** Maximum length of the reason in a tile. The data sources show all of it. */
const maxCharacters = 110;

interface Tile {
  readonly word: string;
  /** Null when unknown. */
  readonly value: string | null;
  /** Parts of the value, or why it is unknown. */
  readonly detail: readonly string[];
}

/**
 * AI-CRM's own numbers in a row; missing ones are `not available`. Without `ai_crm`, a line says how to get them.
 * Nothing when the exporter monitors something other than AI-CRM.
 */
export function numbers(overview: Overview, config: Config, figures: Figures): Html {
  const known = ownNumbersOf(figures);
  if (config.aiCrm === undefined && Object.values(known).every((value) => value === null)) {
    if (overview.name !== documentOptions.name.default) return html``;
    return html`<p class="empty">AI-CRM's own numbers – tasks, agents, users – are not read: configure ai_crm to see them here.</p>`;
  }
  const availability = availabilityOf(overview, config, figures);
  const whyNot = (fact: string) => [
    availability.find(({ name }) => name === fact)?.message?.replace(/^not available: /, '') ?? 'not reported',
  ];
  const isReal = overview.sources.some(({ name }) => name === 'ai_crm_users');
  return html`<section class="numbers"><h2 id="numbers">AI-CRM's own numbers</h2><dl aria-labelledby="numbers">${tiles(known, whyNot, isReal).map(tile)}</dl></section>`;
}

function tiles(known: OwnNumbers, whyNot: (fact: string) => readonly string[], isReal: boolean): readonly Tile[] {
  const { tasksByColumn, agents, busyAgents, usersByState, activeUsers } = known;
  return [
    tasksByColumn === null
      ? { word: 'Tasks', value: null, detail: whyNot('task_creation') }
      : {
          word: 'Tasks',
          value: formatCount(tasksByColumn.reduce((sum, { count }) => sum + count, 0)),
          detail: tasksByColumn.map(({ word, count }) => `${word} ${formatCount(count)}`),
        },
    ...optional('Created', known.tasksCreated, ['as counted so far']),
    ...optional('Completed', known.tasksCompleted, [
      known.completionRatio === null ? 'as counted so far' : `${formatRatio(known.completionRatio)} of all are done`,
    ]),
    agents === null
      ? { word: 'Agents', value: null, detail: whyNot('agent_utilization') }
      : {
          word: 'Agents',
          value: formatCount(agents),
          detail: busyAgents === null ? [] : [`${formatCount(busyAgents)} with open tasks`],
        },
    usersByState === null
      ? { word: 'Accounts', value: null, detail: whyNot('active_users') }
      : accountsTile(usersByState, isReal),
    ...(activeUsers === null ? [] : [activeUsersTile(activeUsers)]),
    ...optional('Sessions', known.concurrentUsers, ['users who have not logged out']),
    ...optional('Failed logins', known.failedLogins, ['as counted so far']),
    ...optional(
      'Requests',
      known.requests,
      known.requestErrors === null ? [] : [`${formatCount(known.requestErrors)} with an error`],
    ),
  ];
}

/** In the real AI-CRM, "active" means that the account is enabled. */
function accountsTile(byState: readonly Counted[], isReal: boolean): Tile {
  const total = byState.find(({ word }) => word === 'total');
  const others = byState.filter((state) => state !== total);
  return {
    word: 'Accounts',
    value: total === undefined ? '–' : formatCount(total.count),
    detail: others.map(({ word, count }) => `${formatCount(count)} ${isReal && word === 'active' ? 'enabled' : word}`),
  };
}

function activeUsersTile(byTime: readonly Counted[]): Tile {
  const [day, ...others] = byTime;
  return {
    word: `Users in ${day?.word ?? ''}`,
    value: formatCount(day?.count ?? 0),
    detail: ['have logged in', ...others.map(({ word, count }) => `${formatCount(count)} in ${word}`)],
  };
}

/** A tile for a number that not every AI-CRM has. It is left out when unknown. */
function optional(word: string, value: number | null, detail: readonly string[]): readonly Tile[] {
  return value === null ? [] : [{ word, value: formatCount(value), detail }];
}

function tile({ word, value, detail }: Tile): Content {
  const shown = value === null ? [shortened(detail.join(' · '), maxCharacters)] : detail;
  return html`<div class="${value === null && 'absent'}"><dt>${word}</dt><dd><span class="value">${value ?? 'not available'}</span>${
    shown.length > 0 &&
    html`<span class="detail">${shown.map((part, i) => [i > 0 && ' · ', html`<bdi>${part}</bdi>`])}</span>`
  }</dd></div>`;
}
