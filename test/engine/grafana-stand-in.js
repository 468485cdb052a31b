#!/usr/bin/env node
// A stand-in for Grafana without boards to look at, because its image needs a registry. It is the command `grafana` in the image of the
// private engine, as user 472. It does what the stack needs: it reads the provisioning and the password, keeps the password of its first
// start in its database, and answers health checks and the requests of `status`.

const { createServer } = require('node:http');
const { existsSync, readFileSync, readdirSync, statSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const database = '/var/lib/grafana/grafana.db';
const filesUnder = (path) =>
  statSync(path).isDirectory() ? readdirSync(path).flatMap((name) => filesUnder(join(path, name))) : [path];

function serve() {
  const provisioned = ['/etc/grafana/grafana.ini', '/etc/grafana/provisioning', '/etc/grafana/dashboards'].flatMap(
    filesUnder,
  );
  const texts = new Map(provisioned.map((path) => [path, readFileSync(path, 'utf8')]));
  const boards = [...texts].filter(([path]) => path.endsWith('.json')).map(([, text]) => JSON.parse(text));
  const given = readFileSync(process.env.GF_SECURITY_ADMIN_PASSWORD__FILE, 'utf8').trim();
  if (given === '') throw new Error('the password is empty');
  if (!existsSync(database)) writeFileSync(database, given);
  console.log(`stand-in for Grafana: ${provisioned.length} files, ${boards.length} boards`);

  const server = createServer(({ url, headers }, response) => {
    const answer = (status, body) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (url === '/api/health') return answer(200, { database: 'ok', version: '13.0.0', commit: 'stand-in' });
    const login = `Basic ${Buffer.from(`admin:${readFileSync(database, 'utf8')}`).toString('base64')}`;
    if (headers.authorization !== login) return answer(401, { message: 'Unauthorized' });
    if (url.startsWith('/api/search'))
      return answer(
        200,
        boards.map(({ uid, title }) => ({ uid, title, type: 'dash-db' })),
      );
    return answer(404, { message: 'the stand-in does not know this' });
  });
  server.listen(3000);
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
}

const [command, ...rest] = process.argv.slice(2);
if (command === 'server') serve();
else if (`${command} ${rest.join(' ')}` === 'cli admin reset-admin-password --password-from-stdin') {
  const password = readFileSync(0, 'utf8').split('\n')[0];
  if (password === '') throw new Error('new password is too short');
  writeFileSync(database, password);
  console.log('Admin password changed successfully');
} else throw new Error(`the stand-in does not know: ${process.argv.slice(2).join(' ')}`);
