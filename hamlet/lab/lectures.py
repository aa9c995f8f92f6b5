"""Four lectures of a run: slides with speaker notes and its own numbers, figures, GIFs, exercises; a gallery of deaths;
and the failures that teach something. The prose is that of ``/learn`` (``hamlet/lectures``)."""

import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path

from hamlet.atomic import write_atomic
from hamlet.errors import UsageError
from hamlet.events.types import EpisodeCompleted, TownEpisode
from hamlet.lab.failures import Failure, failures_of, nearest_remedy
from hamlet.lab.figures.paper import Drawn
from hamlet.lab.page import Section, Sheet, page
from hamlet.lab.record import Record, read_record
from hamlet.lab.slides import Slide, as_html, as_markdown
from hamlet.lectures.figures import numbers_of
from hamlet.lectures.reading import Lecture, filled, lectures
from hamlet.projections.views import Views
from hamlet.runs.choosing import newest_run
from hamlet.settings import Paths
from hamlet.worlds.town.settings import TownSettings

__all__ = ["Gif", "give_lectures"]

Gif = Callable[[list[EpisodeCompleted], int, int], bytes]
"""Lives, width and height of their town → a GIF of them, a frame a life."""

_CHARTS: Mapping[str, tuple[str, str]] = {
    "survival": ("town", "survival"),
    "exam": ("town", "learning"),
    "curiosity": ("town", "reward"),
    "stages": ("town", "curriculum"),
    "recovery": ("town", "survival"),
    "paths": ("town", "garden_path"),
    "endings": ("town", "endings"),
    "success": ("dialogue", "learning"),
    "personas": ("dialogue", "personas"),
    "acts": ("dialogue", "acts_by_persona"),
}
"""Picture that a section asks for → world and figure."""

_FRAMES = 60  # lives in a GIF, spread over the run
_CERTIFICATES = 24
_NOVELTY = (
    "Each picture is a life; they are spread evenly over the run.",
    "The darker a place, the newer it still is to the agent: the error of its random network distillation.",
    "Where it lives, novelty wears off first. Where everything moves, it comes back.",
)


def give_lectures(paths: Paths, out: Path, gif: Gif, tell: Callable[[str], None]) -> list[Path]:
    """A folder for each lecture in ``out``, ``gallery.html`` and ``failures.html``; returns what was written, the
    slides first. Raises ``UsageError`` when there is no run of the town with an episode."""
    town = newest_run(paths.events, None, "town")
    if town is None:
        raise UsageError(
            f"{paths.data}: no run of the town yet; train one with: python main.py train --data {paths.data}"
        )
    tell("reading the log")
    records = {"town": read_record(paths.events, town)}
    dialogue = newest_run(paths.events, None, "dialogue")
    if dialogue is not None and (calls := read_record(paths.events, dialogue)).episodes:
        records["dialogue"] = calls
    if not records["town"].episodes:
        raise UsageError(f"run {town} has no episode yet: there is nothing to teach; train it further")
    numbers = numbers_of(Views(paths.views), town, dialogue)
    failures = {world: failures_of(record) for world, record in records.items()}
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{out}: cannot be made ({error.strerror}); choose another folder with --out") from None
    tell("drawing lives")
    moving = _gif(records["town"], gif)
    written = []
    for number, lecture in enumerate(lectures(), start=1):
        tell(f"lecture {number}: {lecture.title}")
        folder = out / f"{number}-{lecture.name}"
        folder.mkdir(exist_ok=True)
        write_atomic(folder / "novelty.gif", moving)
        written.append(_lecture(filled(lecture, numbers), records, failures, folder, paths))
    gallery = out / "gallery.html"
    write_atomic(gallery, _gallery(records["town"], paths).encode())
    failed = out / "failures.html"
    write_atomic(failed, _failures(records, failures, paths).encode())
    return [*written, gallery, failed]


def _lecture(
    lecture: Lecture, records: Mapping[str, Record], failures: Mapping[str, list[Failure]], folder: Path, paths: Paths
) -> Path:
    charts = {section.chart for section in lecture.sections if section.chart}
    drawn = _draw(charts, records, folder)
    slides = []
    for section in lecture.sections:
        pictures = (drawn[section.chart],) if section.chart in drawn else ()
        slides.append(Slide(section.heading, _points(section.text), section.text, pictures))
    slides.append(Slide("Boredom spreads", _NOVELTY, " ".join(_NOVELTY), ("novelty.gif",)))
    if lecture.name == "emergence":
        found = [(one, world) for world, some in failures.items() for one in some[:2]]
        points = tuple(f"*{one.name}*: {one.what} Seen in {one.seen:,} {records[world].unit}." for one, world in found)
        notes = "\n\n".join(
            f"{one.name}: {one.lesson} To see it: `{_see(one, records[world], paths)}`" for one, world in found
        )
        slides.append(Slide("Failures worth a look", points, notes or "None was found in this run."))
    exercises = "\n\n".join(
        f"**{n}.** {one.question}\n\n*Answer.* {one.answer}" for n, one in enumerate(lecture.exercises, 1)
    )
    asked = tuple(one.question for one in lecture.exercises)
    slides.append(Slide("Exercises", asked, "\n\n".join(one.answer for one in lecture.exercises)))
    write_atomic(folder / "slides.md", as_markdown(lecture.title, lecture.question, slides).encode())
    write_atomic(folder / "exercises.md", f"# Exercises: {lecture.title}\n\n{exercises}\n".encode())
    file = folder / "slides.html"
    write_atomic(file, as_html(lecture.title, lecture.question, slides, folder).encode())
    return file


def _draw(charts: set[str], records: Mapping[str, Record], folder: Path) -> dict[str, str]:
    """The pictures that are asked for and can be drawn: chart → file in ``folder``."""
    from hamlet.lab.figures.making import figures_of
    from hamlet.lab.figures.paper import save, writing

    found: dict[str, str] = {}
    for world, record in records.items():
        wanted = {_CHARTS[chart][1]: chart for chart in charts if _CHARTS[chart][0] == world}
        with writing():
            for one in figures_of(record, [], None, only=set(wanted)):
                named = Drawn(f"{world}_{one.name}", one.title, one.note, one.figure)
                file = save(named, folder, dpi=150).name
                found |= {chart: file for chart in charts if _CHARTS[chart] == (world, one.name)}
    return found


def _gif(record: Record, gif: Gif) -> bytes:
    """Lives spread evenly over the run: how its novelty wears off."""
    world = record.config.world
    assert isinstance(world, TownSettings)
    every = max(1, len(record.episodes) // _FRAMES)
    return gif(record.episodes[::every][:_FRAMES], world.grid.width, world.grid.height)


def _points(text: str) -> tuple[str, ...]:
    """The first sentence of each paragraph."""
    return tuple(
        re.split(r"(?<=[.?!]) ", " ".join(one.split()), maxsplit=1)[0] for one in text.split("\n\n") if one.strip()
    )


def _see(failure: Failure, record: Record, paths: Paths) -> str:
    return _replay(record, failure.episodes[0][0], paths)


def _replay(record: Record, episode: int, paths: Paths) -> str:
    """What shows an episode again."""
    data = shlex.quote(str(paths.data))
    if record.world == "dialogue":
        return f"python main.py transcripts --data {data} --run {record.run} --episode {episode}"
    return f"python main.py serve --data {data}  # then http://localhost:8765/#life={episode}"


def _failures(records: Mapping[str, Record], failures: Mapping[str, list[Failure]], paths: Paths) -> str:
    sections = []
    for world, some in failures.items():
        record = records[world]
        for one in some:
            rows = [(f"{episode:,}", words) for episode, words in one.episodes]
            seen = f"Seen in {one.seen:,} of {len(record.episodes):,} {record.unit} of {record.run}."
            commands = [_replay(record, episode, paths) for episode, _ in one.episodes]
            worst = Sheet("The worst of them", ("episode", "what happened"), rows, words=2)
            sections.append(Section(one.name, [f"{one.what} {seen}", one.lesson, worst, commands]))
    lead = "Found in the log by what they look like, not by hand. Agents optimize what you measure, not what you mean."
    return page(
        "Failures worth a look", lead, sections or [Section("None", ["Nothing of the kind was found in this run."])]
    )


def _gallery(record: Record, paths: Paths) -> str:
    dead = [event for event in record.episodes if event.cause != "cap"]
    every = max(1, len(dead) // _CERTIFICATES)
    sections = [
        Section(f"Episode {event.episode:,}", [_certificate(record, event), [_replay(record, event.episode, paths)]])
        for event in dead[::every][:_CERTIFICATES]
    ]
    lead = f"{len(dead):,} of {len(record.episodes):,} lives of {record.run} ended early. Some of them, in order."
    return page("Death certificates", lead, sections or [Section("None", ["Nobody died in this run."])])


def _certificate(record: Record, event: EpisodeCompleted) -> Sheet:
    assert isinstance(event.detail, TownEpisode)
    remedy = nearest_remedy(record, event)
    used = ", ".join(f"{name} {count}" for name, count in sorted(event.detail.affordances.items(), key=lambda i: -i[1]))
    curiosity = event.intrinsic_weight * event.intrinsic_reward
    rows = [
        ("lived", f"{event.survival_time:,} of {record.config.world.cap:,} steps, in stage {event.curriculum_stage}"),
        ("cause of death", f"{event.cause} ran out"),
        ("what would have helped", "nothing here" if remedy is None else f"{remedy[0]}, {remedy[1]} steps away"),
        ("used in life", used or "nothing"),
        ("explored by chance", f"{event.epsilon:.0%} of the steps"),
        ("reward", f"{event.extrinsic_reward:.1f} by the world, {curiosity:.1f} by curiosity"),
    ]
    return Sheet("", ("", ""), rows, words=2)
