// One RTCPeerConnection of Debian's Chromium: chromium_peer.mjs PATH_OF_CHROMIUM. Nothing is fetched: the page is blank.
import {emit, emitMessage, obey, pattern, require} from './peer.mjs';

const {chromium} = require('playwright-core');

const browser = await chromium.launch({
  executablePath: process.argv[2],
  headless: true,
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
    // Host candidates as addresses, not as names that only mDNS knows.
    '--disable-features=WebRtcHideLocalIpsWithMdns',
  ],
});
const page = await browser.newPage();
await page.exposeFunction('tell', emit);
await page.exposeFunction('tellMessage', (label, base64) => emitMessage(label, Buffer.from(base64, 'base64')));

await page.evaluate(() => {
  const channels = {};
  const connection = new RTCPeerConnection({iceServers: []});
  const base64 = (bytes) => {
    let text = '';
    for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
    return btoa(text);
  };
  const keep = (channel) => {
    channels[channel.label] = channel;
    channel.binaryType = 'arraybuffer';
    channel.onopen = () => tell({event: 'open', label: channel.label});
    channel.onmessage = ({data}) => {
      const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : new Uint8Array(data);
      tellMessage(channel.label, base64(bytes));
    };
    channel.onclosing = () => tell({event: 'closing', label: channel.label});
    channel.onclose = () => tell({event: 'closed', label: channel.label, error: ''});
  };
  const describe = async () => {
    await connection.setLocalDescription();
    tell({event: 'description', type: connection.localDescription.type, sdp: connection.localDescription.sdp});
  };
  connection.onicecandidate = ({candidate}) =>
      tell({event: 'candidate', candidate: candidate ? candidate.toJSON() : null});
  connection.onconnectionstatechange = () =>
      tell({event: 'state', state: connection.connectionState, error: ''});
  connection.ondatachannel = ({channel}) => {
    tell({event: 'channel', label: channel.label});
    keep(channel);
  };
  window.commands = {
    offer: describe,
    describe: async ({type, sdp}) => {
      await connection.setRemoteDescription({type, sdp});
      if (type === 'offer') await describe();
    },
    candidate: ({candidate}) => connection.addIceCandidate(candidate ?? undefined),
    open: ({label}) => keep(connection.createDataChannel(label)),
    send: ({label, base64: text}) => channels[label].send(Uint8Array.from(atob(text), (c) => c.charCodeAt(0))),
    sendText: ({label, text}) => channels[label].send(text),
    close: ({label}) => channels[label].close(),
    disconnect: () => connection.close(),
  };
});

const inPage = (command) => page.evaluate((given) => window.commands[given.do](given), command);
await obey({
  offer: inPage,
  describe: inPage,
  candidate: inPage,
  open: inPage,
  send: ({label, size, seed}) => inPage({do: 'send', label, base64: pattern(size, seed).toString('base64')}),
  'send-text': ({label, text}) => inPage({do: 'sendText', label, text}),
  close: inPage,
  disconnect: inPage,
});
await browser.close();
process.exit(0);  // whatever still watches stdin
