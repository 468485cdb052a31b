import { createHash } from 'node:crypto';
import type { Level } from '../../base/level.js';

/** Colours of text on a light surface, and of surfaces with white text: a contrast of at least 4.5:1. */
export const readableColours: Readonly<Record<Level, string>> = {
  healthy: '#11704f',
  warning: '#855600',
  critical: '#b3202b',
  unknown: '#525e8d',
};

function levelsOf(colours: Readonly<Record<Level, string>>): string {
  return Object.entries(colours)
    .map(([level, colour]) => `--${level}: ${colour};`)
    .join(' ');
}

/**
 * The style of the status page. Surfaces have the colours of the boards. Text has shades of them with a contrast of at
 * least 4.5:1 on each of its backgrounds, in both themes.
 */
export const styleSheet = `
:root {
  color-scheme: light dark;
  --page: #f4f6f9; --surface: #fff; --line: #dfe4ec; --track: #e4e8ef; --tick: #6b7688;
  --text: #18202c; --muted: #566073; --link: #1f5fb8;
  ${levelsOf(readableColours)}
  --healthy-tint: #e9f6f1; --warning-tint: #fdf3e0; --critical-tint: #fdecec; --unknown-tint: #eef0f8;
  --healthy-full: #1B9E77; --warning-full: #C98300; --critical-full: #D62F3A; --unknown-full: #7481AD;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #10141b; --surface: #181e28; --line: #2b3443; --track: #2b3443; --tick: #8e9ab0;
    --text: #e5e9f0; --muted: #9ba7ba; --link: #86b5f5;
    --healthy: #4fcfa5; --warning: #eaae45; --critical: #ff8a8f; --unknown: #aab5dc;
    --healthy-tint: #152a27; --warning-tint: #2d2619; --critical-tint: #341c23; --unknown-tint: #212838;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1680px; padding: 0 24px; background: var(--page); color: var(--text); font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif; font-variant-numeric: tabular-nums; }
h1, h2, p, ul, dl, dd { margin: 0; padding: 0; }
ul { list-style: none; }
a { color: var(--link); }
h1, h2, bdi, p, .tag, .detail, .facts { overflow-wrap: anywhere; }
h1, header > * { min-width: 0; }
header { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: 2px 16px; padding: 18px 0 12px; }
h1 { font-size: 17px; font-weight: 650; }
header p, footer p, .empty, .detail, .facts, .needs, .target, .remarks { color: var(--muted); font-size: 13px; }
h2 { font-size: 13px; font-weight: 650; color: var(--muted); padding: 0 0 8px 2px; }

.level { font-weight: 650; white-space: nowrap; }
.bar.healthy .value { fill: var(--healthy-full); }
.level.healthy { color: var(--healthy); } .level.warning { color: var(--warning); } .level.critical { color: var(--critical); } .level.unknown { color: var(--unknown); } .level.off { color: var(--muted); }
td .level, .resources .level, .collectors .level, .measures .level { font-size: 13px; letter-spacing: .02em; } .needs .level { font-size: inherit; }
.symbol { display: inline-block; min-width: 1em; text-align: center; }

.banner { display: flex; flex-wrap: wrap; align-items: center; gap: 10px 28px; padding: 18px 24px; border: 1px solid var(--line); border-left-width: 8px; border-radius: 8px; margin-bottom: 24px; }
.banner.healthy { background: var(--healthy-tint); border-left-color: var(--healthy-full); }
.banner.warning { background: var(--warning-tint); border-left-color: var(--warning-full); }
.banner.critical { background: var(--critical-tint); border-left-color: var(--critical-full); }
.banner.unknown { background: var(--unknown-tint); border-left-color: var(--unknown-full); }
.overall { font-size: 28px; line-height: 1.2; letter-spacing: .01em; }
.why { flex: 1 1 320px; min-width: 0; }
.sentence { font-size: 17px; line-height: 1.35; font-weight: 550; }
.remarks { margin-top: 2px; }
.counts { display: flex; gap: 8px 24px; flex-wrap: wrap; }
.counts div { display: flex; flex-direction: column-reverse; }
.counts .aside { color: var(--muted); font-weight: 650; }
.counts dt { font-size: 12px; letter-spacing: .02em; }
.counts dd { font-size: 22px; line-height: 1.2; font-weight: 600; }

.columns { display: grid; gap: 24px; align-items: start; }
.columns > * { min-width: 0; }
.wide { display: grid; gap: 24px; grid-template-columns: minmax(0, 1fr); }
.narrow { display: grid; gap: 24px; align-items: start; }

table { width: 100%; border-collapse: separate; border-spacing: 0; background: var(--surface); border: 1px solid var(--line); border-radius: 8px; }
th { text-align: left; font-weight: inherit; }
thead th { font-size: 12px; color: var(--muted); padding: 8px 12px; border-bottom: 1px solid var(--line); white-space: nowrap; }
tbody td, tbody th { vertical-align: top; padding: 10px 12px; }
tbody tr + tr > * { border-top: 1px solid var(--line); }
tr { --edge: transparent; }
tr.critical { --edge: var(--critical-full); } tr.warning { --edge: var(--warning-full); } tr.unknown { --edge: var(--unknown-full); } tr.in-maintenance { --edge: transparent; }
.who .name { font-weight: 650; }
.target, .needs { display: block; font-size: 12.5px; line-height: 1.45; }
.look { color: var(--text); font-weight: 550; white-space: nowrap; }
.tag { display: inline-block; font-size: 12px; line-height: 1.5; padding: 0 7px; border: 1px solid var(--muted); border-radius: 9px; color: var(--muted); }
.number, .probed { white-space: nowrap; }
.of { white-space: nowrap; color: var(--muted); font-size: 13px; }
.of b { font-weight: 550; font-size: 15px; color: var(--text); }
.checks { display: flex; flex-wrap: wrap; gap: 0 14px; font-size: 13px; margin-top: 3px; color: var(--muted); }

.steps { display: flex; flex-wrap: wrap; gap: 0 14px; margin: 3px 0 0; padding: 0; list-style: none; font-size: 13px; color: var(--muted); }
.steps .failed bdi { color: var(--text); font-weight: 550; }
.notices { margin-top: 3px; font-size: 13px; color: var(--muted); }

.numbers dl { display: flex; flex-wrap: wrap; background: var(--surface); border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
.numbers dl > div { flex: 1 1 150px; padding: 10px 14px; box-shadow: 1px 1px var(--line); }
.numbers dt { font-size: 12px; color: var(--muted); }
.numbers dd { display: grid; gap: 1px; }
.value { font-size: 20px; line-height: 1.3; font-weight: 600; }
.numbers .absent .value { font-size: 15px; font-weight: 550; }

.strip { display: block; width: 100%; height: 9px; margin: 2px 0 4px; border-radius: 2px; }
.strip .track { fill: var(--track); } .strip .up { fill: var(--healthy-full); } .strip .interrupted { fill: var(--warning-full); } .strip .down { fill: var(--critical-full); }
.available { font-size: 13px; color: var(--muted); white-space: nowrap; }
.available b { font-weight: 550; color: var(--text); }
.where { display: flex; flex-wrap: wrap; gap: 0 12px; font-size: 13px; margin-top: 3px; }
.unfold { display: none; }
.bar { display: block; width: 100%; height: 5px; margin-top: 4px; border-radius: 3px; }
.bar .track { fill: var(--track); } .bar .tick { fill: var(--tick); }
.bar.warning .value { fill: var(--warning-full); } .bar.critical .value { fill: var(--critical-full); } .bar.unknown .value { fill: var(--unknown-full); }

.host .resources, .collectors ul, .measures ul { background: var(--surface); border: 1px solid var(--line); border-radius: 8px; }
.host li, .collectors li, .measures li { padding: 10px 14px; }
.host li + li, .collectors li + li, .measures li + li { border-top: 1px solid var(--line); }
.top { display: flex; justify-content: space-between; gap: 4px 12px; flex-wrap: wrap; }
.top .name { font-weight: 600; min-width: 0; }
.host details { margin-top: 8px; } .host summary { color: var(--muted); font-size: 13px; cursor: pointer; padding: 2px; } .host details ul { margin-top: 6px; }
.figures { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: 0 12px; }
.collectors .empty, .wide > .empty { padding: 2px; }
.collectors ul + .empty { padding-top: 8px; }
.long summary { cursor: pointer; } .long[open] summary bdi { color: var(--muted); }
summary:focus-visible, a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 2px; }

footer { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 6px 24px; padding: 22px 0 28px; }
nav ul { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13px; }

@media (min-width: 1400px) { .columns { grid-template-columns: minmax(0, 1fr) 300px; } }
@media (min-width: 700px) and (max-width: 1399px) { .narrow { grid-template-columns: 1fr 1fr; } }
@media (min-width: 1101px) {
  td.is, td.number, td.probed, td.certificate { width: 1%; }
  thead th:first-child { min-width: 122px; padding-left: 16px; }
  td.is { padding-left: 14px; box-shadow: inset 4px 0 0 var(--edge); }
  tbody tr:last-child td.is { border-bottom-left-radius: 7px; }
  th.who { width: 28%; min-width: 150px; }
  td.said { min-width: 170px; }
  td.response { width: 1%; min-width: 128px; }
  td.available { width: 1%; min-width: 118px; }
}
@media (max-width: 1100px) {
  body { padding: 0 14px; }
  .banner { padding: 14px 16px; } .overall { font-size: 24px; }
  table, tbody, tr, th.who, td.said { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tbody tr { padding: 10px 14px; border-left: 4px solid var(--edge); }
  tbody tr + tr { border-top: 1px solid var(--line); }
  tbody tr:first-child { border-top-left-radius: 7px; } tbody tr:last-child { border-bottom-left-radius: 7px; }
  tbody tr > td, tbody tr > th { padding: 0; }
  tbody tr + tr > * { border-top: 0; }
  tbody tr > td.is { float: right; padding-left: 12px; }
  td.said { padding: 4px 0; }
  td[data-label]:not(.absent) { display: inline-flex; gap: 7px; align-items: baseline; font-size: 13px; margin-right: 20px; }
  td.absent { display: none; }
  td[data-label]::before { content: attr(data-label); color: var(--muted); }
  .unfold { display: block; font-size: 13px; color: var(--muted); padding: 0 0 6px 2px; }
  section:not(:has(.unfold :checked)) tr.healthy:not(.in-maintenance) > :is(.said, .probed, .certificate, .available),
  section:not(:has(.unfold :checked)) tr.healthy:not(.in-maintenance) :is(.target, .needs) { display: none; }
  td.available { flex-wrap: wrap; } td.available .strip { width: 150px; align-self: center; margin: 0; }
  td.response { flex-wrap: wrap; } td.response .of b { font-size: 13px; }
  td.response .bar { width: 72px; align-self: center; margin: 0; }
}
@media print { body { max-width: none; } }
`;

/** A `Content-Security-Policy` that allows only this style sheet and an inline icon. */
export function stylePolicy(style: string): string {
  const hash = createHash('sha256').update(style).digest('base64');
  return `default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}
