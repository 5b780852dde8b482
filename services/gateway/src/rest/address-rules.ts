import { BlockList, isIPv4, isIPv6 } from 'node:net';

/**
 * The kinds of addresses, from the special-purpose registries of IANA (RFC 6890). `private`
 * addresses need permission. `never` is for addresses that no service has, such as the link-local
 * ones at which clouds serve credentials.
 */
export type AddressKind = 'public' | 'private' | 'never';

const PRIVATE = listOf(
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  // Carrier-grade NAT, which clusters use too.
  ['100.64.0.0', 10],
  ['::1', 128],
  ['fc00::', 7],
);

const NEVER = listOf(
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  // Multicast, reserved addresses and broadcast.
  ['224.0.0.0', 3],
);

/** The global addresses of IPv6. NAT64, 6to4 and Teredo would contain other addresses. */
const GLOBAL_V6 = listOf(['2000::', 3]);
const NOT_GLOBAL_V6 = listOf(['2001::', 23], ['2001:db8::', 32], ['2002::', 16], ['3fff::', 20]);

export function addressKind(address: string): AddressKind {
  const [bare = ''] = address.split('%');
  if (isIPv4(bare)) {
    return NEVER.check(bare) ? 'never' : PRIVATE.check(bare) ? 'private' : 'public';
  }
  if (!isIPv6(bare)) {
    return 'never';
  }
  const inside = mappedIpv4(bare);
  if (inside !== undefined) {
    return addressKind(inside);
  }
  if (PRIVATE.check(bare, 'ipv6')) {
    return 'private';
  }
  return GLOBAL_V6.check(bare, 'ipv6') && !NOT_GLOBAL_V6.check(bare, 'ipv6') ? 'public' : 'never';
}

/** The IPv4 address of `::ffff:a.b.c.d`, in any spelling. */
function mappedIpv4(address: string): string | undefined {
  const normal = URL.parse(`http://[${address}]`)?.hostname ?? '';
  const [, high = '', low = ''] = /^\[::ffff:([\da-f]{1,4}):([\da-f]{1,4})\]$/.exec(normal) ?? [];
  if (high === '') {
    return undefined;
  }
  const bytes = [high, low].map((part) => Number.parseInt(part, 16));
  return bytes.flatMap((part) => [part >> 8, part & 0xff]).join('.');
}

function listOf(...subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [net, prefix] of subnets) {
    list.addSubnet(net, prefix, isIPv4(net) ? 'ipv4' : 'ipv6');
  }
  return list;
}
