import { createBackend } from '../../simulator/backend.js';
import type { DemoRequest } from '../../simulator/exchange.js';
import { demoLogins } from '../../simulator/population.js';
import { type Task, World } from '../../simulator/world.js';
import { ManualClock } from '../support/manual-clock.js';

type Who = keyof typeof demoLogins;

/** The backend without a server: these tests are about what it says, and its world stands still. */
export function quietBackend(requestsPerHour = 1000) {
  const clock = new ManualClock();
  const world = new World(1, clock.nowSeconds());
  let isDatabaseUp = true;
  const handle = createBackend({
    world,
    clock,
    isDatabaseUp: () => isDatabaseUp,
    hasDocumentedEndpoints: true,
    requestsPerHour,
  });
  const ask = async (method: string, target: string, body: unknown = '', authorization?: string) => {
    const [path = '', query = ''] = target.split('?');
    const request: DemoRequest = {
      method,
      path,
      query: new URLSearchParams(query),
      headers: authorization === undefined ? {} : { authorization },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      peer: '127.0.0.1',
      arrivedAtSeconds: clock.monotonicSeconds(),
    };
    const { status, headers, body: text } = await handle(request, new AbortController().signal);
    return { status, headers, text: String(text) };
  };
  const login = async (name: string, password: string) =>
    ask('POST', '/auth/login', { username_or_email: name, password });
  const tokenOf = async (who: Who) => {
    const { text } = await login(demoLogins[who].username, demoLogins[who].password);
    return `Bearer ${(JSON.parse(text) as { readonly access_token: string }).access_token}`;
  };
  /** The answer to a user. Throws if it is not a 200. */
  const tell = async (who: Who, method: string, target: string, body: unknown = ''): Promise<unknown> => {
    const { status, text } = await ask(method, target, body, await tokenOf(who));
    if (status !== 200) throw new Error(`${method} ${target}: ${status} ${text}`);
    return JSON.parse(text);
  };
  const setDatabase = (isUp: boolean) => (isDatabaseUp = isUp);
  return { clock, world, ask, login, tokenOf, tell, setDatabase };
}

/** A board with these tasks only. */
export function fill(
  { board, agents }: World,
  tasks: readonly (Partial<Omit<Task, 'owner'>> & { owner?: string | null })[],
) {
  board.tasks.clear();
  for (const { owner = null, ...given } of tasks) {
    const task = {
      ...board.addForeign(0),
      column: 'Done' as const,
      ...given,
      owner: agents.find(({ name }) => name === owner) ?? null,
    };
    board.tasks.set(task.id, task);
  }
}
