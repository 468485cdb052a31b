import { writeFile } from 'node:fs/promises';
import { boardText } from '../.build/grafana/board.js';
import { boards } from '../.build/grafana/boards/index.js';
import { alertNames } from '../.build/test/support/alert-names.js';

// Writes grafana/dashboards. `npm run boards` runs it from the root of the project, after it has compiled the tests.
for (const board of boards(alertNames())) await writeFile(`grafana/dashboards/${board.uid}.json`, boardText(board));
