import * as z from 'zod';
import { documentSchema } from './schema/document.js';

/** The JSON Schema (draft 2020-12) of the configuration file, for editors: what may be written, not what it becomes. */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(documentSchema, { io: 'input' });
  // `x-…` is the user's own, see `readSettings`.
  return { $schema, title: 'Configuration of ai-crm-exporter', ...schema, patternProperties: { '^x-': {} } };
}
