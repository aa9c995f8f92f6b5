"""What was, over HTTP: the views as of an episode, and an episode lived again."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from litestar import Router, get
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import FromPath

from hamlet.errors import NotTheSameEpisode, UsageError
from hamlet.web.live import Live
from hamlet.web.sources import Sources
from hamlet.web.state import past_update
from hamlet.web.wire import StateUpdate
from hamlet.web.wire_of_past import Life

__all__ = ["past_routes"]

P = ParamSpec("P")
T = TypeVar("T")


def past_routes(sources: Sources, live: Live) -> Router:
    """Routes of runs that another process may train, too."""
    memory = sources.memory

    async def found(question: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """404 for what is not there, 409 for what cannot be had again."""
        try:
            return await live.query(question, *args, **kwargs)
        except UsageError as error:
            raise NotFoundException(str(error)) from None
        except NotTheSameEpisode as error:
            raise HTTPException(str(error), status_code=409) from None

    def as_of(run: str, episode: int) -> StateUpdate:
        return past_update(memory.past(run, episode), run, episode)

    @get("/runs/{run:str}/at/{episode:int}", summary="The town as it was when an episode ended")
    async def at(run: FromPath[str], episode: FromPath[int]) -> StateUpdate:
        return await found(as_of, run, episode)

    @get("/runs/{run:str}/episodes/{episode:int}/life", summary="An episode lived again, moment by moment")
    async def life(run: FromPath[str], episode: FromPath[int]) -> Life:
        return await found(memory.life, run, episode)

    return Router("/api", route_handlers=[at, life])
