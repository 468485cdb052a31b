import t from 'tap';
import { linkTo } from '../../grafana/links.js';

t.test('a link keeps what is chosen', async (t) => {
  t.equal(
    linkTo('host', 'x', { agent: 'a' }).build().url,
    '/d/aicrm-host?${__url_time_range}&${datasource:queryparam}&${job:queryparam}&${instance:queryparam}&var-agent=a',
  );
});

t.test('and not beside a choice that it makes anew', async (t) => {
  t.equal(
    linkTo('host', 'x', { instance: 'a' }).build().url,
    '/d/aicrm-host?${__url_time_range}&${datasource:queryparam}&${job:queryparam}&var-instance=a',
  );
});
