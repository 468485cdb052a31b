import { Document, isCollection, isScalar, Scalar, visit } from 'yaml';

/** A custom resource of Prometheus Operator. */
export interface CustomResource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: unknown;
}

/** What every resource of the exporter is found by. */
export const labels = { 'app.kubernetes.io/name': 'ai-crm-exporter' };

/** Lists of conditions, which read best on one line. */
const conditions: ReadonlySet<unknown> = new Set(['matchers', 'sourceMatch', 'targetMatch']);

/**
 * The text of a manifest, with this comment on top: nothing folded, nothing referred to by an alias, and what older parsers take
 * for something else than text in quotes.
 */
export function manifestText(comment: string, resource: CustomResource): string {
  const document = new Document(resource, { aliasDuplicateObjects: false });
  document.commentBefore = ` ${comment}`;
  visit(document, {
    Pair: (_key, { key, value }) =>
      void (isScalar(key) && conditions.has(key.value) && isCollection(value) && (value.flow = true)),
    Seq: (_key, list) => void (list.items.every((item) => isScalar(item)) && (list.flow = true)),
    Scalar: (_key, scalar) =>
      void (typeof scalar.value === 'string' && /^[=~]/.test(scalar.value) && (scalar.type = Scalar.QUOTE_DOUBLE)),
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
