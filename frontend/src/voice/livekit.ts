/** The same talk in a room of LiveKit; loaded only where the server has one set up. */

import { Room, RoomEvent, Track } from "livekit-client";
import type { VoiceOpened } from "../wire";
import type { Line, News, VoiceInput } from "./state";

/** Joins the room of `opened` with the microphone of `stream`; gives what leaves it. `end`: the room is closed. */
export async function join(opened: VoiceOpened, stream: MediaStream, dispatch: (input: VoiceInput) => void, end: (line: Line) => void): Promise<() => void> {
  const room = new Room({ disconnectOnPageLeave: true });
  const sounds: HTMLMediaElement[] = [];
  let over = false; // the talk came to its end: the collector leaves
  room.on(RoomEvent.DataReceived, (data) => {
    const news = JSON.parse(new TextDecoder().decode(data)) as News;
    over ||= news.type === "state" && news.state === "idle";
    dispatch(news);
  });
  room.on(RoomEvent.TrackSubscribed, (track) => {
    if (track.kind === Track.Kind.Audio) sounds.push(track.attach());
  });
  room.on(RoomEvent.ParticipantDisconnected, () => end(over ? "off" : "lost"));
  room.on(RoomEvent.Disconnected, () => end(over ? "off" : "lost"));
  await room.connect(opened.url, opened.token);
  const [microphone] = stream.getAudioTracks();
  if (microphone) await room.localParticipant.publishTrack(microphone, { source: Track.Source.Microphone });
  await room.startAudio();
  return () => {
    room.removeAllListeners();
    for (const sound of sounds) sound.remove();
    void room.disconnect();
  };
}
