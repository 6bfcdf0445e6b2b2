#!/usr/bin/env node
/**
 * Runs after `npm install`. If Node on this machine needs extra certificates to reach the registry
 * (NODE_EXTRA_CA_CERTS), the image's build needs them too. So it puts a copy into infra/certs.
 */
import { copyFileSync, existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const source = process.env.NODE_EXTRA_CA_CERTS;
if (source && existsSync(source))
  copyFileSync(source, fileURLToPath(new URL('../infra/certs/extra-ca.crt', import.meta.url)));
