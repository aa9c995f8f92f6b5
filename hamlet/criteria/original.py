"""The success criteria of the original design."""

from hamlet.criteria.criterion import NOT_MEASURABLE, NOT_MET, WEIGHT, Criterion, judged, several, unmeasured
from hamlet.criteria.facts import Facts
from hamlet.criteria.moves import WITHIN, in_time, in_words, the_move

__all__ = ["original"]

_HOURS = 48.0
_EPISODES, _EPISODES_STRETCH = 5_000, 10_000
_STEPS = 150
_STAGE = 4
_SCREENSHOTS, _GIFS = 200, 100


def original(facts: Facts) -> list[Criterion]:
    """In the order of the design."""
    return [
        _runtime(facts),
        _episodes(facts),
        _weight(facts),
        _survival(facts),
        _curriculum(facts),
        _recovery(facts),
        _stability(facts),
        _memory(),
        _captured(facts),
        _export(facts),
        _pictures(facts),
    ]


def _runtime(facts: Facts) -> Criterion:
    measured = f"{facts.hours:.2f} h, {several(facts.restarts, 'restart')}"
    if facts.restarts:
        measured += f", {facts.unbroken_hours:.2f} h at a stretch"
    verdict, why = judged(facts.unbroken_hours >= _HOURS), ""
    if verdict == NOT_MET and facts.finished and not facts.failures:
        verdict = NOT_MEASURABLE
        why = f"its goal of {facts.goal:,} episodes was reached before; --pace and --episodes make a run longer"
    goal = f"{_HOURS:.0f}+ hours without manual intervention"
    return Criterion("original", "runtime", goal, measured, "log: times of its events, run_resumed", verdict, why)


def _episodes(facts: Facts) -> Criterion:
    goal = f"≥ {_EPISODES:,} episodes (stretch {_EPISODES_STRETCH:,})"
    met, stretch = facts.episodes >= _EPISODES, facts.episodes >= _EPISODES_STRETCH
    source = "log: episode_completed"
    return Criterion("original", "episodes", goal, f"{facts.episodes:,}", source, judged(met), stretch=stretch)


def _weight(facts: Facts) -> Criterion:
    name, goal, source = "intrinsic weight", f"1.0 → < {WEIGHT:g}", "log: first and newest episode"
    if facts.weights is None:
        return unmeasured("original", name, goal, source, "no episode yet")
    first, last = facts.weights
    return Criterion("original", name, goal, f"{first:.2f} → {last:.2f}", source, judged(last < WEIGHT))


def _survival(facts: Facts) -> Criterion:
    """Its baseline of about 115 steps is what random play lives at full difficulty: so is this."""
    name, goal, source = "survival", f"~115 → {_STEPS}+ steps", "log: newest exam, random → agent"
    exam = facts.exam
    if exam is None:
        return unmeasured("original", name, goal, source, "no exam yet")
    if exam.cap < _STEPS:
        return unmeasured("original", name, goal, source, f"a life in this town ends after {exam.cap} steps")
    measured = f"{exam.random:.1f} → {exam.agent:.1f}; standing still lives {exam.stand_still:.1f}"
    return Criterion("original", name, goal, measured, source, judged(exam.agent >= _STEPS))


def _curriculum(facts: Facts) -> Criterion:
    name, goal, source = "curriculum", "stage 4 or 5 of 5", "log: stage_changed"
    if facts.stages <= _STAGE:
        return unmeasured("original", name, goal, source, f"this curriculum has {facts.stages} stages")
    measured = f"stage {facts.highest_stage} reached, {facts.stage} now"
    return Criterion("original", name, goal, measured, source, judged(facts.highest_stage >= _STAGE))


def _recovery(facts: Facts) -> Criterion:
    name, goal, source = "recovery", f"within {WITHIN} episodes of the move", "table recoveries"
    found, why = the_move(facts)
    if found is None:
        return unmeasured("original", name, goal, source, why)
    verdict, why = in_time(found, facts)
    return Criterion("original", name, goal, in_words(found, facts), source, verdict, why)


def _stability(facts: Facts) -> Criterion:
    problems = [*facts.failures, *facts.log_problems[:3]]
    measured = (
        f"{several(len(facts.failures), 'failure')}, {several(facts.divergences, 'divergence')}, "
        f"log {'damaged' if facts.log_problems else 'whole'}; {several(facts.restarts, 'restart')}"
    )
    if facts.restarts:
        measured += f", {facts.relived} of them in the middle of work"
    met = not problems and not facts.divergences
    source = "log: training_failed, run_diverged; events --verify"
    goal = "no NaN, no crash that needs a hand"
    return Criterion("original", "stability", goal, measured, source, judged(met), "; ".join(problems))


def _memory() -> Criterion:
    why = "the log keeps no figures of the process; /metrics has its memory while it runs"
    return unmeasured("original", "memory", "no memory leaks", "–", why)


def _captured(facts: Facts) -> Criterion:
    name, goal = "data captured", "a row for each episode, heatmap, affordance graph"
    source = "tables episodes, position_heatmap, affordance_visits"
    if facts.captured is None:
        return unmeasured("original", name, goal, source, "these tables show the newest run only")
    rows, visits, transitions = facts.captured
    measured = f"{rows:,} rows for {facts.episodes:,} episodes, {visits:,} of visits, {transitions:,} of transitions"
    met = rows == facts.episodes and rows > 0 and visits > 0 and transitions > 0
    return Criterion("original", name, goal, measured, source, judged(met))


def _export(facts: Facts) -> Criterion:
    name, goal, source = "export", "complete CSV export", "exports/final_metrics.csv"
    if not facts.finished or facts.captured is None:
        return unmeasured("original", name, goal, source, "written when the newest run reaches its goal")
    met = facts.exported == facts.episodes
    measured = "no file" if facts.exported is None else f"{facts.exported:,} rows for {facts.episodes:,} episodes"
    return Criterion("original", name, goal, measured, source, judged(met))


def _pictures(facts: Facts) -> Criterion:
    name, goal = "pictures", f"{_SCREENSHOTS}+ screenshots, {_GIFS}+ GIFs of novelty"
    source = "log: SnapshotTaken"
    if not facts.screenshots and not facts.gifs:
        return unmeasured(
            "original",
            name,
            goal,
            source,
            "none were made of this run; python main.py snapshots --backfill 200 makes them",
        )
    met = facts.screenshots >= _SCREENSHOTS and facts.gifs >= _GIFS
    return Criterion("original", name, goal, f"{facts.screenshots:,} and {facts.gifs:,}", source, judged(met))
