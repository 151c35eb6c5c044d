export interface ListenAddress {
  readonly hostname: string;
  readonly port: number;
}

/** `127.0.0.1:4141`, `localhost:4141`, `[::1]:4141`; port 0 lets the system choose. `undefined` for anything else. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([A-Za-z0-9._-]{1,253})):(\d{1,5})$/.exec(text);
  const hostname = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return hostname === undefined || !(port <= 65_535) ? undefined : { hostname, port };
}

/** Whether only this machine can reach it. */
export function isLoopback(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/^\[|\]$/g, '');
  return name === 'localhost' || name === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name);
}
