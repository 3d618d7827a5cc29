#!/usr/bin/env node
// check-hook.mjs --artifact FILE [--wormhole 0x…] [--node URL]
// For coterie multisig join --check-hook: exit 0 when multisig_address is the address of the contract with exactly these
// signers, threshold and shared account; with --node also only when that contract is there. README.md.
import {parseArgs} from 'node:util';

import {contractOf, readRequest, run} from './terms.mjs';

await run('check-hook', async () => {
  const {values: options} = parseArgs({options: {artifact: {type: 'string'}, wormhole: {type: 'string'}, node: {type: 'string'}}});
  const request = await readRequest();
  const {instance, nullifier} = await contractOf(request, options);
  if (request.multisig_address !== instance.address.toString()) {
    throw new Error(`the contract with these signers and threshold has the address ${instance.address}, ` +
                    `not ${request.multisig_address}: ask whoever says so`);
  }
  if (options.node) {
    const {isDeployed} = await import('./network.mjs');
    if (!await isDeployed(options.node, nullifier)) throw new Error(`nothing is deployed at ${instance.address} yet`);
  }
});
