/* SPDX-License-Identifier: Apache-2.0 */
/* One side of a voice call. The server carries only what the two pages need to find a way (join, sync, signal); the voice
 * goes from browser to browser and goes on while the server is away. Whenever one side joins anew (a reload, a
 * hand-over, a lost line) the leg grows, and both begin from scratch: the customer's page offers, the other answers. */

const SOON = 1000; /* while a way is being found */
const CALM = 8000; /* then it only says that it is there */
const GATHER = 120;
const PATIENCE = { guest: 4000, colleague: 9000 };

/* post(act, fields) sends as a form and gives the Response or null; changed(state) hears what the server says;
 * line("talking" | "finding" | "lost") how the voice fares. */
export function talk({ post, stream, guest, changed, line }) {
  const seat = crypto.randomUUID(), audio = new Audio();
  let leg = 0, after = '0', peer = null, timer = 0, mended = 0, muted = false, over = false, busy = false, again = false, state = {};
  let sent = Promise.resolve();
  audio.autoplay = true;

  const signal = (kind, data) => {
    const mine = leg;
    sent = sent.then(() => (mine === leg && !over ? post('signal', { seat, leg: mine, kind, data: JSON.stringify(data) }) : null)).catch(() => null);
  };

  function hear() {
    for (const track of stream.getAudioTracks()) track.enabled = !muted && state.state !== 'held';
    audio.muted = state.state === 'held';
  }

  function close() {
    clearTimeout(mended);
    mended = 0;
    peer?.close();
    peer = null;
  }

  /* The line broke: it may come back by itself; else everything begins anew. */
  function watch(mine) {
    const now = mine.connectionState;
    if (mine !== peer) return;
    if (now === 'connected') {
      clearTimeout(mended);
      mended = 0;
      line('talking');
      plan();
    } else if (now === 'disconnected' || now === 'failed') {
      line('lost');
      mended ||= setTimeout(() => mine === peer && join(), now === 'failed' ? 500 : guest ? PATIENCE.guest : PATIENCE.colleague);
    }
  }

  function open(ways) {
    close();
    const mine = (peer = new RTCPeerConnection(ways));
    let found = [], gathering = 0;
    for (const track of stream.getAudioTracks()) mine.addTrack(track, stream);
    mine.ontrack = (event) => {
      audio.srcObject = event.streams[0] ?? new MediaStream([event.track]);
      audio.play().catch(() => {});
    };
    mine.onicecandidate = (event) => {
      if (event.candidate?.candidate) found.push(event.candidate.toJSON());
      gathering ||= setTimeout(() => {
        gathering = 0;
        if (found.length && mine === peer) signal('ice', found.splice(0));
      }, GATHER);
    };
    mine.onconnectionstatechange = () => watch(mine);
    line('finding');
    return mine;
  }

  async function take(one) {
    const data = JSON.parse(one.data);
    if (one.kind === 'ice') for (const candidate of data) await peer.addIceCandidate(candidate).catch(() => {});
    else await peer.setRemoteDescription(data);
    if (one.kind !== 'offer') return;
    await peer.setLocalDescription();
    signal('answer', peer.localDescription);
  }

  async function begin(ways) {
    const mine = open(ways);
    if (!guest) return;
    await mine.setLocalDescription();
    if (mine === peer) signal('offer', mine.localDescription);
  }

  async function follow(now) {
    state = now;
    if (!now.live || !now.here) stop();
    changed(now);
    if (over) return;
    hear();
    if (now.leg !== leg) {
      leg = now.leg;
      after = '0';
      if (now.state !== 'ringing') await begin(now.ways);
    }
    for (const one of now.signals) {
      after = one.id;
      if (peer) await take(one).catch(() => {});
    }
  }

  async function ask(act) {
    const answer = await post(act, { seat, after });
    if (answer?.status === 404 || answer?.status === 409) return follow({ ...state, live: false, here: false, signals: [], gone: true });
    if (answer?.ok) await follow(await answer.json());
  }

  /* One at a time; what is asked for meanwhile is done right after. */
  async function sync(act = 'sync') {
    if (over) return;
    if (busy) {
      again = act === 'join' ? act : again || act;
      return;
    }
    busy = true;
    await ask(act).catch(() => {});
    busy = false;
    const next = again;
    again = false;
    if (next) await sync(next);
    else plan();
  }

  function plan() {
    clearTimeout(timer);
    if (!over) timer = setTimeout(sync, peer?.connectionState === 'connected' ? CALM : SOON);
  }

  const join = () => {
    close();
    return sync('join');
  };

  function stop() {
    over = true;
    clearTimeout(timer);
    close();
    audio.srcObject = null;
    for (const track of stream.getTracks()) track.stop();
  }

  return {
    seat,
    join,
    poke: () => sync(),
    stop,
    mute(on) {
      muted = on;
      hear();
    },
  };
}

export const microphone = () => navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true }, video: false });
export const able = () => Boolean(window.RTCPeerConnection && navigator.mediaDevices?.getUserMedia);
export const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds) % 60).padStart(2, '0')}`;
