#!/usr/bin/env node
/**
 * Runs after `npm install`. Where Node on this machine needs further certificates to reach the
 * registry (NODE_EXTRA_CA_CERTS), so does the image's build: leave it a copy in infra/certs.
 */
import { copyFileSync, existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const source = process.env.NODE_EXTRA_CA_CERTS;
if (source && existsSync(source))
  copyFileSync(source, fileURLToPath(new URL('../infra/certs/extra-ca.crt', import.meta.url)));
