// One PeerConnection of libdatachannel (npm's node-datachannel: libjuice, OpenSSL, usrsctp).
import {emit, emitMessage, obey, pattern, require} from './peer.mjs';

const nodeDataChannel = require('node-datachannel');

const channels = {};
const connection = new nodeDataChannel.PeerConnection('interop', {iceServers: []});

function keep(channel) {
  const label = channel.getLabel();
  channels[label] = channel;
  channel.onOpen(() => emit({event: 'open', label}));
  channel.onMessage((message) => emitMessage(label, Buffer.from(message)));
  channel.onClosed(() => emit({event: 'closed', label, error: ''}));
}

connection.onLocalDescription((sdp, type) => emit({event: 'description', type, sdp}));
connection.onLocalCandidate((candidate, sdpMid) =>
  emit({event: 'candidate', candidate: {candidate, sdpMid, sdpMLineIndex: 0, usernameFragment: null}}));
connection.onStateChange((state) => emit({event: 'state', state, error: ''}));
connection.onDataChannel((channel) => {
  emit({event: 'channel', label: channel.getLabel()});
  keep(channel);
});

await obey({
  offer: () => {},  // libdatachannel offers by itself once there is a channel
  describe: ({type, sdp}) => connection.setRemoteDescription(sdp, type),
  candidate: ({candidate}) => candidate && connection.addRemoteCandidate(candidate.candidate, candidate.sdpMid),
  open: ({label}) => keep(connection.createDataChannel(label)),
  send: ({label, size, seed}) => channels[label].sendMessageBinary(pattern(size, seed)),
  'send-text': ({label, text}) => channels[label].sendMessage(text),
  close: ({label}) => channels[label].close(),
  disconnect: () => connection.close(),
});
connection.close();
nodeDataChannel.cleanup();
process.exit(0);  // whatever still watches stdin
