import { writeFile } from 'node:fs/promises';
import { metricsDocument } from '../.build/src/metrics/documentation.js';
import { Recorder } from '../.build/src/metrics/recorder.js';

// Run by `npm run docs`, from the root of the project, after the tests have been compiled.
const { body } = await new Recorder([], { processMetrics: true }).render('text');
await writeFile('docs/metrics.md', metricsDocument(body.toString()));
