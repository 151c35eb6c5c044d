import { timingSafeEqual } from 'node:crypto';
import type { FailureCode } from '../../core/failures.ts';
import type { FindHeader } from '../../core/http/head-fields.ts';

const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Who may talk to the gateway at all. */
export interface Guard {
  /** Checked before anything of the request is read. */
  readonly check: (header: FindHeader, needs: 'nothing' | 'gateway-key' | 'admin-key') => FailureCode | undefined;
}

export interface GuardOptions {
  readonly gatewayKey: string;
  readonly adminKey: string;
  /** Host names under which the gateway is reached, without port, beside loopback's. */
  readonly allowedHosts: readonly string[];
}

/**
 * A web page must not reach a gateway on the same machine: its Host gives away a rebound name, its Origin a page. Keys
 * are compared in constant time.
 */
export function createGuard(options: GuardOptions): Guard {
  const hosts = new Set([...LOOPBACK_HOSTS, ...options.allowedHosts.map((host) => host.toLowerCase())]);
  const isAllowedHost = (value: string | null): boolean => value !== null && hosts.has(hostName(value));
  const keys = { 'gateway-key': Buffer.from(options.gatewayKey), 'admin-key': Buffer.from(options.adminKey) };
  /** Nearly every request names the same one. */
  let lastAllowed: string | undefined;
  return {
    check: (header, needs) => {
      const host = header('host');
      if (host !== lastAllowed) {
        if (host === null || !isAllowedHost(host)) return 'HOST_DENIED';
        lastAllowed = host;
      }
      const origin = header('origin');
      if (origin !== null && !isAllowedHost(originHost(origin))) return 'HOST_DENIED';
      if (needs === 'nothing') return undefined;
      const given = readBearer(header('authorization'));
      return given !== undefined && isEqual(Buffer.from(given), keys[needs]) ? undefined : 'BAD_GATEWAY_KEY';
    },
  };
}

/** `127.0.0.1:4141` → `127.0.0.1`; `[::1]:80` → `[::1]`. */
function hostName(host: string): string {
  return host.toLowerCase().replace(/:\d{1,5}$/, '');
}

function originHost(origin: string): string | null {
  const match = /^https?:\/\/([^/?#@]+)$/.exec(origin);
  return match?.[1] ?? null;
}

function readBearer(header: string | null): string | undefined {
  return header !== null && /^bearer /i.test(header) ? header.slice(7) : undefined;
}

function isEqual(given: Buffer, expected: Buffer): boolean {
  // Of different length: compare something of the same length, so that time tells nothing.
  return given.length === expected.length ? timingSafeEqual(given, expected) : !timingSafeEqual(expected, expected);
}
