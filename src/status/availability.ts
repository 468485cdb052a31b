import type { AiCrmConfig, Config } from '../config/config.js';
import { aiCrmDocuments } from '../config/presets/ai-crm-documents.js';
import { switchedOffBy } from '../config/tracking.js';
import { httpRequests } from '../metrics/families/business.js';
import type { Figures } from '../metrics/recorder.js';
import { type Fact, facts } from './facts.js';
import type { Overview, SourceOverview } from './overview.js';

/** Whether one of the document's facts can be had now. */
export interface Availability {
  readonly name: string;
  readonly isAvailable: boolean;
  /** The names of the families that tell it, with series or without. */
  readonly metrics: readonly string[];
  /** The names of the components whose level tells it. */
  readonly components: readonly string[];
  /** One line that begins with `not available` and says why and what would change that; null when it is available. */
  readonly message: string | null;
}

/** Every fact of the document, in its order, with what is known now. */
export function availabilityOf(
  overview: Overview,
  config: Config,
  figures: Pick<Figures, 'has'>,
): readonly Availability[] {
  return facts.map((fact): Availability => {
    const { name, isToldBy, measure } = fact;
    const metrics = fact.metrics.map((definition) => definition.name);
    // A component of which nothing can be told does not tell this either.
    const telling =
      isToldBy === undefined
        ? []
        : overview.components.filter((component) => isToldBy(component) && component.level !== 'unknown');
    const isMeasured = overview.measures.some((reading) => reading.name === measure && reading.level !== 'unknown');
    const isAvailable = telling.length > 0 || isMeasured || isCounted(fact, metrics, overview, config, figures);
    const message = isAvailable ? null : `not available: ${reasonOf(fact, metrics, overview, config)}`;
    return { name, isAvailable, metrics, components: telling.map((component) => component.name), message };
  });
}

/** Whether its families have series: of now, or counters that somebody still counts; those of a source that is down only stay as they were. */
function isCounted(
  fact: Fact,
  metrics: readonly string[],
  { sources }: Overview,
  config: Config,
  figures: Pick<Figures, 'has'>,
): boolean {
  const bringing = sources.filter((source) => brings(source, fact, metrics, config));
  const isStopped = bringing.length > 0 && bringing.every((source) => troubleOf(source) !== undefined);
  return fact.metrics.some(({ name, type }) => figures.has(name) && (type === 'gauge' || !isStopped));
}

function reasonOf(fact: Fact, metrics: readonly string[], { sources }: Overview, config: Config): string {
  const { tracked, aiCrm: from, otherwise } = fact;
  const flag = tracked === undefined ? undefined : switchedOffBy(config.tracking, tracked);
  if (flag !== undefined) return `switched off, ${flag}`;
  const trouble = sources
    .filter((source) => brings(source, fact, metrics, config))
    .map(troubleOf)
    .find((text) => text !== undefined);
  if (trouble !== undefined) return trouble;
  const silent = aiCrmDocuments.filter(
    ({ name }) => fact.sources?.includes(name) === true && sources.some((source) => source.name === name),
  );
  const isAsked = sources.some((source) => fact.sources?.includes(source.name));
  const isElsewhere = isDocumented(config.aiCrm, sources) && !isAsked;
  const ways = [
    ...(from === undefined || silent.length > 0 || isElsewhere ? [] : [wayOverAiCrm(from, config.aiCrm, isAsked)]),
    ...(otherwise === undefined ? [] : [otherwise]),
  ].join('; or ');
  const known =
    silent.length > 0
      ? `${silent.map(({ path }) => path).join(' and ')} of AI-CRM does not tell it now`
      : fact.onlyIn === undefined
        ? ''
        : `AI-CRM itself tells it only in the ${fact.onlyIn} of the monitoring document`;
  return [ways, known].filter((text) => text !== '').join('; ');
}

/** Whether only AI-CRM's documents are read, which not everything is in. */
function isDocumented(aiCrm: AiCrmConfig | undefined, sources: readonly SourceOverview[]): boolean {
  return (
    aiCrm?.api === 'documented' || aiCrmDocuments.some(({ name }) => sources.some((source) => source.name === name))
  );
}

/** Why a source brings nothing, or not everything; undefined when it brings what it has. */
function troubleOf({ name, reading }: SourceOverview): string | undefined {
  if (reading === undefined) return `source ${name} has not answered yet`;
  if (!reading.up) return `source ${name} is down: ${reading.message}`;
  if (reading.isOff === true) return `source ${name}: ${reading.message}`;
  return reading.withheld === undefined ? undefined : `source ${name}: ${reading.withheld}`;
}

/** Whether a source is there to bring one of these metrics: by its mapping, or by its name if it is one of AI-CRM's. */
function brings(
  { name }: SourceOverview,
  { sources }: Fact,
  metrics: readonly string[],
  { jsonSources, sqlSources, requestSources }: Config,
): boolean {
  const mapped = [...jsonSources, ...sqlSources].find((source) => source.name === name);
  if (mapped !== undefined) return mapped.metrics.some(({ definition }) => metrics.includes(definition.name));
  if (requestSources.some((source) => source.name === name)) return metrics.includes(httpRequests.name);
  return sources?.includes(name) ?? false;
}

function wayOverAiCrm(
  { subject, needs }: NonNullable<Fact['aiCrm']>,
  aiCrm: AiCrmConfig | undefined,
  isAsked: boolean,
): string {
  if (aiCrm === undefined) return `configure ai_crm with ${needs}`;
  if (aiCrm.collect !== undefined && !aiCrm.collect.includes(subject)) return `add ${subject} to ai_crm.collect`;
  return isAsked ? `for this ai_crm needs ${needs}` : 'AI-CRM has not been asked for it yet';
}
