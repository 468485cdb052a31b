import { isoTime } from '../../base/clock.js';
import { type Html, html } from './html.js';

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** A duration for people: `0.4 ms`, `38 ms`, `2.51 s`, `3 min 20 s`, `5 h 12 min`, `83 days`. */
export function durationText(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 0.0095) return `${Number((seconds * 1000).toFixed(1))} ms`;
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < minute - 0.5) return `${Number(seconds.toPrecision(3))} s`;
  const whole = Math.round(seconds);
  if (whole < hour) return parts(whole, minute, 'min', 1, 's');
  return whole < 2 * day ? parts(whole, hour, 'h', minute, 'min') : `${Math.floor(whole / day)} days`;
}

function parts(whole: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((whole % large) / small);
  return `${Math.floor(whole / large)} ${largeUnit}${rest === 0 ? '' : ` ${rest} ${smallUnit}`}`;
}

/** A ratio in percent, with the precision of thresholds: `87.3 %`. */
export function formatRatio(ratio: number): string {
  return Number.isFinite(ratio) ? `${Number((ratio * 100).toFixed(1))} %` : '–';
}

/** An availability in percent, rounded down, so that 99.996 % does not become 100 %: `99.99 %`, `100 %`. */
export function formatAvailability(ratio: number): string {
  return ratio >= 1 ? '100 %' : `${(Math.floor(ratio * 10_000) / 100).toFixed(2)} %`;
}

/** The age of a moment, with the moment itself as attribute and tooltip. */
export function timeAgo(thenSeconds: number, nowSeconds: number): Html {
  const iso = isoTime(thenSeconds) ?? '';
  const age = nowSeconds - thenSeconds;
  return html`<time datetime="${iso}" title="${iso}">${age < 1 ? 'just now' : `${durationText(Math.floor(age))} ago`}</time>`;
}

/** A moment for people: `2026-11-23 08:15:30 UTC`. */
export function formatMoment(seconds: number): string {
  return (
    isoTime(seconds)
      ?.replace('T', ' ')
      .replace(/\.\d+Z$/, ' UTC') ?? '–'
  );
}

/** `1 component`, `2 components`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A number of things: `1,204`, `3.5` for a mean, `–` for an invalid number. */
export function formatCount(count: number): string {
  if (!Number.isFinite(count)) return '–';
  const [whole = '', fraction] = String(Number(count.toFixed(1))).split('.');
  return `${whole.replace(/\B(?=(?:\d{3})+$)/g, ',')}${fraction === undefined ? '' : `.${fraction}`}`;
}
