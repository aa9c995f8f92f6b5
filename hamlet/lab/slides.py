"""Slides: one Markdown file and one HTML file, a slide a section, with what the speaker says below each."""

import base64
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

import msgspec

from hamlet.lab.page import letters

__all__ = ["Slide", "as_html", "as_markdown"]


class Slide(msgspec.Struct, frozen=True):
    """``points``: a line each, as it stands on the slide; ``notes``: what is said; ``pictures``: files in the
    lecture's folder, PNG or GIF."""

    title: str
    points: tuple[str, ...]
    notes: str
    pictures: tuple[str, ...] = ()


def as_markdown(title: str, question: str, slides: Sequence[Slide]) -> str:
    """Slides apart by ``---``, notes in HTML comments: what Marp, Pandoc and reveal.js read."""
    parts = [f"# {title}\n\n{question}"]
    for slide in slides:
        points = "\n".join(f"* {point}" for point in slide.points)
        pictures = "\n".join(f"![{slide.title}]({name})" for name in slide.pictures)
        notes = f"<!--\n{slide.notes.replace('--', '–')}\n-->"
        parts.append("\n\n".join(filter(None, [f"## {slide.title}", points, pictures, notes])))
    return "\n\n---\n\n".join(parts) + "\n"


def as_html(title: str, question: str, slides: Sequence[Slide], folder: Path) -> str:
    """One file with everything in it: arrow keys turn the slides, N shows the notes."""
    cover = f"<section class=cover><h1>{escape(title)}</h1><p>{escape(question)}</p><p class=help>{_HELP}</p></section>"
    body = cover + "".join(_slide(slide, folder) for slide in slides)
    head = f"<meta charset=utf-8><meta name=viewport content='width=device-width'><title>{escape(title)}</title>"
    look = f"<style>{letters()}{_STYLE}</style>"
    return f"<!doctype html><html lang=en>{head}{look}<main>{body}</main><script>{_TURN}</script></html>\n"


def _slide(slide: Slide, folder: Path) -> str:
    points = "".join(f"<li>{marked(point)}</li>" for point in slide.points)
    pictures = "".join(_picture(folder / name, slide.title) for name in slide.pictures)
    notes = "".join(f"<p>{marked(paragraph)}</p>" for paragraph in slide.notes.split("\n\n") if paragraph.strip())
    kind = " class=shown" if slide.pictures else ""
    told = f"<aside aria-label='Speaker notes'>{notes}</aside>"
    return f"<section{kind}><h2>{escape(slide.title)}</h2><ul>{points}</ul><div>{pictures}</div>{told}</section>"


def _picture(file: Path, title: str) -> str:
    data = base64.b64encode(file.read_bytes()).decode()
    return f'<img alt="{escape(title, quote=True)}" src="data:image/{file.suffix[1:]};base64,{data}">'


def marked(text: str) -> str:
    """Text with *stress* and `code` as HTML; everything else is text."""
    safe = escape(" ".join(text.split()))
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", re.sub(r"\*([^*]+)\*", r"<em>\1</em>", safe))


_HELP = "← → turn the slides · N the speaker notes"
_TURN = """
const all=[...document.querySelectorAll('section')];
let at=Math.max(0,Math.min(all.length-1,(+location.hash.slice(1)||1)-1));
const go=n=>{at=Math.max(0,Math.min(all.length-1,n));all[at].scrollIntoView();
history.replaceState(null,'','#'+(at+1))};
addEventListener('keydown',e=>{if(['ArrowRight','PageDown',' '].includes(e.key)){e.preventDefault();go(at+1)}
if(['ArrowLeft','PageUp'].includes(e.key)){e.preventDefault();go(at-1)}
if(e.key==='n'||e.key==='N')document.body.classList.toggle('notes')});
if(at)go(at);
"""
_STYLE = """
:root{--paper:#f6f1e4;--ink:#1d1a16;--faded:#645d51;--rule:#d8cfba;--agent:#b8370f;color-scheme:light}
*{box-sizing:border-box}html{scroll-snap-type:y proximity}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 Inter,system-ui,sans-serif}
section{min-height:100vh;padding:6vh 7vw;scroll-snap-align:start;display:grid;align-content:center;gap:1.4rem 3rem;
border-bottom:1px solid var(--rule)}
section.shown{grid-template-columns:minmax(16rem,1fr) minmax(0,1.7fr)}section.shown>h2,section>aside{grid-column:1/-1}
h1,h2{font:400 3.4rem/1.08 "EB Garamond",Georgia,serif;margin:0;text-wrap:balance}h2{font-size:2.5rem}
.cover p{font:1.5rem/1.4 "EB Garamond",Georgia,serif;margin:0}
.cover .help{font:.85rem Inter,sans-serif;color:var(--faded)}
ul{margin:0;padding:0;list-style:none;font:1.35rem/1.4 "EB Garamond",Georgia,serif;max-width:38rem}
li{margin:0 0 .9rem}
div{display:grid;gap:1rem;align-content:start}
img{max-width:100%;max-height:72vh;border:1px solid var(--rule);border-radius:4px}
aside{display:none;columns:2 22rem;gap:2.4rem;font-size:.86rem;color:var(--faded);border-top:1px solid var(--rule);
padding-top:1rem}
.notes aside{display:block}aside p{margin:0 0 .7rem}code{font-family:ui-monospace,monospace;font-size:.85em}
@media(max-width:50rem){section.shown{grid-template-columns:1fr}h1{font-size:2.4rem}h2{font-size:1.9rem}}
@media print{aside{display:block}}
"""
