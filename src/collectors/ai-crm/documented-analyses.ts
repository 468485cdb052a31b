type JsonObject = Readonly<Record<string, unknown>>;

/** The document with `pm_gateway.analyses_succeeded_total` where AI-CRM states all analyses and the failed ones instead. */
export function withSuccesses(document: unknown): unknown {
  const gateway = isObject(document) ? document['pm_gateway'] : undefined;
  if (!isObject(document) || !isObject(gateway) || Object.hasOwn(gateway, 'analyses_succeeded_total')) return document;
  const { analyses_total: all, analyses_failed_total: failed } = gateway;
  if (typeof all !== 'number' || typeof failed !== 'number' || !(all >= failed)) return document;
  return { ...document, pm_gateway: { ...gateway, analyses_succeeded_total: all - failed } };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
