// What the peers of other stacks share: commands and events as JSON lines, and the bytes of a test message.
import {createHash} from 'node:crypto';
import {createRequire} from 'node:module';
import {createInterface} from 'node:readline';

// The npm packages are installed beside the build, not here.
export const require = createRequire(`${process.env.COTERIE_INTEROP_PACKAGES}/package.json`);

export function emit(event) {
  process.stdout.write(JSON.stringify(event) + '\n');
}

export function pattern(size, seed) {
  const bytes = Buffer.alloc(size);
  for (let i = 0; i < size; ++i) bytes[i] = i * 31 + seed;
  return bytes;
}

export function emitMessage(label, bytes) {
  emit({event: 'message', label, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex')});
}

// Commands one after the other, each after the last is done; the end of stdin is {"do":"end"}.
export async function obey(commands) {
  for await (const line of createInterface({input: process.stdin})) {
    const command = JSON.parse(line);
    if (command.do === 'end') break;
    try {
      await commands[command.do](command);
    } catch (error) {
      emit({event: 'error', message: `${command.do}: ${error.message ?? error}`});
    }
  }
}
