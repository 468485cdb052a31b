import { asQuestion, nearest } from './nearest.js';
import { declaredAs, type Kind, optionOf, ownNameIs } from './option.js';
import type { Path } from './problem.js';

/** Gives the text after "unknown key" for the key at the end of a path, or an empty text. */
export type KeyHelp = (path: Path) => string;

/**
 * Names that other programs and people use for several options. The suggestion is the first option that exists at the
 * place of the key, or below it. The place may be the first part of an option: in `expect`, `expect.status` is
 * `status`. A name for a single option is in its `synonyms`.
 */
const ambiguous: Readonly<Record<string, readonly string[]>> = {
  services: ['components', 'endpoints'],
  receivers: ['recipients', 'alert_channels'],
  limits: ['alert_thresholds', 'thresholds'],
  ...called('email', 'smtp mail e_mail'),
  ...called('slack', 'slack_configs'),
  ...called('pagerduty', 'pager pager_duty pagerduty_configs'),
  ...called('opsgenie', 'ops_genie opsgenie_configs'),
  ...called('teams', 'msteams msteamsv2 ms_teams microsoft_teams'),
  ...called('sns', 'aws_sns amazon_sns'),
  ...called('receiver', 'victorops splunk webex wechat jira rocketchat mattermost incidentio msteams_configs'),
  ...called('console', 'stdout log'),
  ...called('smtp_server url', 'server hostname'),
  host: ['smtp_server', 'url', 'system_metrics'],
  port: ['alert_channels.email.smtp_port', 'url'],
  ...called('username login.username auth.basic.username', 'user user_name login'),
  ...called('password login.password auth.basic.password', 'pass passwd pwd'),
  ...called('password', 'smtp_pass smtp_passwd smtp_password auth_password smtp_auth_password'),
  to: ['recipients', 'end'],
  from: ['start'],
  ...called('use_tls tls', 'ssl'),
  ...called('webhook_url url', 'webhook api_url slack_api_url hook'),
  webhook_url: ['url'],
  slack_webhook_url: ['webhook_url'],
  slack_webhook: ['webhook_url', 'slack'],
  ...called('url', 'uri target address href endpoint dsn database_url connection_string base_url'),
  ...called('auth.bearer login.token', 'bearer'),
  ...called('auth.bearer.token token login.token headers', 'bearer_token api_key apikey access_token'),
  ...called('auth.bearer.token_file token_file login.token_file', 'bearer_token_file'),
  credentials: ['login', 'auth.bearer.token'],
  credentials_file: ['auth.bearer.token_file'],
  token: ['auth.bearer.token', 'login.token', 'headers'],
  ...called('auth auth.bearer login headers', 'authorization'),
  ...called('auth.basic login headers', 'basic_auth auth_basic'),
  ...called('auth.oauth2', 'oauth oauth2 client_credentials oauth2_client_credentials'),
  authentication: ['auth', 'login'],
  auth: ['login', 'headers'],
  ...called('interval cron', 'every frequency'),
  ...called('interval', 'period check_interval scrape_interval'),
  interval: ['check_intervals.health_checks'],
  scrape_timeout: ['timeout'],
  schedule: ['cron', 'interval'],
};

/** The same options for each of these names. Both are separated by spaces. */
function called(options: string, names: string): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, options.split(' ')]));
}

/** Keys of other programs' files that are flags here. */
const flags: Readonly<Record<string, string>> = {
  ...asFlag('--web.listen-address', 'port listen listen_address listen_port bind web server http_port metrics_port'),
  ...asFlag('--web.telemetry-path', 'metrics_path telemetry_path'),
  ...asFlag('--log.level', 'log_level logging loglevel verbose'),
  ...asFlag('--log.format', 'log_format'),
};

function asFlag(flag: string, names: string): Readonly<Record<string, string>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, flag]));
}

/** Keys with a different meaning in each place, so other places that know them do not help. */
const generic: ReadonlySet<string> = new Set([
  'title',
  'description',
  'text',
  'key',
  'value',
  'type',
  'help',
  'name',
  'path',
  'parent',
  'labels',
  'channel',
  'job',
]);

/** Places where the message lists all keys if there is no better help, and the end of that message. */
const listed: ReadonlyMap<string, string> = new Map(
  Object.entries({
    labels: '',
    alert_channels: '; for a second channel of one kind add a name of your own, as in slack_ops',
  }),
);

/** The keys of one mapping. In `at`, `*` means any name and `[]` any position. */
interface Known {
  readonly at: readonly string[];
  readonly keys: readonly string[];
  /** Those that may occur several times, with a name of the user. */
  readonly repeated: readonly string[];
}

/** All keys and synonyms of a document. */
interface Knowledge {
  readonly everywhere: readonly Known[];
  readonly synonyms: ReadonlyMap<string, readonly string[]>;
}

/**
 * Makes the help for unknown keys of a document of this kind. Keeps answers, because a mistake is often repeated in
 * every entry.
 */
export function createKeyHelp(document: Kind<unknown>): KeyHelp {
  let knowledge: Knowledge | undefined;
  const answers = new Map<string, string>();
  return (given) => {
    const path = declaredPath(document, given);
    knowledge ??= knowledgeOf(document);
    const { everywhere, synonyms } = knowledge;
    const key = String(path.at(-1));
    const found = everywhere.find(({ at }) => isAt(path.slice(0, -1), at));
    const again = found?.repeated.find((name) => key.toLowerCase().startsWith(`${name}_`));
    if (again !== undefined) return `; the name after ${again}_ must be ${ownNameIs}, as in ${again}_ops`;
    const question = JSON.stringify([found?.at, key]);
    let answer = answers.get(question);
    // Nobody reads thousands of different suggestions.
    if (answer === undefined && answers.size < 2000) {
      const keys = found?.keys ?? [];
      answer = find(found?.at ?? [], key, keys, everywhere, synonyms) || listOf(listed.get(String(path.at(-2))), keys);
      answers.set(question, answer);
    }
    return answer ?? '';
  };
}

/** The path with declared keys: a key that may occur several times has another name in the file. */
function declaredPath(document: Kind<unknown>, path: Path): Path {
  let kinds = [document];
  return path.map((part, depth) => {
    const options = kinds.flatMap(({ kinds: others = [], ...kind }) => [kind, ...others]);
    const declared = options.flatMap((kind) => declaredAs(kind, String(part)) ?? [])[0];
    kinds = options.flatMap((kind) => optionOf(kind, String(part))?.kind ?? kind.each ?? []);
    return depth < path.length - 1 ? (declared ?? part) : part;
  });
}

function knowledgeOf(document: Kind<unknown>): Knowledge {
  const everywhere: Known[] = [];
  const synonyms = new Map<string, readonly string[]>(Object.entries(ambiguous));
  const look = ({ options, each, isNamed, repeated = [], kinds = [] }: Kind<unknown>, at: readonly string[]): void => {
    if (options !== undefined) everywhere.push({ at, keys: Object.keys(options), repeated });
    for (const [key, option] of Object.entries(options ?? {})) {
      for (const name of option.synonyms?.split(' ') ?? []) {
        const others = synonyms.get(name) ?? [];
        if (!others.includes(key)) synonyms.set(name, [...others, key]);
      }
      look(option.kind, [...at, key]);
    }
    if (each !== undefined) look(each, [...at, isNamed ? '*' : '[]']);
    for (const kind of kinds) look(kind, at);
  };
  look(document, []);
  return { everywhere, synonyms };
}

function find(
  place: readonly string[],
  key: string,
  known: readonly string[],
  everywhere: readonly Known[],
  synonyms: ReadonlyMap<string, readonly string[]>,
): string {
  if (key.length > 64) return '';
  const name = key
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_');
  const meant = synonyms.get(name) ?? [];
  if (place.length === 0 && Object.hasOwn(flags, name)) return `, use the flag ${flags[name] ?? ''} instead`;
  const isOption = (at: readonly string[], last: string) =>
    everywhere.some((each) => isSame(each.at, at) && each.keys.includes(last));
  const spellings = meant.flatMap((target) => {
    const parts = target.split('.');
    return parts.flatMap((_part, from) =>
      isSame(place.slice(place.length - from), parts.slice(0, from)) ? [parts.slice(from)] : [],
    );
  });
  const here = spellings.find((parts) =>
    parts.length === 1
      ? known.includes(parts[0] ?? '')
      : isOption([...place, ...parts.slice(0, -1)], parts.at(-1) ?? ''),
  );
  const spelled = here?.join('.') ?? nearest(key, known);
  if (spelled !== undefined) return asQuestion(spelled);
  const names = [name, ...meant.filter((target) => !target.includes('.'))];
  if (place.length > 0) {
    const below = everywhere.filter(
      ({ at }) =>
        at.length > place.length && isSame(at.slice(0, place.length), place) && !at.slice(place.length).some(isOpen),
    );
    const found = names.flatMap((each) =>
      below.filter(({ keys }) => keys.includes(each)).map(({ at }) => ({ at, option: each })),
    );
    const alike = below.flatMap(({ at, keys }) => {
      // A single word is part of too many names.
      const option = name.includes('_') ? nearest(name, keys) : undefined;
      return option === undefined ? [] : [{ at, option }];
    });
    const candidates = found.length > 0 ? found : alike;
    // The nearest option is meant: tls.ca_file and not auth.oauth2.tls.ca_file.
    const depth = Math.min(...candidates.map(({ at }) => at.length));
    const [only, ...others] = candidates.filter(({ at }) => at.length === depth);
    if (only !== undefined && others.length === 0)
      return asQuestion([...only.at.slice(place.length), only.option].join('.'));
  }
  const above = everywhere
    .filter(({ at, keys }) => at.length < place.length && isSame(place.slice(0, at.length), at) && keys.includes(name))
    .at(-1);
  if (above !== undefined) return belongs(above.at, key, name);
  // Only some mappings of the same kind have it: the watchdog has no `severities`, most other channels do.
  const others = everywhere.filter(({ at, keys }) => isBeside(at, place) && keys.includes(name));
  if (others.length > 1) return listOf('', known);
  if (generic.has(name)) return '';
  // Options of the same entry come first: for endpoints.a.expect, one of endpoints.a.thresholds comes before one of
  // alert_thresholds.
  const entry = place.slice(0, place.findIndex(isOpen) + 1);
  const around =
    entry.length === 0
      ? []
      : everywhere.filter(({ at }) => isSame(at.slice(0, entry.length), entry) && !isSame(at, place));
  for (const candidate of names) {
    const [only, ...others] = around.filter(({ keys }) => keys.includes(candidate));
    if (only !== undefined && others.length === 0) return belongs(only.at, key, candidate);
  }
  for (const candidate of names) {
    const found = onlyPlace(everywhere.filter(({ keys }) => keys.includes(candidate)));
    // The mapping around the key is no suggestion: `smtp` in `alert_channels.email` does not mean `email`.
    const isAround = found !== undefined && isSame([...found.at, candidate], place.slice(0, found.at.length + 1));
    if (found !== undefined && !isAround) return belongs(found.at, key, candidate);
  }
  // A single word is part of too many names.
  if (!name.includes('_')) return '';
  const near = everywhere.flatMap(({ at, keys }) => {
    const closest =
      at.length === 0 || at.some(isOpen)
        ? undefined
        : nearest(
            name,
            keys.filter((each) => each.includes('_')),
          );
    return closest === undefined ? [] : [{ at, closest }];
  });
  const [only] = near;
  return only !== undefined && near.length === 1 ? belongs(only.at, key, only.closest) : '';
}

function listOf(more: string | undefined, keys: readonly string[]): string {
  return more === undefined || keys.length < 2
    ? ''
    : `; possible are ${keys.slice(0, -1).join(', ')} and ${keys.at(-1)}${more}`;
}

/** The only place, or the only one of two without a variable name: `alert_thresholds` before `endpoints.*.thresholds`. */
function onlyPlace(places: readonly Known[]): Known | undefined {
  if (places.length === 1) return places[0];
  const fixed = places.filter(({ at }) => !at.some(isOpen));
  return fixed.length === 1 && places.length === 2 ? fixed[0] : undefined;
}

function belongs(at: readonly string[], key: string, name: string): string {
  const shown = at
    .filter((part) => part !== '[]')
    .map((part) => (part === '*' ? '<name>' : part))
    .join('.');
  const as = key === name ? '' : ` as ${JSON.stringify(name)}`;
  return at.length === 0 ? `, it belongs to the top level${as}` : `, it belongs under ${shown}${as}`;
}

function isOpen(part: string): boolean {
  return part === '*' || part === '[]';
}

/** Whether both are in the same mapping, which is not the document itself. */
function isBeside(a: readonly string[], b: readonly string[]): boolean {
  return a.length > 1 && a.at(-1) !== b.at(-1) && isSame(a.slice(0, -1), b.slice(0, -1));
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((part, index) => part === b[index]);
}

function isAt(path: Path, at: readonly string[]): boolean {
  return (
    path.length === at.length &&
    at.every((part, index) => (part === '[]' ? typeof path[index] === 'number' : part === '*' || part === path[index]))
  );
}
