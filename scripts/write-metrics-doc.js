import { writeFile } from 'node:fs/promises';
import { metricsDocument } from '../.build/src/metrics/documentation.js';
import { Recorder } from '../.build/src/metrics/recorder.js';

// Writes docs/metrics.md. `npm run docs` runs it from the root of the project, after it has compiled the tests.
const { body } = await new Recorder([], { processMetrics: true }).render('text');
await writeFile('docs/metrics.md', metricsDocument(body.toString()));
