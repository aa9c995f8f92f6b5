"""From Chromium's microphone to its loudspeaker: the page itself, its server, and everything between.

Chromium's fake microphone says a file in real time. Beside the page's own nodes, in the same audio clock, hang two
that note how loud it is: one after the microphone, one before the loudspeaker.
"""

import shutil
import subprocess
import sys
import tempfile
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page, sync_playwright

from benchmarks.bench_viewer import served
from benchmarks.voice.latency import Percentiles, percentiles
from benchmarks.voice.people import spoken_in_turn, trimmed
from hamlet.settings import ROOT
from hamlet.snapshots.services import BROWSERS
from hamlet.voice.audio import RATE, Samples, as_samples

__all__ = ["in_the_browser", "microphone"]

_SAID = ("Yes, speaking.", "I lost my job in spring.", "I cannot pay that now.", "What can I do about it?")
_PAUSE = 12.0  # seconds between two sentences: longer than any answer
_LOUD = 0.01  # of full scale; a block of 128 samples that has it is sound
_GAP = 3.0  # seconds of quiet after which a sentence has ended
_CALL = 60.0  # seconds of one call; then the page is opened anew
_NOTES = """
window.loud = {microphone: [], loudspeaker: []};
const connect = AudioNode.prototype.connect;
function note(node, name) {
  const noting = node.context.createScriptProcessor(512, 1, 1);
  noting.onaudioprocess = ({ inputBuffer, playbackTime }) => {
    const samples = inputBuffer.getChannelData(0);
    for (let at = 0; at < samples.length; at += 128) {
      let sum = 0;
      for (let i = at; i < at + 128; i++) sum += samples[i] * samples[i];
      if (Math.sqrt(sum / 128) > LOUD) window.loud[name].push(playbackTime + at / node.context.sampleRate);
    }
  };
  connect.call(node, noting);
  connect.call(noting, node.context.destination);
}
AudioNode.prototype.connect = function (to, ...more) {
  if (this instanceof MediaStreamAudioSourceNode) note(this, "microphone");
  if (to instanceof AudioDestinationNode) note(this, "loudspeaker");
  return connect.call(this, to, ...more);
};
""".replace("LOUD", str(_LOUD))


def in_the_browser(turns: int) -> dict[str, Percentiles]:
    """In ms, of ``turns`` turns: from the last loud sample of the microphone to the first of the loudspeaker."""
    found: list[float] = []
    with tempfile.TemporaryDirectory(prefix="hamlet-voice-") as folder:
        sentences, data = [trimmed(pcm) for _, pcm in spoken_in_turn(list(_SAID))], Path(folder) / "data"
        speaking = microphone(Path(folder) / "said.wav", *sentences, before=_PAUSE, after=_PAUSE)
        training = ("main.py", "train", "--config", "configs/dialogue/dqn.yaml", "--episodes", "100", "--data", data)
        subprocess.run([sys.executable, *training], cwd=ROOT, check=True, capture_output=True)
        with served(data) as url:
            while len(found) < turns:
                with _page(url, speaking) as page:
                    page.locator('form[aria-label="Begin a call"] button[type=submit]').click()
                    page.get_by_role("button", name="Talk by voice").click()
                    page.wait_for_timeout(1000 * _CALL)
                    loud = page.evaluate("window.loud")
                answered = _answered(np.array(loud["microphone"]), np.array(loud["loudspeaker"]))
                if not answered:
                    raise SystemExit(f"browser: nothing was answered in a call of {_CALL:.0f} s")
                found += answered
                print(f"\r{len(found)} answers", end="", file=sys.stderr)
    return {"microphone to loudspeaker": percentiles(found), "turns": {"answered": len(found)}}


def _answered(microphone: NDArray[np.float64], loudspeaker: NDArray[np.float64]) -> list[float]:
    """Of both the times [s] of what was loud: the ms from each sentence's end to the first sound after it, where the
    loudspeaker was quiet when it ended."""
    ends = microphone[np.append(np.diff(microphone) > _GAP, False)] if len(microphone) else microphone
    found = []
    for end in ends:
        after = loudspeaker[loudspeaker > end]
        before = loudspeaker[loudspeaker <= end]
        if len(after) and after[0] < end + _PAUSE and not (len(before) and before[-1] > end - 0.2):
            found.append(1000.0 * float(after[0] - end))
    return found


def microphone(path: Path, *sounds: bytes, before: float, after: float) -> list[str]:
    """Write what Chromium's fake microphone says, again and again, with so many seconds of silence before all and after
    each of ``sounds``: 48,000 samples a second. Returns the flags with which it does."""
    whole = np.concatenate(
        [_quiet(before), *(part for pcm in sounds for part in (as_samples(pcm), _quiet(after)))], dtype=np.int16
    )
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        file.writeframes(np.repeat(whole, 3).tobytes())
    return [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={path}",
    ]


def _quiet(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), np.int16)


@contextmanager
def _page(url: str, speaking: list[str]) -> Iterator[Page]:
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    flags = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required", *speaking]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=flags)
        context = chromium.new_context(permissions=["microphone"])
        context.add_init_script(_NOTES)
        page = context.new_page()
        page.goto(f"{url}/talk")
        yield page
        chromium.close()
