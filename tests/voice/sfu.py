"""As much of a LiveKit server as two people in a room need: signalling, what they say to each other, and data.

It speaks the protocol of https://github.com/livekit/protocol to the real SDK: a websocket of protobuf messages, one
peer connection for what a participant sends and one for what it receives. Sound is forwarded by aiortc.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from aiohttp import WSMsgType, web
from aiortc import RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay
from aiortc.mediastreams import MediaStreamTrack
from aiortc.sdp import candidate_from_sdp
from livekit.api import TokenVerifier
from livekit.protocol import models, rtc

KEY, SECRET = "key", "a-secret-of-at-least-thirty-two-characters"


class Participant:
    """One connection; ``said``: the sound that it sends."""

    def __init__(self, identity: str, number: int, socket: web.WebSocketResponse) -> None:
        self.info = models.ParticipantInfo(
            sid=f"PA_{number}",
            identity=identity,
            state=models.ParticipantInfo.State.ACTIVE,
            permission=models.ParticipantPermission(can_subscribe=True, can_publish=True),
        )
        self.socket = socket
        self.sends, self.receives = RTCPeerConnection(), RTCPeerConnection()
        self.said: MediaStreamTrack | None = None
        self.heard: set[str] = set()
        self.asked = self.stale = False  # an offer is not answered; and there is more to hear by now
        self.channel: RTCDataChannel = self.receives.createDataChannel("_reliable")
        self.receives.createDataChannel("_lossy")

    async def tell(self, **message: object) -> None:
        if not self.socket.closed:
            await self.socket.send_bytes(rtc.SignalResponse(**message).SerializeToString())  # type: ignore[arg-type]


class Sfu:
    """One room. ``gone``: identities of who has left; ``empty``: set when nobody is there any more."""

    def __init__(self) -> None:
        self.here: list[Participant] = []
        self.gone: list[str] = []
        self.empty = anyio.Event()
        self._relay = MediaRelay()
        self._count = 0

    async def join(self, request: web.Request) -> web.WebSocketResponse:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        claims = TokenVerifier(KEY, SECRET).verify(given or request.query["access_token"])  # a browser sends no header
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._count += 1
        one = Participant(claims.identity, self._count, socket)
        room = models.Room(sid="RM_1", name=claims.video.room if claims.video else "")
        others = [other.info for other in self.here]
        self.here.append(one)
        one.sends.on("track", lambda track: setattr(one, "said", track))
        one.sends.on("datachannel", lambda channel: channel.on("message", lambda data: self._forward(one, data)))
        await one.tell(
            join=rtc.JoinResponse(
                room=room, participant=one.info, other_participants=others, subscriber_primary=True,
                ping_interval=30, ping_timeout=60, server_info=models.ServerInfo(protocol=9, version="1.7.0"),
            )
        )  # fmt: skip
        await self._tell_of(one)
        await self._offer(one)
        try:
            async for message in socket:
                if message.type is WSMsgType.BINARY and not await self._heard(
                    one, rtc.SignalRequest.FromString(message.data)
                ):
                    break
        finally:
            self.here.remove(one)
            self.gone.append(one.info.identity)
            one.info.state = models.ParticipantInfo.State.DISCONNECTED
            await self._tell_of(one)
            await one.sends.close()
            await one.receives.close()
            if not self.here:
                self.empty.set()
        return socket

    async def _heard(self, one: Participant, asked: rtc.SignalRequest) -> bool:
        kind = asked.WhichOneof("message")
        if kind == "add_track":
            track = models.TrackInfo(sid=f"TR_{one.info.sid}", type=asked.add_track.type, name=asked.add_track.name)
            one.info.tracks.append(track)
            await one.tell(track_published=rtc.TrackPublishedResponse(cid=asked.add_track.cid, track=track))
        elif kind == "offer":
            await one.sends.setRemoteDescription(RTCSessionDescription(asked.offer.sdp, "offer"))
            await one.sends.setLocalDescription(await one.sends.createAnswer())
            local = one.sends.localDescription
            await one.tell(answer=rtc.SessionDescription(type="answer", sdp=local.sdp, id=asked.offer.id))
            await self._tell_of(one)
            for other in self.here:
                await self._offer(other)
        elif kind == "answer":
            await one.receives.setRemoteDescription(RTCSessionDescription(asked.answer.sdp, "answer"))
            one.asked = False
            if one.stale:
                await self._offer(one)
        elif kind == "trickle":
            await self._candidate(one, asked.trickle)
        elif kind == "ping_req":
            await one.tell(pong_resp=rtc.Pong(last_ping_timestamp=asked.ping_req.timestamp))
        return kind != "leave"

    async def _candidate(self, one: Participant, trickle: rtc.TrickleRequest) -> None:
        told = json.loads(trickle.candidateInit)
        if not told["candidate"]:
            return
        candidate = candidate_from_sdp(told["candidate"].removeprefix("candidate:"))
        candidate.sdpMid, candidate.sdpMLineIndex = told["sdpMid"], told["sdpMLineIndex"]
        side = one.sends if trickle.target == rtc.SignalTarget.PUBLISHER else one.receives
        await side.addIceCandidate(candidate)

    async def _offer(self, one: Participant) -> None:
        """What ``one`` may hear by now; one offer at a time."""
        one.stale = one.asked
        if one.asked:
            return
        one.asked = True
        for other in self.here:
            if other is one or other.said is None or other.info.sid in one.heard:
                continue
            one.heard.add(other.info.sid)
            sender = one.receives.addTrack(self._relay.subscribe(other.said))
            sender._stream_id, sender._track_id = f"{other.info.sid}|TR_{other.info.sid}", f"TR_{other.info.sid}"
        await one.receives.setLocalDescription(await one.receives.createOffer())
        await one.tell(offer=rtc.SessionDescription(type="offer", sdp=one.receives.localDescription.sdp))

    async def _tell_of(self, one: Participant) -> None:
        for other in self.here:
            if other is not one:
                await other.tell(update=rtc.ParticipantUpdate(participants=[one.info]))

    def _forward(self, one: Participant, data: bytes) -> None:
        packet = models.DataPacket.FromString(data)
        packet.participant_identity = packet.user.participant_identity = one.info.identity
        for other in self.here:
            if other is not one and other.channel.readyState == "open":
                other.channel.send(packet.SerializeToString())


async def _older(_: web.Request) -> web.Response:
    """By this a client of today learns that it is to speak as to an older server."""
    return web.Response(status=404, headers={"Access-Control-Allow-Origin": "*"})


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[Sfu, str]]:
    """A server on a free port, and its address."""
    sfu = Sfu()
    application = web.Application()
    application.router.add_get("/rtc", sfu.join)
    application.router.add_get("/rtc/v1/validate", _older)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield sfu, f"ws://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
