import { isRecord } from '../../sources/json-record.js';

/** The document with `pm_gateway.analyses_succeeded_total` where AI-CRM states all analyses and the failed ones instead. */
export function withSuccesses(document: unknown): unknown {
  const gateway = isRecord(document) ? document['pm_gateway'] : undefined;
  if (!isRecord(document) || !isRecord(gateway) || Object.hasOwn(gateway, 'analyses_succeeded_total')) return document;
  const { analyses_total: all, analyses_failed_total: failed } = gateway;
  if (typeof all !== 'number' || typeof failed !== 'number' || !(all >= failed)) return document;
  return { ...document, pm_gateway: { ...gateway, analyses_succeeded_total: all - failed } };
}
