import t from 'tap';
import { canonicalRecord, type RecordType, recordTypes } from '../../src/config/dns-records.js';

t.test('equal records have one canonical text', (t) => {
  const records: readonly (readonly [type: RecordType, written: string, canonical: string | undefined])[] = [
    ['A', '10.0.0.7', '10.0.0.7'],
    ['A', '10.0.0', undefined],
    ['A', '::1', undefined],
    ['AAAA', '2001:DB8:0:0::7', '2001:db8::7'],
    ['AAAA', '10.0.0.7', undefined],
    ['TXT', ' any  text ', ' any  text '],
    ['TXT', '', ''],
    ['CNAME', 'CRM.test.', 'crm.test'],
    ['CNAME', '10.0.0.7', undefined],
    ['CNAME', 'fd00::7', undefined],
    ['CNAME', 'a b', undefined],
    ['CNAME', '', undefined],
    ['NS', 'ns1.test', 'ns1.test'],
    ['NS', 'a/b', undefined],
    ['PTR', 'münchen.test', 'xn--mnchen-3ya.test'],
    ['MX', '010  Mail.test.', '10 mail.test'],
    ['MX', '0 .', '0 '],
    ['MX', 'mail.test', undefined],
    ['MX', 'mail.test 10', undefined],
    ['MX', '10 mail.test more', undefined],
    ['MX', 'x10 mail.test', undefined],
    ['MX', '10x mail.test', undefined],
    ['SRV', '0 5 5060 sip.test.', '0 5 5060 sip.test'],
    ['SRV', '0 5 sip.test 5060', undefined],
    ['SRV', '0 sip.test 5 5060', undefined],
    ['SOA', 'ns1.test. Admin.test. 7 3600 900 604800 300', 'ns1.test admin.test 7 3600 900 604800 300'],
    ['SOA', 'ns1.test admin.test 7 3600 900 604800 12345678901', undefined],
    ['SOA', 'ns1.test admin.test 7 3600 900 604800', undefined],
  ];
  for (const [type, written, canonical] of records)
    t.equal(canonicalRecord(type, written), canonical, `${type} ${written}`);
  t.strictSame(recordTypes, ['A', 'AAAA', 'CNAME', 'MX', 'NS', 'PTR', 'SOA', 'SRV', 'TXT']);
  t.end();
});
