"""A ``Fanout`` over Redis: a channel for what is sent, a hash for the newest of each kind, and a key that
expires for who leads.

Redis holds nothing that is not in the views: it may be emptied, restarted or lost. Its client is an extra.
"""

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any

from hamlet.errors import UsageError
from hamlet.web.fanout import FanoutLost
from hamlet.web.hub import KINDS, VOID, Packet

__all__ = ["RedisFanout", "require_redis"]

# Mine already, or nobody's: it is mine for another term.
_LEAD = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
_LEAVE = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"
_PATIENCE = 5.0  # seconds for an answer


def require_redis(url: str) -> None:
    """Raises ``UsageError`` when ``url`` is no address of a Redis, or its client is not installed."""
    try:
        from redis import asyncio
    except ImportError:
        raise UsageError("--fanout needs the Redis client: pip install -e '.[fanout]'") from None
    try:
        asyncio.Redis.from_url(url)
    except ValueError as error:
        raise UsageError(f"--fanout: expected redis://HOST:PORT/NUMBER, found {url!r} ({error})") from None


class RedisFanout:
    """``name``: of what is shown; processes with another one share nothing with these."""

    def __init__(self, url: str, name: str) -> None:
        from redis import asyncio

        # driver_info: or each new connection looks its own version up on the disk, on the event loop.
        self._redis: Any = asyncio.Redis.from_url(
            url,
            socket_timeout=_PATIENCE,
            socket_connect_timeout=_PATIENCE,
            health_check_interval=10,
            driver_info=None,
        )
        self._me = secrets.token_hex(8)
        self._channel, self._newest, self._leader = (
            f"hamlet:{name}:{part}" for part in ("channel", "newest", "leader")
        )

    async def send(self, packets: Sequence[Packet]) -> None:
        from redis.exceptions import RedisError

        try:
            async with self._redis.pipeline(transaction=True) as together:
                for each in packets:
                    if each.kind in VOID:
                        together.hdel(self._newest, *VOID[each.kind])
                    together.hset(self._newest, each.kind, each.data)
                    together.publish(self._channel, each.kind.encode() + b"\0" + each.data)
                await together.execute()
        except (RedisError, OSError) as error:
            raise FanoutLost(str(error)) from None

    async def packets(self) -> AsyncIterator[Packet]:
        from redis.exceptions import RedisError

        try:
            async with self._redis.pubsub(ignore_subscribe_messages=True) as heard:
                await heard.subscribe(self._channel)
                kept = await self._redis.hgetall(self._newest)
                for kind in KINDS:
                    if (data := kept.get(kind.encode())) is not None:
                        yield Packet(kind, data)
                while True:
                    message = await heard.get_message(timeout=_PATIENCE / 2)
                    if message is not None:
                        kind, _, data = message["data"].partition(b"\0")
                        yield Packet(kind.decode(), data)
        except (RedisError, OSError) as error:
            raise FanoutLost(str(error)) from None

    async def lead(self, term: float) -> bool:
        from redis.exceptions import RedisError

        try:
            return bool(await self._redis.eval(_LEAD, 1, self._leader, self._me, int(term * 1000)))
        except (RedisError, OSError) as error:
            raise FanoutLost(str(error)) from None

    async def close(self) -> None:
        from redis.exceptions import RedisError

        with suppress(RedisError, OSError):
            await self._redis.eval(_LEAVE, 1, self._leader, self._me)
            await self._redis.aclose()
