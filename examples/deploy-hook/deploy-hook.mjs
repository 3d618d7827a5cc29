#!/usr/bin/env node
// deploy-hook.mjs --artifact FILE [--wormhole 0x…] (--dry-run | --state DIR --node URL [--sponsored])
// For coterie multisig create --deploy-hook: deploys the multisig's contract, and answers {"address": "0x…"}. README.md.
import {mkdir, open, readFile, rename} from 'node:fs/promises';
import path from 'node:path';
import {parseArgs} from 'node:util';

import {contractOf, describe, readRequest, run} from './terms.mjs';

// One file for each id: {address, deployed}.
async function recall(file) {
  try {
    return JSON.parse(await readFile(file));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw new Error(`read the state ${file}: ${error.message}`);
  }
}

async function remember(file, state) {
  const whole = `${file}.new`;
  const handle = await open(whole, 'w', 0o600);
  await handle.writeFile(`${JSON.stringify(state)}\n`);
  await handle.sync();
  await handle.close();
  await rename(whole, file);
}

await run('deploy-hook', async () => {
  const {values: options} = parseArgs({
    options: {
      artifact: {type: 'string'}, wormhole: {type: 'string'}, state: {type: 'string'}, node: {type: 'string'},
      sponsored: {type: 'boolean'}, 'dry-run': {type: 'boolean'},
    },
  });
  const request = await readRequest();
  const contract = await contractOf(request, options);
  const address = contract.instance.address.toString();
  if (options['dry-run']) {
    process.stderr.write(`deploy-hook: dry run: ${contract.artifact.name} would be deployed at ${address} with\n${describe(contract)}`);
    return {address};
  }

  if (!options.state || !options.node) throw new Error('--state DIR and --node URL are missing (or --dry-run)');
  await mkdir(options.state, {recursive: true, mode: 0o700});
  const file = path.join(options.state, `${request.id}.json`);
  const state = await recall(file);
  if (state && state.address !== address) {
    throw new Error(`${file} says that this id has its contract at ${state.address}, and these terms give ${address}: ` +
                    'was the artifact compiled anew, or --wormhole changed?');
  }
  if (!state?.deployed) {
    // Before anything is sent: whatever happens from here on, this id has this address.
    await remember(file, {address, deployed: false});
    const {deploy} = await import('./network.mjs');
    await deploy(request.account, contract, options);
    await remember(file, {address, deployed: true});
  }
  return {address};
});
