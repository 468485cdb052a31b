import { writeFile } from 'node:fs/promises';
import { boardText } from '../.build/grafana/board.js';
import { boards } from '../.build/grafana/boards/index.js';
import { alertNames } from '../.build/test/support/alert-names.js';

// Run by `npm run boards`, from the root of the project, after the tests have been compiled.
for (const board of boards(alertNames())) await writeFile(`grafana/dashboards/${board.uid}.json`, boardText(board));
