import type { ProgramClient } from '../other-program/client.js';
import { ProgramFailure } from '../other-program/failure.js';
import type { BundledBoard } from './bundle.js';
import { type Answer, answerTo, type Finding, isAnswered, listed, notKnown } from './finding.js';
import { recordsAt, textAt } from './read-json.js';

/** What a Grafana says. */
export interface GrafanaReading {
  /** Null where it hides that from those who are not logged in. */
  readonly version: string | null;
  /** The uids of its boards with the tag `ai-crm`. */
  readonly boards: Answer<readonly string[]>;
}

/** Asks a Grafana for its version and boards. Throws `ProgramFailure`, `starting` too when it has no database. */
export async function askGrafana(client: ProgramClient): Promise<GrafanaReading> {
  const health = await client.ask('GET', '/api/health');
  if (textAt(health, 'database') === undefined)
    throw new ProgramFailure(
      'stranger',
      `${client.url}/api/health: the answer is not of a Grafana`,
      'is --grafana.url right?',
    );
  const boards = await answerTo(client.ask('GET', '/api/search?type=dash-db&tag=ai-crm&limit=1000'));
  return {
    version: textAt(health, 'version') ?? null,
    boards: isAnswered(boards)
      ? (recordsAt({ boards }, 'boards') ?? []).map((board) => textAt(board, 'uid') ?? '')
      : boards,
  };
}

/** Those of the bundled boards that a Grafana does not have. */
export function missingBoards(uids: readonly string[], bundled: readonly BundledBoard[]): readonly BundledBoard[] {
  return bundled.filter(({ uid }) => !uids.includes(uid));
}

/** What to say of the boards. */
export function boardFindings(boards: Answer<readonly string[]>, bundled: readonly BundledBoard[]): readonly Finding[] {
  if (!isAnswered(boards)) {
    if (boards.kind !== 'refused') return [notKnown('boards', boards)];
    return [
      {
        subject: 'boards',
        level: 'unknown',
        text: 'not known: Grafana tells its boards only to those who log in',
        mend: 'make a service account with the role Viewer, and give its token with --grafana.token-file, or --grafana.username and --grafana.password-file',
      },
    ];
  }
  const missing = missingBoards(boards, bundled);
  if (missing.length === 0) return [{ subject: 'boards', level: 'healthy', text: `all ${bundled.length} are there` }];
  return [
    {
      subject: 'boards',
      level: 'warning',
      text: `${missing.length} of ${bundled.length} are missing: ${listed(missing.map(({ title }) => title))}`,
      mend: 'provision or import grafana/dashboards, as docs/boards.md says',
    },
  ];
}
