import { fileURLToPath } from 'node:url';
import { demoLogins } from '../../simulator/population.js';
import type { Bench } from '../part.js';
import type { Program } from '../process/processes.js';

/** The simulated AI-CRM, in a separate process. */
export interface AiCrm {
  readonly program: Program;
  /** URL of its API, without a slash at the end. */
  readonly url: string;
  /** The four components of the monitoring document, all healthy. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** A login that may read everything. */
  readonly login: { readonly username: string; readonly password: string };
}

/** Starts a simulated AI-CRM that answers as slowly as the real one. */
export async function startAiCrmProcess({ processes }: Bench): Promise<AiCrm> {
  const program = await processes.start(
    process.execPath,
    [fileURLToPath(new URL('ai-crm-server.js', import.meta.url))],
    { hasChannel: true },
  );
  // The process is from the same build, so its message has this type.
  const { backend, frontend } = (await program.message()) as { readonly backend: string; readonly frontend: string };
  const { username, password } = demoLogins.admin;
  return {
    program,
    url: backend,
    endpoints: {
      backend: `${backend}/health`,
      frontend: `${frontend}/`,
      pm_gateway: `${backend}/pm/health`,
      database: `${backend}/db/health`,
    },
    login: { username, password },
  };
}
