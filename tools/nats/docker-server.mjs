import { chmodSync, writeFileSync } from 'node:fs';

/**
 * Writes a script that behaves like nats-server, but runs the server from an image: with the same
 * arguments, on the host's network, and with the host's /tmp. The script passes SIGTERM to the
 * server. If the script is killed, the server's standard input ends, and the server is killed too.
 *
 * @param {string} path
 * @param {string} image
 * @returns {string} the path
 */
export function writeDockerServer(path, image) {
  const inside = [
    'nats-server "$@" & server=$!',
    'trap "kill -TERM $server" TERM INT',
    '(cat >/dev/null; kill -KILL $server) <&3 &',
    'wait $server; code=$?',
    // A trapped signal ends the first wait while the server is still stopping.
    'while kill -0 $server 2>/dev/null; do wait $server; code=$?; done',
    'exit $code',
  ].join('\n');
  const script = `#!/usr/bin/env bash
# Written by tools/nats/docker-server.mjs.
inside=$(cat <<'END'
exec 3<&0
${inside}
END
)
exec docker run --rm -i --network host -v /tmp:/tmp --entrypoint sh '${image}' -c "$inside" nats-server "$@" \\
  < <(exec tail --pid=$$ -f /dev/null)
`;
  writeFileSync(path, script);
  chmodSync(path, 0o755);
  return path;
}
