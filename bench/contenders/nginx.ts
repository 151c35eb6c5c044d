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
 * nginx as one sets it up in front of a streaming API: one worker, nothing buffered, connections kept. `proxyBuffer` is
 * the size of its reads; its own default is a memory page (4 kB).
 */
export async function startNginx(options: StartOptions & { readonly proxyBuffer?: string }): Promise<Contender> {
  if (NGINX === undefined) throw new Error('nginx is not installed (Debian: apt-get install nginx).');
  const { proxyBuffer } = options;
  const name = proxyBuffer === undefined ? 'nginx' : `nginx-${proxyBuffer}`;
  const folder = join(options.folder, name);
  mkdirSync(folder, { recursive: true });
  const port = findFreePort();
  const config = join(folder, 'nginx.conf');
  writeFileSync(config, renderConfig(port, options.upstreamPorts, folder, proxyBuffer));
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

function renderConfig(port: number, upstreamPorts: readonly number[], folder: string, proxyBuffer?: string): string {
  const buffers = proxyBuffer === undefined ? '' : `proxy_buffer_size ${proxyBuffer}; proxy_buffers 8 ${proxyBuffer};`;
  const servers = upstreamPorts.map((upstream, index) => `server 127.0.0.1:${upstream}${index > 0 ? ' backup' : ''};`);
  return `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log error;
events { worker_connections 8192; }
http {
  access_log off;
  client_body_temp_path ${folder}/client;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  client_max_body_size 64m;
  client_body_buffer_size 1m;
  keepalive_requests 1000000;
  upstream provider {
    ${servers.join('\n    ')}
    keepalive 1024;
    keepalive_requests 1000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://provider;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_buffering off;
      ${buffers}
      proxy_read_timeout 1h;
      proxy_send_timeout 1h;
    }
  }
}
`;
}
