"""When a person begins to speak, and when a turn is over: a pure state machine, clocked by the sound itself.

A second of sound is a second, however quickly it comes: minutes of silence pass in a test in no time.
"""

from enum import Enum, IntEnum, auto

from hamlet.voice.audio import RATE
from hamlet.voice.settings import TurnSettings
from hamlet.voice.vad import WINDOW

__all__ = ["Claim", "Sign", "Turns", "unfinished"]

_STEP = WINDOW / RATE
_ONSET = 2  # windows of speech in a row: one alone is a click
_RISING = 0.15  # a probability from which on what comes before those is speech that was not sure yet …
_MOST_RISING = 3  # … for so many windows

_GOES_ON = frozenset(["and", "because", "but", "or", "so", "if", "um", "uh", "my", "the", "a", "to", "with"])
_LEAST = 3  # words, for a last one to tell anything


class Sign(Enum):
    """What a window of sound meant."""

    BEGAN = auto()  # of an utterance; the window before it belongs to it
    PAUSED = auto()  # half of the silence that ends a turn: time to see what was said
    WENT_ON = auto()  # speech again after that
    ENDED = auto()  # the turn


class Claim(IntEnum):
    """How much somebody who speaks while another does wants to be heard."""

    NONE = auto()
    HUSH = auto()  # the other should be silent, until it is clear whether this was all
    FLOOR = auto()  # the other is interrupted


class Turns:
    """Fed with the probability of speech in each window. ``now``: seconds of sound so far; ``spoke_until``: where the
    last speech was. ``patient`` (settable): what was said looks unfinished, so wait longer."""

    def __init__(self, settings: TurnSettings) -> None:
        self._settings = settings
        self.now = 0.0
        self.spoke_until = 0.0
        self.patient = False
        self.in_turn = False
        self._row = 0
        self._rising = 0  # windows in a row before these that may have been speech
        self._began = 0.0
        self._spoken = 0.0  # seconds of speech in this turn
        self._paused = False

    @property
    def claim(self) -> Claim:
        """By how much of this turn was speech so far; pauses take nothing back."""
        if not self.in_turn or self._spoken < min(self._settings.hush, self._settings.barge_in) - 1e-9:
            return Claim.NONE
        return Claim.FLOOR if self._spoken >= self._settings.barge_in - 1e-9 else Claim.HUSH

    def step(self, speech: float) -> list[Sign]:
        """The signs of the next window."""
        self.now += _STEP
        settings = self._settings
        if not self.in_turn:
            if speech >= settings.speech:
                self._row += 1
            else:
                self._rising = min(_MOST_RISING, self._rising + self._row + 1) if speech >= _RISING else 0
                self._row = 0
            if self._row < _ONSET:
                return []
            self._spoken = (_ONSET + self._rising) * _STEP
            self.in_turn, self._began = True, self.now - self._spoken
            self._row, self._rising, self._paused, self.patient = 0, 0, False, False
            self.spoke_until = self.now
            return [Sign.BEGAN]
        signs = []
        if speech >= (settings.speech if self._paused else settings.quiet):
            self.spoke_until = self.now
            self._spoken += _STEP
            if self._paused:
                self._paused = self.patient = False
                signs.append(Sign.WENT_ON)
        silence = self.now - self.spoke_until
        if not self._paused and silence >= settings.silence / 2 - 1e-9:
            self._paused = True
            signs.append(Sign.PAUSED)
        wait = settings.longest_silence if self.patient else settings.silence
        if silence >= wait - 1e-9 or self.now - self._began >= settings.longest:
            self.in_turn = False
            signs.append(Sign.ENDED)
        return signs


def unfinished(text: str) -> bool:
    """Whether somebody who said ``text`` will probably go on."""
    words = text.lower().replace(",", " ").split()
    return len(words) >= _LEAST and words[-1] in _GOES_ON
