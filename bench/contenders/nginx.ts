import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Contender, pinned, type StartOptions, spawnGroup, stopGroup, waitForPort } from './contender.ts';

const NGINX = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/bin/nginx'].find((path) => existsSync(path));

/** Its version, or `undefined` when it is not installed. */
export function findNginxVersion(): string | undefined {
  if (NGINX === undefined) return undefined;
  return /nginx\/(\S+)/.exec(spawnSync(NGINX, ['-v'], { encoding: 'utf8' }).stderr)?.[1];
}

/**
 * `debian`: the configuration that Debian installs, with the lines that make it a reverse proxy for streams.
 * `tuned`: all that costs time taken away: no log, bodies kept in memory, connections to the provider kept.
 */
export type NginxSetup = 'debian' | 'tuned';

const NAMES: Readonly<Record<NginxSetup, string>> = { debian: 'nginx', tuned: 'nginx-tuned' };

/** Both with one worker. */
export async function startNginx(options: StartOptions & { readonly setup: NginxSetup }): Promise<Contender> {
  if (NGINX === undefined) throw new Error('nginx is not installed (Debian: apt-get install nginx).');
  const { setup } = options;
  const name = NAMES[setup];
  const folder = join(options.folder, name);
  mkdirSync(folder, { recursive: true });
  const port = findFreePort();
  const config = join(folder, 'nginx.conf');
  writeFileSync(config, renderConfig({ setup, port, upstreamPorts: options.upstreamPorts, folder }));
  const child = spawnGroup(pinned(options.core, [NGINX, '-p', folder, '-c', config, '-e', join(folder, 'error.log')]), {
    cwd: folder,
  });
  await waitForPort(port);
  return { name, port, key: 'unused', pid: child.pid, stop: () => stopGroup(child) };
}

/** nginx cannot let the system choose, so the system is asked first. */
function findFreePort(): number {
  const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } });
  const { port } = listener;
  listener.stop(true);
  return port;
}

interface ConfigInput {
  readonly setup: NginxSetup;
  readonly port: number;
  readonly upstreamPorts: readonly number[];
  readonly folder: string;
}

function renderConfig({ setup, port, upstreamPorts, folder }: ConfigInput): string {
  const isTuned = setup === 'tuned';
  const servers = upstreamPorts.map((upstream, index) => `server 127.0.0.1:${upstream}${index > 0 ? ' backup' : ''};`);
  // The folder is ours alone, so the worker must be us.
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  return `
${user}
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log error;
events { worker_connections 8192; }
http {
  ${isTuned ? TUNED : DEBIAN.replaceAll('FOLDER', folder)}
  client_body_temp_path ${folder}/client;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  client_max_body_size 64m;
  upstream provider {
    ${servers.join('\n    ')}
    ${isTuned ? 'keepalive 1024; keepalive_requests 1000000;' : ''}
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://provider;
      proxy_http_version 1.1;
      proxy_buffering off;
      proxy_read_timeout 1h;
      proxy_send_timeout 1h;
      ${isTuned ? 'proxy_set_header Connection ""; proxy_buffer_size 16k; proxy_buffers 8 16k;' : ''}
    }
  }
}
`;
}

/** What /etc/nginx/nginx.conf of Debian 12 says of HTTP. */
const DEBIAN = `
  sendfile on;
  tcp_nopush on;
  types_hash_max_size 2048;
  default_type application/octet-stream;
  access_log FOLDER/access.log;
  gzip on;
`;

const TUNED = `
  access_log off;
  client_body_buffer_size 1m;
  keepalive_requests 1000000;
`;
