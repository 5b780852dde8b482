import { expect, test } from 'vitest';
import { log4jConfiguration, serverProperties } from './broker-settings.ts';

const PORTS = { port: 21_000, controllerPort: 21_001, proxied: [], extraProperties: {} };

test('a local broker listens only on 127.0.0.1 and does not create topics on its own', () => {
  const rows = serverProperties(PORTS).split('\n');
  expect(rows).toContain('listeners=PLAINTEXT://127.0.0.1:21000,CONTROLLER://127.0.0.1:21001');
  expect(rows).toContain('auto.create.topics.enable=false');
});

test('a listener behind a proxy advertises the proxy', () => {
  const proxied = [{ listenPort: 22_000, advertisedPort: 22_001 }];
  const rows = serverProperties({ ...PORTS, proxied }).split('\n');
  expect(rows).toContain(
    'listeners=PLAINTEXT://127.0.0.1:21000,CONTROLLER://127.0.0.1:21001,PROXIED0://127.0.0.1:22000',
  );
  expect(rows).toContain(
    'advertised.listeners=PLAINTEXT://127.0.0.1:21000,PROXIED0://127.0.0.1:22001',
  );
  expect(rows).toContain(
    'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED0:PLAINTEXT',
  );
});

test('an extra property overrides the default and is in one row', () => {
  const extraProperties = { 'auto.create.topics.enable': true, 'broker.rack': 'a\\b\nc' };
  const rows = serverProperties({ ...PORTS, extraProperties }).split('\n');
  expect(rows.filter((row) => row.startsWith('auto.create'))).toEqual([
    'auto.create.topics.enable=true',
  ]);
  expect(rows).toContain('broker.rack=a\\\\b\\nc');
});

test('the path of the log is data in its configuration, not markup', () => {
  expect(log4jConfiguration('/tmp/a "b" <c> & ${d}/kafka.log')).toContain(
    'fileName="/tmp/a &quot;b&quot; &lt;c> &amp; $${d}/kafka.log"',
  );
});
