// Asks Aztec's own npm packages: one request in JSON a line on stdin, one answer in JSON a line on stdout, in order.
//   {"op":"version"}                                          -> {"version"}
//   {"op":"account","secretKey","salt","signingPrivateKey"}   -> {"address","publicKeyX","publicKeyY","masterPublicKeys"}
//   {"op":"sign","message","signingPrivateKey"}               -> {"signature","publicKeyX","publicKeyY"}
//   {"op":"verify","message","publicKeyX","publicKeyY","signature"} -> {"valid"}
//   {"op":"hash","fields"}                                    -> {"hash"}       poseidon2Hash
// What the packages refuse is answered with {"refused": their words}; a request that is wrong itself ends the process.
// Numbers and bytes are hexadecimal with 0x.
// Runs beside a node_modules with the packages; their versions name the same things differently.
import {readFileSync} from 'node:fs';
import {createInterface} from 'node:readline';

import {Barretenberg, BarretenbergSync, BackendType} from '@aztec/bb.js';

// The packages look for a native program first, which needs a newer C library than Debian 12 has, and then for a worker
// that downloads what only provers need. WebAssembly in this process computes the same, without either.
const synchronous = await BarretenbergSync.initSingleton({backend: BackendType.Wasm});
Barretenberg.initSingleton = async () => synchronous;
Barretenberg.getSingleton = () => synchronous;

async function firstOf(...modules) {
  for (const name of modules.slice(0, -1)) {
    try {
      return await import(name);
    } catch (error) {
      if (error.code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED') throw error;
    }
  }
  return import(modules.at(-1));
}

const {Fr, Fq} = await firstOf('@aztec/foundation/curves/bn254', '@aztec/foundation/fields');
const {Point} = await firstOf('@aztec/foundation/curves/grumpkin', '@aztec/foundation/fields');
const {poseidon2Hash} = await firstOf('@aztec/foundation/crypto/poseidon', '@aztec/foundation/crypto');
const {Schnorr, SchnorrSignature} = await firstOf('@aztec/foundation/crypto/schnorr', '@aztec/foundation/crypto');
const {getSchnorrAccountContractAddress} = await import('@aztec/accounts/schnorr');
const {deriveKeys} = await import('@aztec/stdlib/keys');

const schnorr = new Schnorr();
// Through BigInt: the packages would read text without 0x as decimal, and pad what is short.
const fr = (text) => new Fr(BigInt(text));
const fq = (text) => new Fq(BigInt(text));
const bytes = (text) => Buffer.from(text.slice(2), 'hex');
const text = (buffer) => `0x${buffer.toString('hex')}`;

async function publicKey(signingPrivateKey) {
  const key = await schnorr.computePublicKey(signingPrivateKey);
  return {publicKeyX: key.x.toString(), publicKeyY: key.y.toString()};
}

const operations = {
  version: () => {
    const url = new URL('package.json', import.meta.resolve('@aztec/accounts/schnorr').replace(/dest\/.*/, ''));
    return {version: JSON.parse(readFileSync(url)).version};
  },
  account: async ({secretKey, salt, signingPrivateKey}) => {
    const key = fq(signingPrivateKey);
    const address = await getSchnorrAccountContractAddress(fr(secretKey), fr(salt), key);
    const {publicKeys} = await deriveKeys(fr(secretKey));
    const masterPublicKeys = ['Nullifier', 'IncomingViewing', 'OutgoingViewing', 'Tagging'].map((use) => {
      const {x, y} = publicKeys[`master${use}PublicKey`];
      return {x: x.toString(), y: y.toString()};
    });
    return {address: address.toString(), ...(await publicKey(key)), masterPublicKeys};
  },
  sign: async ({message, signingPrivateKey}) => {
    const key = fq(signingPrivateKey);
    const signature = await schnorr.constructSignature(bytes(message), key);
    return {signature: text(signature.toBuffer()), ...(await publicKey(key))};
  },
  verify: async ({message, publicKeyX, publicKeyY, signature}) => {
    const key = new Point(fr(publicKeyX), fr(publicKeyY), false);
    return {valid: await schnorr.verifySignature(bytes(message), key, new SchnorrSignature(bytes(signature)))};
  },
  hash: async ({fields}) => ({hash: (await poseidon2Hash(fields.map(fr))).toString()}),
};

for await (const line of createInterface({input: process.stdin})) {
  const request = JSON.parse(line);
  let answer;
  try {
    answer = await operations[request.op](request);
  } catch (error) {
    if (error instanceof TypeError || error instanceof SyntaxError) throw error;
    answer = {refused: error.message};
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
