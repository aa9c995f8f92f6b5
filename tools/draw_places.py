"""``python tools/draw_places.py``: the page's buildings (``frontend/src/map/drawings.ts``) as pictures for the GIFs.

Writes ``hamlet/snapshots/art/places.png``, a row of squares in the order of ``places.json`` (the last is the house
for a place without a drawing of its own). Needs node, ``frontend/node_modules`` and a Chromium; run it after a change
of the drawings.
"""

import json
import shutil
import subprocess
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
ART = ROOT / "hamlet" / "snapshots" / "art"
SIZE = 48
_SCRIPT = """
const ts = require("typescript"), fs = require("fs");
const text = fs.readFileSync("src/map/drawings.ts", "utf8");
const module_ = { exports: {} };
const { outputText } = ts.transpileModule(text, { compilerOptions: { module: "CommonJS" } });
new Function("exports", outputText)(module_.exports);
const names = [...text.matchAll(/^  (\\w+): strokes\\(/gm)].map((found) => found[1]);
console.log(JSON.stringify([...names, ""].map((name) => [name, module_.exports.building(name)])));
"""
_FILL = {"wall": "#fffdf6", "roof": "#c9b48c", "glow": "#ffd479", "leaf": "#b9c891"}
_WIDTH = {"thick": 3.6, "glow": 1.6, "line": 1.8, "smoke": 1.3}


def main() -> None:
    drawn = subprocess.run(
        ["node", "-e", _SCRIPT], cwd=ROOT / "frontend", check=True, capture_output=True, text=True
    ).stdout
    places: list[tuple[str, list[dict[str, str]]]] = json.loads(drawn)
    pictures = "".join(_picture(strokes, number) for number, (_, strokes) in enumerate(places))
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIZE * len(places)}" height="{SIZE}">{pictures}</svg>'
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": SIZE * len(places), "height": SIZE})
        page.set_content(f"<style>*{{margin:0}}svg{{display:block}}</style>{svg}")
        page.screenshot(path=ART / "places.png", omit_background=True)
        browser.close()
    (ART / "places.json").write_text(json.dumps([name for name, _ in places]) + "\n")


def _picture(strokes: list[dict[str, str]], number: int) -> str:
    paths = "".join(
        f'<path d="{stroke["d"]}" fill="{_FILL.get(stroke["part"], "none")}" stroke="#1d1a16"'
        f' stroke-width="{_WIDTH.get(stroke["part"], 2.2)}" stroke-linejoin="round" stroke-linecap="round"/>'
        for stroke in strokes
    )
    scale = SIZE / 68
    return f'<g transform="translate({number * SIZE} 0) scale({scale}) translate(2 4)">{paths}</g>'


if __name__ == "__main__":
    main()
