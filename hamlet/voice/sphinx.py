"""pocketsphinx as two recognisers of the same sound. Imported in the worker process only.

One knows what people say in such talks, and little else: a small language model over a cut dictionary. It is quick and
right, and hears *something* of that kind in anything. The other knows general English: where it finds likelier words
for the same sound, what was said was something else.
"""

import fcntl
import hashlib
import math
import os
import struct
import tempfile
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import pocketsphinx

from hamlet.atomic import write_atomic
from hamlet.voice.audio import BYTES
from hamlet.voice.corpus import sentences
from hamlet.voice.denoise import Denoiser
from hamlet.voice.hearing import Transcript
from hamlet.voice.ngrams import arpa
from hamlet.voice.spoken import written

__all__ = ["Sphinx"]

_KNOWN = 1.5  # seconds of an utterance from which a voice is known
_LESS_LIKELY = 0.01  # logarithm, for each word, by which ours may be the less likely: the general one knows more words
_LEAST = 1e-300
_NOTHING = ",".join(["0"] * 13)  # cepstra
_PRIOR = 500  # frames that pocketsphinx counts the mean that it is given for

# What the dictionary that ships with it lacks or says otherwise: British spellings, and sounds.
_SAID = {
    "authorise": "AO TH ER AY Z",
    "breadline": "B R EH D L AY N",
    "dialled": "D AY AH L D",
    "hiya": "HH AY AH",
    "hm": "HH AH M",
    "hmm": "HH AH M",
    "instalment": "IH N S T AO L M AH N T",
    "instalments": "IH N S T AO L M AH N T S",
    "mm": "AH M",
    "patronise": "P EY T R AH N AY Z",
    "pff": "P AH F",
    "postcode": "P OW S T K OW D",
    "skint": "S K IH N T",
}
# The general one only has to say whether something else was said: a fraction of its beam, one pass.
_NARROW = {"fwdflat": False, "bestpath": False, "maxhmmpf": 800, "maxwpf": 5}
_Dictionary = dict[str, list[str]]


class Sphinx:
    """One person, one utterance at a time: ``feed`` it, ``partial`` at any time, ``finish``; then the next begins.
    ``cache``: where the language model that is made on first use is kept."""

    def __init__(self, cache: Path | None = None) -> None:
        home = Path(pocketsphinx.get_model_path()) / "en-us"
        model, cut = _prepared(home, cache or _cache())
        acoustic, quiet = str(home / "en-us"), {"loglevel": "FATAL"}
        self._ours = pocketsphinx.Decoder(hmm=acoustic, lm=str(model), dict=str(cut), **quiet)
        general = home / "en-us.lm.bin"
        words = cut.with_name(f"general-{cut.name}")
        self._general = pocketsphinx.Decoder(hmm=acoustic, lm=str(general), dict=str(words), **_NARROW, **quiet)
        self._denoiser = Denoiser()
        self._first = bytearray()  # of an utterance that is not begun
        self._begun = self._known = False

    def feed(self, pcm: bytes) -> None:
        self._take(self._denoiser.feed(pcm))

    def _take(self, pcm: bytes) -> None:
        if not pcm:
            return  # pocketsphinx fails on nothing, and a pause can leave nothing to begin with
        if self._begun:
            for decoder in self._decoders:
                decoder.process_raw(pcm, False, False)
            return
        self._first += pcm
        if self._known or len(self._first) >= _KNOWN * BYTES:
            self._begin()

    def partial(self) -> str:
        return written(_words(self._ours)) if self._begun else ""

    def finish(self) -> Transcript:
        self._take(self._denoiser.finish())
        if not self._begun:
            if not self._first:
                return Transcript("")
            self._begin()
        self._begun = False
        for decoder in self._decoders:
            decoder.end_utt()
        heard, general = _words(self._ours), _words(self._general)
        sure = _likelier(self._ours, self._general) + _LESS_LIKELY * len(heard) if heard else -float(len(general))
        return Transcript(written(heard if sure >= 0.0 else general), sure=sure)

    def reset(self) -> None:
        if self._begun:
            self.finish()
        self._denoiser.finish()
        self._first.clear()

    def _begin(self) -> None:
        """Recognisers subtract the mean of a voice in its room, which they would learn over many seconds: the first
        time it is taken from what is said, or a voice unlike the one they were trained on costs half of the words."""
        first = bytes(self._first)
        self._first.clear()
        if not self._known:
            mean = _mean(self._ours, first)
            for decoder in self._decoders:
                decoder.set_cmn(mean)
            self._known = len(first) >= _KNOWN * BYTES
        for decoder in self._decoders:
            decoder.start_utt()
            decoder.process_raw(first, False, False)
        self._begun = True

    @property
    def _decoders(self) -> Sequence[pocketsphinx.Decoder]:
        return self._ours, self._general


def _mean(decoder: pocketsphinx.Decoder, sound: bytes) -> str:
    """The mean cepstrum of ``sound``, as the decoder takes it."""
    decoder.set_cmn(_NOTHING)
    decoder.start_utt()
    decoder.process_raw(sound, True, False)
    decoder.end_utt()
    frames = max(1, decoder.n_frames())
    share = (_PRIOR + frames) / frames
    return ",".join(f"{share * float(value):.4f}" for value in decoder.get_cmn(False).split(","))


def _likelier(ours: pocketsphinx.Decoder, general: pocketsphinx.Decoder) -> float:
    """How much likelier the words of the one are than those of the other, as the logarithm of their scores."""
    one, other = ours.hyp(), general.hyp()
    return math.log(max(one.best_score, _LEAST) / max(other.best_score, _LEAST)) if one and other else 0.0


def _words(decoder: pocketsphinx.Decoder) -> list[str]:
    found = decoder.hyp()
    return str(found.hypstr).split() if found else []


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "hamlet"


def _prepared(home: Path, cache: Path) -> tuple[Path, Path]:
    """The language model and the dictionary; made where ``cache`` has none of these very sentences."""
    spelt = list(sentences())
    told = hashlib.sha256(repr((spelt, _SAID)).encode()).hexdigest()[:16]
    model, cut = cache / f"{told}.arpa", cache / f"{told}.dict"
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError:  # nowhere to keep it: made anew by each process
        return _prepared(home, Path(tempfile.mkdtemp(prefix="hamlet-voice-")))
    with open(cache / "voice.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the first of several workers makes them
        if not (model.exists() and cut.exists()):
            _make(home, model, cut, spelt)
    return model, cut


def _make(home: Path, model: Path, cut: Path, spelt: Sequence[list[str]]) -> None:
    dictionary = _dictionary(home / "cmudict-en-us.dict")
    known = frozenset(word for words in spelt for word in words if word in dictionary)
    general = _vocabulary(home / "en-us.lm.bin") & dictionary.keys()
    write_atomic(cut.with_name(f"general-{cut.name}"), _lines(dictionary, general))
    write_atomic(model, arpa(words for words in spelt if known.issuperset(words)).encode())
    write_atomic(cut, _lines(dictionary, known))


def _dictionary(path: Path) -> _Dictionary:
    found: _Dictionary = {}
    for line in path.read_text("utf-8").splitlines():
        word, _, sounds = line.partition(" ")
        found.setdefault(word.partition("(")[0], []).append(sounds)
    for word, sounds in _SAID.items():
        found.setdefault(word, []).append(sounds)
    return found


def _lines(dictionary: _Dictionary, words: set[str] | frozenset[str]) -> bytes:
    lines = []
    for word in sorted(words):
        for number, sounds in zip(count(1), dictionary[word], strict=False):
            lines.append(f"{word}({number}) {sounds}" if number > 1 else f"{word} {sounds}")
    return "\n".join([*lines, ""]).encode()


def _vocabulary(model: Path) -> frozenset[str]:
    """The words of a language model in pocketsphinx's binary format: they stand at its end, after their length.
    Loading the dictionary without the 60,000 other words takes 1 s instead of 7."""
    data = model.read_bytes()
    for length in range(100_000, len(data) - 4):
        if struct.unpack_from("<I", data, len(data) - length - 4)[0] == length:
            return frozenset(data[-length:].decode("latin-1").split("\0"))
    raise ValueError(f"{model}: found no list of words at its end")
