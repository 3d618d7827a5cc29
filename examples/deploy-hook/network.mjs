// The part that talks to an Aztec node: a wallet that lives as long as this process, with the shared account in it.
import {existsSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';

import {Contract, DeployMethod} from '@aztec/aztec.js/contracts';
import {SponsoredFeePaymentMethod} from '@aztec/aztec.js/fee';
import {createAztecNodeClient} from '@aztec/aztec.js/node';
import {Fq, Fr} from '@aztec/foundation/curves/bn254';
import {AztecAddress} from '@aztec/stdlib/aztec-address';
import {getContractInstanceFromInstantiationParams} from '@aztec/stdlib/contract';
import {siloNullifier} from '@aztec/stdlib/hash';
import {PublicKeys} from '@aztec/stdlib/keys';

const WAIT = {timeout: 240}; // seconds for a transaction, of which there are two; Coterie waits 10 minutes for the hook
const SPONSOR_SALT = new Fr(0); // of the contract that pays for everybody, where a network has one

const say = (words) => process.stderr.write(`deploy-hook: ${words}\n`);

async function hasNullifier(node, nullifier) {
  return await node.getNullifierMembershipWitness('latest', nullifier) !== undefined;
}

export function isDeployed(url, nullifier) {
  return hasNullifier(createAztecNodeClient(url), nullifier);
}

// A number of the account, by its name in the request. The packages would quote what they refuse.
function secret(account, name, field) {
  if (!/^0x[0-9a-f]{64}$/.test(account[name]) || BigInt(account[name]) >= field.MODULUS) {
    throw new Error(`the request has no valid ${name} of the shared account: run coterie with --hook-with-secrets`);
  }
  return new field(BigInt(account[name]));
}

async function sponsor(wallet) {
  const {SponsoredFPCContractArtifact: artifact} = await import('@aztec/noir-contracts.js/SponsoredFPC');
  const instance = await getContractInstanceFromInstantiationParams(artifact, {salt: SPONSOR_SALT});
  await wallet.registerContract(instance, artifact);
  return {paymentMethod: new SponsoredFeePaymentMethod(instance.address)};
}

// Runs `work` with a temporary directory of its own, which goes when it ends: the wallet writes the account's keys into
// files there and leaves them behind, also when it is told to keep nothing. In memory, where the system has such a place.
async function leavingNothing(work) {
  const directory = mkdtempSync(`${existsSync('/dev/shm') ? '/dev/shm' : tmpdir()}/coterie-deploy-hook-`);
  const remove = () => rmSync(directory, {recursive: true, force: true});
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  process.once('exit', remove);
  process.env.TMPDIR = directory;
  try {
    return await work();
  } finally {
    remove();
  }
}

// Deploys the shared account, whom the contract will obey, and then the contract from it; what is there already is left.
export async function deploy(account, {artifact, args, salt, instance, nullifier}, {node: url, sponsored}) {
  const secretKey = secret(account, 'secret_key', Fr);
  const saltKey = secret(account, 'salt_key', Fr);
  const privateKey = secret(account, 'private_key', Fq);
  const hidden = artifact.nonDispatchPublicFunctions.length === 0;
  const node = createAztecNodeClient(url);
  const {realProofs: proverEnabled} = await node.getNodeInfo();
  if (!Set.prototype.intersection) throw new Error(`the wallet of these packages needs Node 24, this is ${process.version}`);
  await leavingNothing(async () => {
    const {EmbeddedWallet} = await import('@aztec/wallets/embedded');
    const wallet = await EmbeddedWallet.create(node, {ephemeral: true, pxeConfig: {proverEnabled}});
    try {
      const manager = await wallet.createSchnorrAccount(secretKey, saltKey, privateKey);
      if (manager.address.toString() !== account.address) {
        throw new Error(`the secrets of the shared account give ${manager.address}, not ${account.address}`);
      }
      const fee = sponsored ? await sponsor(wallet) : undefined;
      if (!await hasNullifier(node, await siloNullifier(manager.address, manager.address.toField()))) {
        say(`deploying the shared account ${manager.address}`);
        await (await manager.getDeployMethod()).send({from: AztecAddress.ZERO, fee, wait: WAIT});
      }
      if (!await hasNullifier(node, nullifier)) {
        say(`deploying ${artifact.name} at ${instance.address}`);
        const made = (deployed) => Contract.at(deployed.address, artifact, wallet);
        const {contract} = await new DeployMethod(PublicKeys.default(), wallet, artifact, made, args, 'constructor').send({
          from: manager.address, contractAddressSalt: salt, fee, wait: WAIT,
          // Private functions need neither class nor instance to be published, and nobody is told that there is a multisig.
          skipClassPublication: hidden, skipInstancePublication: hidden,
        });
        if (!contract.address.equals(instance.address)) {
          throw new Error(`it was deployed at ${contract.address}, not at ${instance.address}`);
        }
      }
    } finally {
      await wallet.stop();
    }
  });
}
