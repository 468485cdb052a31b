import { Document, isCollection, isScalar, Scalar, visit } from 'yaml';

/** A custom resource of Prometheus Operator. */
export interface CustomResource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: unknown;
}

/** The labels of every resource of the exporter. Selectors use them. */
export const labels = { 'app.kubernetes.io/name': 'ai-crm-exporter' };

/** Keys of lists of conditions. On one line these lists are easier to read. */
const conditions: ReadonlySet<unknown> = new Set(['matchers', 'sourceMatch', 'targetMatch']);

/**
 * The text of a manifest, with this comment at the top. Lines are not folded, and there are no aliases. Strings that older parsers read as
 * another type are quoted.
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
