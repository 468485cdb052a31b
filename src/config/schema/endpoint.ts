import * as z from 'zod';
import { limits } from '../limits.js';
import { parseTarget } from '../normalise/target.js';
import {
  duration,
  filledList,
  flag,
  headers,
  list,
  mapping,
  named,
  text,
  textLike,
  wholeNumber,
  word,
} from './fields.js';
import { componentThresholdsSchema } from './thresholds.js';

/** What a component may be called: it is a label value, an argument and part of URLs. */
export const namePattern = /^[A-Za-z0-9_.:-]{1,63}$/;
/** The message for a name that is not. */
export const namesAre = 'names are 1 to 63 letters, digits and "_", ".", ":", "-"';

const statusCode = wholeNumber(limits.statusCode);
const jsonScalar = z.union([z.string(), z.number(), z.boolean(), z.null()], {
  error: 'must be text, a number, true, false or null',
});

const expectSchema = mapping({
  status: z
    .union([statusCode, filledList(statusCode, 'a list of status codes')], {
      error: 'must be a status code or a list of them',
    })
    .optional()
    .describe('Accepted status codes, any other is CRITICAL; without it 2xx.'),
  body_regex: text().optional().describe('A JavaScript regular expression that the body must match.'),
  json: z
    .union(
      [
        z.boolean(),
        named(
          /^./,
          'a path must not be empty',
          z.union([jsonScalar, filledList(jsonScalar, 'a list of values')], {
            error: 'must be a value or a list of values',
          }),
          'a mapping of paths to values',
        ),
      ],
      { error: 'must be true, false or a mapping of paths to values' },
    )
    .optional()
    .describe(
      'true: the body is JSON with a known health word; false: none is looked for; a mapping: dotted path to accepted value or values.',
    ),
});

const authSchema = mapping({
  basic: mapping({
    username: text({ mayBeEmpty: true }),
    password: text({ mayBeEmpty: true }).optional(),
    password_file: text().optional().describe('File with the password, relative to the configuration file.'),
  })
    .optional()
    .describe('HTTP basic authentication.'),
  bearer: mapping({
    token: text().optional(),
    token_file: text().optional().describe('File with the token, relative to the configuration file.'),
  })
    .optional()
    .describe('Authorization: Bearer.'),
});

const tlsSchema = mapping({
  ca_file: text().optional().describe("PEM certificates to trust instead of the system's."),
  cert_file: text().optional().describe('PEM client certificate; needs key_file.'),
  key_file: text().optional().describe('PEM private key of cert_file.'),
  server_name: text().optional().describe('Name to ask for and to verify instead of the host of the URL.'),
  insecure_skip_verify: flag().optional().describe('Accept any certificate; its expiry is still exported.'),
});

/** The options that exist for HTTP only, by their key. */
export const httpShape = {
  method: word(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
    .optional()
    .describe('HTTP method, default GET.'),
  headers: headers().optional().describe('Request headers; their values count as secrets.'),
  body: text({ mayBeEmpty: true }).optional().describe('Request body.'),
  expect: expectSchema.optional().describe('What the answer must be.'),
  auth: authSchema.optional().describe('Credentials: either basic or bearer.'),
  tls: tlsSchema.optional().describe('TLS of https://, postgres:// and rediss:// targets.'),
  follow_redirects: flag()
    .optional()
    .describe('Follow redirects; never with credentials to another origin. Default true.'),
  max_body_bytes: wholeNumber(limits.maxBodyBytes)
    .optional()
    .describe('A longer body is a failure of reason size. Default 1 MiB.'),
} as const;

const timeout = duration(limits.timeoutSeconds).optional();

/** Judged here already, so that a wrong URL is told together with the other problems of its endpoint. */
const urlText = z
  .string({ error: 'must be a URL' })
  .min(1, { error: 'must not be empty', abort: true })
  .superRefine((given, context) => {
    const target = parseTarget(given);
    if (typeof target === 'string') context.addIssue({ code: 'custom', message: target });
  });

const endpointSchema = z.union(
  [
    urlText,
    mapping({
      url: urlText.describe('http://, https://, tcp://host:port, postgres://, redis:// or rediss://.'),
      ...httpShape,
      timeout: timeout.describe('Deadline of one probe, default 10s or the interval, whichever is less.'),
      interval: duration(limits.intervalSeconds)
        .optional()
        .describe('Time between probes, default check_intervals.health_checks.'),
      depends_on: list(text(), 'a list of component names')
        .optional()
        .describe('Components without which this one cannot work.'),
      thresholds: componentThresholdsSchema
        .optional()
        .describe('Thresholds of this component instead of alert_thresholds.'),
    }),
  ],
  { error: 'must be a URL or a mapping with a url' },
);

/** `endpoints`: name → URL, or mapping. */
export const endpointsSchema = named(namePattern, namesAre, endpointSchema, 'a mapping of component names to URLs');

/** `probe`. */
export const probeSchema = mapping({
  allowed_targets: list(text(), 'a list of patterns such as https://*.example.com/*')
    .optional()
    .describe('URLs that /probe may be asked for besides the configured components.'),
  modules: named(
    namePattern,
    namesAre,
    mapping({ ...httpShape, timeout: timeout.describe('Deadline of one probe, default 10s.') }),
    'a mapping of module names to options',
  )
    .optional()
    .describe('Named sets of HTTP options for /probe?module=.'),
});

/** `host`. */
export const hostSchema = mapping({
  enabled: flag().optional().describe('Read the host at all. Default true.'),
  rootfs: textLike(/^\/|\$\{/, 'an absolute path')
    .optional()
    .describe('Where the root of the host is mounted. Default /.'),
  // `[/ /boot]` is one text, in which a comma is missing.
  mountpoints: list(textLike(/^\/(?!.*\s\/)|\$\{/, 'an absolute path'), 'a list of mount points')
    .optional()
    .describe('Only these file systems.'),
  devices: list(textLike(/^\S+$|\$\{/, 'the name of a device'), 'a list of device names')
    .optional()
    .describe('Only these network devices.'),
});
