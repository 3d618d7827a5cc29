// From what Coterie tells a hook to the one contract that follows from it: constructor arguments, salt, address. No network.
import {createHash} from 'node:crypto';
import {readFile} from 'node:fs/promises';

import {BackendType, Barretenberg, BarretenbergSync} from '@aztec/bb.js';
import {Fr} from '@aztec/foundation/curves/bn254';
import {isAztecAddressStruct, loadContractArtifact} from '@aztec/stdlib/abi';
import {AztecAddress} from '@aztec/stdlib/aztec-address';
import {getContractInstanceFromInstantiationParams} from '@aztec/stdlib/contract';
import {siloNullifier} from '@aztec/stdlib/hash';

const PROFILE = '4.1.2'; // of the packages in package.json: another one derives other addresses
const SLOTS = 8; // signers that the contract has room for
const LARGEST_REQUEST = 1 << 20; // bytes; eight signers with names at their longest are a hundredth of it

const isNumber = (text) => /^0x[0-9a-f]{64}$/.test(text) && BigInt(text) < Fr.MODULUS;

function check(condition, problem) {
  if (!condition) throw new Error(problem);
}

// Lets the packages hash by WebAssembly in this process while `work` runs. Left alone they start a native program or
// download what only provers need, and neither is wanted for an address.
async function hashingHere(work) {
  const {initSingleton, getSingleton} = Barretenberg;
  const synchronous = await BarretenbergSync.initSingleton({backend: BackendType.Wasm});
  Barretenberg.initSingleton = async () => synchronous;
  Barretenberg.getSingleton = () => synchronous;
  try {
    return await work();
  } finally {
    Object.assign(Barretenberg, {initSingleton, getSingleton});
  }
}

// The request on stdin: {id, name, threshold, signers, account}, and for a check multisig_address.
export async function readRequest(stream = process.stdin) {
  const pieces = [];
  let size = 0;
  for await (const piece of stream) {
    size += piece.length;
    check(size <= LARGEST_REQUEST, `the request on stdin is longer than ${LARGEST_REQUEST} bytes`);
    pieces.push(piece);
  }
  let request;
  try {
    request = JSON.parse(Buffer.concat(pieces));
  } catch {
    // JSON.parse would quote the text, which may hold secrets.
    throw new Error('the request on stdin is not JSON: this program is run by coterie multisig create --deploy-hook');
  }
  checkRequest(request);
  return request;
}

function checkRequest({id, threshold, signers, account} = {}) {
  check(/^[A-Za-z0-9_-]{1,64}$/.test(id), 'the request has no id that a file may be called by');
  check(account?.kind === 'aztec-schnorr', 'the shared account is not one of Aztec: there is nothing to deploy for it');
  check(account.profile === PROFILE, `the shared account is of profile ${account.profile}, this hook is for ${PROFILE}`);
  check(isNumber(account.address), 'the shared account has no valid address');
  check(Array.isArray(signers) && signers.length >= 1 && signers.length <= SLOTS,
        `the contract has room for 1 to ${SLOTS} signers, the request names ${signers?.length ?? 'none'}`);
  check(Number.isInteger(threshold) && threshold >= 1 && threshold <= signers.length,
        `threshold ${threshold} is not in 1 to ${signers.length}`);
  const keyless = signers.filter(({aztec}) => !aztec).map(({name}) => name);
  check(keyless.length === 0, `no chain key: ${keyless.join(', ')}. The contract needs an address and a key of every signer: ` +
        'each runs coterie signer aztec NAME, and gives the others the new card');
  for (const {name, aztec} of signers) {
    check(aztec.profile === PROFILE, `the chain key of ${name} is of profile ${aztec.profile}, this hook is for ${PROFILE}`);
    for (const field of ['address', 'public_key_x', 'public_key_y']) {
      check(isNumber(aztec[field]), `the chain key of ${name} has no valid ${field}`);
    }
  }
}

async function readArtifact(file) {
  check(file, '--artifact FILE is missing: the compiled multisig contract, as JSON');
  let artifact;
  try {
    artifact = loadContractArtifact(JSON.parse(await readFile(file)));
  } catch (error) {
    throw new Error(`read the artifact ${file}: ${error.message}`);
  }
  return artifact;
}

function shape(type) {
  if (isAztecAddressStruct(type)) return 'address';
  return type.kind === 'array' ? `${shape(type.type)}[${type.length}]` : type.kind;
}

const CONSTRUCTOR = [`address[${SLOTS}]`, 'integer', `field[${SLOTS}]`, `field[${SLOTS}]`];

// For a constructor of (addresses, threshold, public key x, public key y) and, when the contract wants it, the address of
// its Wormhole: lists are padded with zeros, which the contract takes for empty.
function constructorArguments(artifact, {signers, threshold}, wormhole) {
  const parameters = artifact.functions.find(({name}) => name === 'constructor')?.parameters ?? [];
  const found = parameters.map(({type}) => shape(type));
  const wantsWormhole = found.length === CONSTRUCTOR.length + 1;
  const expected = wantsWormhole ? [...CONSTRUCTOR, 'address'] : CONSTRUCTOR;
  check(found.join() === expected.join(), `${artifact.name} is not the multisig's contract: its constructor takes ` +
        `(${found.join(', ')}), not (${CONSTRUCTOR.join(', ')}) with or without a further address`);
  check(!wantsWormhole || isNumber(wormhole), `the constructor of ${artifact.name} wants a Wormhole: --wormhole 0x…`);
  check(wantsWormhole || wormhole === undefined, `the constructor of ${artifact.name} takes no Wormhole: leave --wormhole out`);
  const padded = (field) => [...signers.map(({aztec}) => Fr.fromString(aztec[field])), ...Array(SLOTS - signers.length).fill(Fr.ZERO)];
  return [padded('address').map((field) => new AztecAddress(field)), threshold, padded('public_key_x'), padded('public_key_y'),
          ...(wantsWormhole ? [AztecAddress.fromString(wormhole)] : [])];
}

// The same for one id, on every machine, so that a run that was interrupted finds what it began even without its state.
// The account's address is in it because only the signers know that: whoever knows the id alone, as the signaling server
// does, cannot tell a salt on the chain for this multisig's.
function saltOf({id, account}) {
  const digest = createHash('sha512').update(`coterie deploy hook\n${id}\n${account.address}`).digest('hex');
  return new Fr(BigInt(`0x${digest}`) % Fr.MODULUS);
}

// The constructor's arguments in words, a line each.
export function describe({artifact, args}) {
  const {parameters} = artifact.functions.find(({name}) => name === 'constructor');
  return parameters.map(({name}, index) => `  ${name}: ${[args[index]].flat().join(' ')}\n`).join('');
}

// {artifact, args, salt, instance, nullifier}: instance.address follows from contract, signers, threshold, shared account
// and id; nullifier is what its constructor leaves on the chain. The deployer is part of the address: nobody but the shared
// account can run this contract's constructor, and who runs it is whom the contract obeys.
export async function contractOf(request, {artifact: file, wormhole}) {
  const artifact = await readArtifact(file);
  const args = constructorArguments(artifact, request, wormhole);
  const salt = saltOf(request);
  const deployer = AztecAddress.fromString(request.account.address);
  return hashingHere(async () => {
    const instance = await getContractInstanceFromInstantiationParams(
        artifact, {constructorArtifact: 'constructor', constructorArgs: args, salt, deployer});
    return {artifact, args, salt, instance, nullifier: await siloNullifier(instance.address, instance.address.toField())};
  });
}

// Runs a hook: what it resolves to is said on stdout, what it throws on stderr, with exit code 1.
export async function run(name, hook) {
  // Only the answer may be on stdout, whatever a package prints.
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = process.stderr.write.bind(process.stderr);
  try {
    const answer = await hook();
    await new Promise((resolve) => write(answer === undefined ? '' : `${JSON.stringify(answer)}\n`, resolve));
    process.exit(0); // a wallet's threads would keep the process
  } catch (error) {
    process.stderr.write(`${name}: error: ${error.message}\n`);
    process.exit(1);
  }
}
