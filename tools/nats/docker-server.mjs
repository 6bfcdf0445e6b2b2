import { chmodSync, writeFileSync } from 'node:fs';

/**
 * Write a script that behaves like nats-server, but runs it from an image: same arguments, on the
 * host's network and with the host's /tmp. SIGTERM reaches the server; when the script is killed
 * outright, the end of the server's standard input tells it.
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
    // A trapped signal ends the first wait, with the server still at its end.
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
