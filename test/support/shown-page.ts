import { renderStatusPage, type StatusPageView } from '../../src/http/page/status-page.js';
import { calmHost, documented, type FixtureOptions, fixtureService, reading } from './service-fixture.js';

/** Everything of the monitoring document is healthy. */
export const calmReadings = [...documented.map(({ name }) => reading(name)), ...calmHost];

/** The status page, by default of `calmReadings`. */
export function page(options: Partial<FixtureOptions>, view: Partial<StatusPageView> = {}): string {
  const service = fixtureService({ components: documented, readings: calmReadings, ...options });
  return renderStatusPage({
    overview: service.overview(),
    config: service.config(),
    figures: service.figures(),
    version: '9.8.7',
    refreshSeconds: 30,
    links: true,
    ...view,
  });
}

/** The visible text, on one line. */
export function seen(markup: string): string {
  return markup
    .replace(/<style>.*<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&quot;', '"')
    .replace(/\s+/g, ' ')
    .replaceAll(' ,', ',');
}

/** The text of the banner. */
export function banner(options: Partial<FixtureOptions>): string {
  return seen(/<section class="banner.*?<\/section>/s.exec(page(options))?.[0] ?? '');
}
