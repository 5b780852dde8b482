import { expect, test } from 'vitest';

import { addressKind } from './address-rules.ts';

test.each([
  ...[
    '8.8.8.8',
    '172.32.0.1',
    '100.128.0.1',
    '192.169.0.1',
    '2606:4700::1111',
    '::ffff:8.8.8.8',
  ].map((address) => [address, 'public'] as const),
  ...[
    '127.0.0.1',
    '127.255.255.254',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    '::1',
    'fd00::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '0:0:0:0:0:ffff:a00:1',
  ].map((address) => [address, 'private'] as const),
  ...[
    '0.0.0.0',
    '169.254.169.254',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '192.0.0.192',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    // IPv4 inside IPv6: compatible, NAT64, 6to4, Teredo.
    '::7f00:1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:0:7f00:1::',
    '2001:db8::1',
    '0x7f000001',
    '2130706433',
    'localhost',
    '',
  ].map((address) => [address, 'never'] as const),
])('%j is %s', (address, kind) => {
  expect(addressKind(address)).toBe(kind);
});
