"""What was, over HTTP: the views as of an episode, and an episode lived again."""

from collections.abc import Callable
from typing import Annotated, ParamSpec, TypeVar

from litestar import Router, get
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import FromPath, QueryParameter

from hamlet.errors import NotTheSameEpisode, UsageError
from hamlet.web.live import Live
from hamlet.web.sources import Sources
from hamlet.web.state import past_update, series_of
from hamlet.web.wire import StateUpdate
from hamlet.web.wire.past import Life, Series

__all__ = ["past_routes"]

_Points = Annotated[int, QueryParameter(name="points", ge=2, le=5000, description="At most about so many stretches.")]

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

    @get("/runs/{run:str}/series", summary="A whole run in stretches of equal length, for curves")
    async def series(run: FromPath[str], count: _Points = 1000) -> Series:
        beginning = any(watched.hello().run == run for watched in sources.watched)  # it may not be in the views yet
        if not beginning and await live.query(sources.views.run, run) is None:
            raise NotFoundException(f"no run {run!r}; /api/runs lists them")
        return series_of(await live.query(sources.views.series, run, count))

    @get("/runs/{run:str}/at/{episode:int}", summary="The town as it was when an episode ended")
    async def at(run: FromPath[str], episode: FromPath[int]) -> StateUpdate:
        return await found(as_of, run, episode)

    @get("/runs/{run:str}/episodes/{episode:int}/life", summary="An episode lived again, moment by moment")
    async def life(run: FromPath[str], episode: FromPath[int]) -> Life:
        return await found(memory.life, run, episode)

    return Router("/api", route_handlers=[series, at, life])
