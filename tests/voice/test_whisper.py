"""faster-whisper, really loaded and run, on a model of one layer with random weights: what it hears means nothing."""

from pathlib import Path
from typing import Any

import anyio.to_thread
import numpy as np
import pytest
from ctranslate2.specs.whisper_spec import WhisperSpec
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from hamlet.voice.engines import recogniser, settings_of
from hamlet.voice.workers import WorkerRecogniser
from tests.voice.support import silence, tone

_WIDTH, _MELS = 16, 80
_WORDS = [f"word{number}" for number in range(200)]
_MARKS = ["endoftext", "startoftranscript", "translate", "transcribe", "startoflm", "startofprev", "nospeech"]
_MARKS += ["notimestamps", *(f"{number * 0.02:.2f}" for number in range(1501))]
VOCABULARY = [*_WORDS, *(f"<|{mark}|>" for mark in _MARKS)]


def build(directory: Path) -> None:
    """Write such a model into ``directory``."""
    drawn = np.random.default_rng(0)

    def weights(*shape: int) -> Any:
        return (0.05 * drawn.standard_normal(shape)).astype(np.float32)

    def linear(layer: Any, out: int, given: int) -> None:
        layer.weight, layer.bias = weights(out, given), weights(out)

    def norm(layer: Any) -> None:
        layer.gamma, layer.beta = np.ones(_WIDTH, np.float32), np.zeros(_WIDTH, np.float32)

    def attends(layer: Any, *, itself: bool) -> None:
        norm(layer.layer_norm)
        sizes = (3, 1) if itself else (1, 2, 1)
        for part, size in zip(layer.linear, sizes, strict=True):
            linear(part, size * _WIDTH, _WIDTH)

    def thinks(layer: Any) -> None:
        norm(layer.layer_norm)
        linear(layer.linear_0, 4 * _WIDTH, _WIDTH)
        linear(layer.linear_1, _WIDTH, 4 * _WIDTH)

    spec = WhisperSpec(1, 2, 1, 2)
    for conv, given in ((spec.encoder.conv1, _MELS), (spec.encoder.conv2, _WIDTH)):
        conv.weight, conv.bias = weights(_WIDTH, given, 3), weights(_WIDTH)
    spec.encoder.position_encodings.encodings = weights(1500, _WIDTH)
    spec.decoder.position_encodings.encodings = weights(448, _WIDTH)
    spec.decoder.embeddings.weight = weights(len(VOCABULARY), _WIDTH)
    spec.decoder.projection.weight = weights(len(VOCABULARY), _WIDTH)
    for side in (spec.encoder, spec.decoder):
        norm(side.layer_norm)
        for layer in side.layer:
            attends(layer.self_attention, itself=True)
            thinks(layer.ffn)
            if side is spec.decoder:
                attends(layer.attention, itself=False)
    spec.register_vocabulary(VOCABULARY)
    spec.config.suppress_ids, spec.config.suppress_ids_begin = [], [VOCABULARY.index("<|endoftext|>")]
    spec.config.lang_ids, spec.config.alignment_heads = [], [[0, 0]]
    spec.validate()
    spec.save(str(directory))
    words = {word: at for at, word in enumerate(VOCABULARY)}
    Tokenizer(WordLevel(words, unk_token=_WORDS[0])).save(str(directory / "tokenizer.json"))


@pytest.mark.timeout(300)
async def test_a_whisper_from_a_directory_is_run(tmp_path_factory: pytest.TempPathFactory) -> None:
    directory = tmp_path_factory.getbasetemp() / "whisper"
    directory.mkdir()

    def configured() -> WorkerRecogniser:
        build(directory)
        return recogniser(settings_of({"HAMLET_WHISPER": str(directory)}))

    ears = await anyio.to_thread.run_sync(configured)
    await ears.start()
    try:
        ears.feed(silence(0.2) + tone(0.5))
        assert await ears.partial() == "", "Whisper has no partial results"
        first = await ears.finish()
        ears.feed(silence(0.2) + tone(0.5))
        assert await ears.finish() == first, "the same sound is heard the same way: nothing is carried over"
        assert (await ears.finish()).text == ""
    finally:
        await ears.close()
