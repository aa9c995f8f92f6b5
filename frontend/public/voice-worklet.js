/* The microphone as 16-bit samples at 16,000 a second in pieces of 20 ms, and a queue of such samples as sound.
   In the audio thread: what it does in a page would stutter with every chart that is drawn. */

const RATE = 16000;
const PIECE = 320;
const TELL = RATE / 20; // samples between two acknowledgements of what was played

class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.piece = new Int16Array(PIECE);
    this.filled = 0;
    this.sum = 0;
    this.count = 0;
    this.phase = 0;
  }

  process([[channel]]) {
    if (!channel) return true;
    for (const value of channel) {
      this.sum += value; // the mean over each new sample's time: a low pass that is good enough for speech
      this.count += 1;
      this.phase += RATE / sampleRate;
      if (this.phase < 1) continue;
      this.phase -= 1;
      this.piece[this.filled++] = Math.max(-1, Math.min(1, this.sum / this.count)) * 32767;
      this.sum = this.count = 0;
      if (this.filled === PIECE) {
        this.port.postMessage(this.piece.slice().buffer);
        this.filled = 0;
      }
    }
    return true;
  }
}

class Loudspeaker extends AudioWorkletProcessor {
  constructor() {
    super();
    this.queue = [];
    this.at = 0; // in the first of the queue, in its samples
    this.played = 0; // samples since the beginning
    this.told = 0;
    this.port.onmessage = ({ data }) => {
      if (data === "flush") {
        this.queue = [];
        this.at = 0;
        this.tell();
      } else this.queue.push(new Int16Array(data));
    };
  }

  tell() {
    this.told = this.played;
    this.port.postMessage(this.played / RATE);
  }

  process(_, [[channel]]) {
    const step = RATE / sampleRate;
    for (let at = 0; at < channel.length; at++) {
      const first = this.queue[0];
      if (!first) break;
      const whole = Math.floor(this.at);
      const here = first[whole];
      const next = whole + 1 < first.length ? first[whole + 1] : (this.queue[1]?.[0] ?? here);
      channel[at] = (here + (next - here) * (this.at - whole)) / 32768;
      this.at += step;
      this.played += step;
      if (this.at >= first.length) {
        this.at -= first.length;
        this.queue.shift();
      }
    }
    if (this.played - this.told >= TELL || (this.played > this.told && !this.queue.length)) this.tell();
    return true;
  }
}

registerProcessor("hamlet-microphone", Microphone);
registerProcessor("hamlet-loudspeaker", Loudspeaker);
