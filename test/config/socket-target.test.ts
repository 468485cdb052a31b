import t from 'tap';
import { otherBeginning } from '../../src/config/socket-target.js';
import { parseTarget } from '../../src/config/target-url.js';

t.test('a socket target has a host, a port and an optional protocol', (t) => {
  const parts: Readonly<Record<string, unknown>> = {
    'tcp://crm.test:21': { kind: 'tcp', host: 'crm.test', port: 21, shown: 'tcp://crm.test:21' },
    'tls://[::1]:443/': { kind: 'tls', host: '::1', port: 443, shown: 'tls://[::1]:443' },
    'smtps://crm.test': { kind: 'tls', host: 'crm.test', port: 465, protocol: 'smtp', shown: 'smtps://crm.test:465' },
    'imaps://crm.test': { kind: 'tls', host: 'crm.test', port: 993, protocol: 'imap', shown: 'imaps://crm.test:993' },
    'pop3s://crm.test': { kind: 'tls', host: 'crm.test', port: 995, protocol: 'pop3', shown: 'pop3s://crm.test:995' },
    'ftps://crm.test': { kind: 'tls', host: 'crm.test', port: 990, protocol: 'ftp', shown: 'ftps://crm.test:990' },
    'ldaps://crm.test:1': { kind: 'tls', host: 'crm.test', port: 1, protocol: 'ldap', shown: 'ldaps://crm.test:1' },
    'grpc://crm.test:50051': {
      kind: 'grpc',
      host: 'crm.test',
      port: 50_051,
      service: '',
      shown: 'grpc://crm.test:50051',
    },
    'grpcs://[::1]:443/crm.v1.Health': {
      kind: 'grpcs',
      host: '::1',
      port: 443,
      service: 'crm.v1.Health',
      shown: 'grpcs://[::1]:443/crm.v1.Health',
    },
    'icmp://[::1]': { kind: 'icmp', host: '::1', shown: 'icmp://[::1]' },
    'icmp://crm.test/': { kind: 'icmp', host: 'crm.test', shown: 'icmp://crm.test' },
  };
  for (const [text, expected] of Object.entries(parts)) t.strictSame(parseTarget(text), expected, text);
  t.end();
});

t.test('the message about an invalid socket URL shows the right form', (t) => {
  const tls = 'must be tls://host:port, which has TLS from the first byte';
  const tcp = 'must be tcp://host:port';
  const udp = 'must be a service over TCP: of services over UDP only dns:// can be probed';
  const grpc = 'must be grpc://host:port or grpc://host:port/package.Service';
  const unknown = /^must be a URL that begins with http:/;
  const starttls = (protocol: string, port: number) =>
    `must be tcp://host:${port} with "starttls: ${protocol}", without it for no TLS, or ${protocol}s://host for TLS from the first byte`;
  const answers: Readonly<Record<string, string | RegExp>> = {
    'tcp://crm.test': 'must be tcp://host:port and nothing more',
    'tcp://crm.test:0': 'must be tcp://host:port and nothing more',
    'tcp://crm.test:1/a': 'must be tcp://host:port and nothing more',
    'tcp://crm.test:1?a': 'must be tcp://host:port and nothing more',
    'tcp://crm.test:1#a': 'must be tcp://host:port and nothing more',
    'tcp://u@crm.test:1': 'must be tcp://host:port and nothing more',
    'tcp://:p@crm.test:1': 'must be tcp://host:port and nothing more',
    'tcp:crm': 'must be tcp://host:port and nothing more',
    'smtps://u@crm.test': 'must be smtps://host or host:port and nothing more',
    'icmp://crm.test:1': 'must be icmp://host and nothing more',
    'icmp://crm.test/a': 'must be icmp://host and nothing more',
    'icmp:crm': 'must be icmp://host and nothing more',
    'grpc://crm.test': grpc,
    'grpc:crm': grpc,
    'grpc://crm.test:1/a/b': grpc,
    'grpc://crm.test:1/a?b': grpc,
    'grpcs://crm.test': grpc.replaceAll('grpc:', 'grpcs:'),
    'smtp://crm.test': starttls('smtp', 25),
    'smtp://crm.test:2525': starttls('smtp', 2525),
    'submission://crm.test': starttls('smtp', 587),
    'imap://crm.test': starttls('imap', 143),
    'pop://crm.test': starttls('pop3', 110),
    'pop3://crm.test': starttls('pop3', 110),
    'ftp://crm.test:2121': starttls('ftp', 2121),
    'ldap://crm.test': starttls('ldap', 389),
    'ssl://crm.test:1': tls,
    'mqtts://crm.test': tls,
    'sips://crm.test': tls,
    'ssh://crm.test': tcp,
    'mqtt://crm.test': tcp,
    'sip://crm.test': tcp,
    'udp://crm.test:1': udp,
    'snmp://crm.test': udp,
    'ping://crm.test': 'must be icmp://host',
    'ping6://crm.test': 'must be icmp://host',
    'icmp4://crm.test': 'must be icmp://host',
    'icmp6://crm.test': 'must be icmp://host',
    'xssh://crm.test': unknown,
    'sshx://crm.test': unknown,
    'xssl://crm.test': unknown,
    'sslx://crm.test': unknown,
    'xudp://crm.test': unknown,
    'udpx://crm.test': unknown,
    'xping://crm.test': unknown,
    'pinger://crm.test': unknown,
    'icmp5://crm.test': unknown,
    'ssh:22': unknown,
  };
  for (const [text, answer] of Object.entries(answers))
    if (typeof answer === 'string') t.equal(parseTarget(text), answer, text);
    else t.match(parseTarget(text), answer, text);
  t.end();
});

t.test('a well-known port that does not fit the scheme is reported', (t) => {
  const port = (kind: 'tcp' | 'tls', protocol: 'smtp' | 'imap' | undefined, port: number) =>
    otherBeginning({ kind, port, ...(protocol === undefined ? {} : { protocol }) });
  t.equal(port('tls', 'smtp', 587), 'port 587 begins without TLS: write tcp://host:587 with "starttls: smtp"');
  t.equal(port('tcp', 'imap', 993), 'port 993 has TLS from the first byte: write imaps://host without starttls');
  t.equal(port('tls', 'imap', 587), undefined);
  t.equal(port('tls', 'imap', 993), undefined);
  t.equal(port('tcp', 'imap', 143), undefined);
  t.equal(port('tcp', 'smtp', 993), undefined);
  t.equal(port('tls', undefined, 25), undefined);
  t.equal(port('tcp', undefined, 443), undefined);
  t.end();
});
