import * as z from 'zod';
import { limits, scaleMaximum } from '../limits.js';
import { type ScaleName, scales } from '../scales.js';
import { filledList, finiteNumber, mapping, named, positiveNumber, text, wholeNumber, word } from './fields.js';

const scaleNames = Object.keys(scales) as [ScaleName, ...ScaleName[]];

const labelSchema = z.union(
  [
    text(),
    mapping({
      path: text().optional().describe('JSONPath from the node, or from the object that parent names.'),
      parent: wholeNumber(limits.parentLevels).optional().describe('Levels above the node: 1 is what it stands in.'),
      key: wholeNumber(limits.labelLevels)
        .optional()
        .describe('The key or index of the node itself (0), of what it stands in (1), and so on.'),
      text: text({ mayBeEmpty: true }).optional().describe('The same for every series.'),
    }),
  ],
  { error: 'must be a JSONPath or a mapping with path, parent, key or text' },
);

/** `metrics` of a source: what becomes of its JSON document. */
export const metricsSchema = filledList(
  mapping({
    name: text().describe('Name of the metric; of a counter it ends in _total.'),
    help: text()
      .optional()
      .describe('What it is, in a sentence. Required, except for a metric of this exporter itself.'),
    type: word(['gauge', 'counter'])
      .optional()
      .describe('A counter mirrors a total that the document states. Default gauge.'),
    path: text().describe('JSONPath (RFC 9535) of the nodes: each becomes a series.'),
    value: text()
      .optional()
      .describe(
        'JSONPath of the value from the node, default $: the node itself; or count: how many nodes have the same labels.',
      ),
    words: named(/./, 'a word must not be empty', finiteNumber(), 'a mapping of words to numbers')
      .optional()
      .describe('Numbers for words, in any case, and for true and false.'),
    scale: z
      .union([positiveNumber(scaleMaximum), word(scaleNames)], {
        error: `must be a number or one of ${scaleNames.join(', ')}`,
      })
      .optional()
      .describe('Factor to the base unit, or the name of the unit that the document uses. Default 1.'),
    labels: named(/./, 'a label must not be empty', labelSchema, 'a mapping of label names to JSONPaths')
      .optional()
      .describe('Label name to where its value is.'),
  }),
  'a list of metrics',
);
