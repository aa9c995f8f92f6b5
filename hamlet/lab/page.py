"""One HTML file with everything in it: tables, figures, letters. Paper and ink by day, lamplight at night."""

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path

import msgspec
from rich.table import Table

from hamlet.tables import ruled

__all__ = ["Picture", "Section", "Sheet", "letters", "page"]

_FONTS = Path(__file__).parent / "fonts"


class Sheet(msgspec.Struct, frozen=True):
    """A table: ``columns`` and ``rows`` as text; the first ``words`` columns are words, the others figures."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    words: int = 1

    def on_terminal(self) -> Table:
        """For a terminal."""
        table = ruled(self.title)
        for number, column in enumerate(self.columns):
            words = number < self.words
            table.add_column(column, justify="left" if words else "right", no_wrap=not words)
        for row in self.rows:
            table.add_row(*row)
        return table

    def as_html(self) -> str:
        """With its title as caption."""
        head = "".join(f"<th{self._kind(n)}>{escape(name)}</th>" for n, name in enumerate(self.columns))
        rows = "".join(
            "<tr>" + "".join(f"<td{self._kind(n)}>{escape(cell)}</td>" for n, cell in enumerate(row)) + "</tr>"
            for row in self.rows
        )
        title = f"<caption>{escape(self.title)}</caption>"
        return f"<div class=wide><table>{title}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"

    def _kind(self, column: int) -> str:
        return " class=words" if column < self.words else ""


class Picture(msgspec.Struct, frozen=True):
    """A PNG or GIF; ``words``: what it shows, for those who do not see it too."""

    file: Path
    title: str
    words: str

    def as_html(self) -> str:
        """The picture itself, within the page."""
        data = base64.b64encode(self.file.read_bytes()).decode()
        source = f"data:image/{self.file.suffix.lstrip('.')};base64,{data}"
        alt = escape(f"{self.title}. {self.words}", quote=True)
        caption = f"<figcaption>{escape(self.words)}</figcaption>"
        return f'<figure><img src="{source}" alt="{alt}" loading=lazy>{caption}</figure>'


class Section(msgspec.Struct, frozen=True):
    """A heading and what stands under it: paragraphs, code (a list of lines), tables, pictures."""

    title: str
    parts: Sequence[str | list[str] | Sheet | Picture]


def page(title: str, lead: str, sections: Sequence[Section]) -> str:
    """The whole file. Text is text: nothing in it is taken for HTML."""
    body = "".join(_section(section) for section in sections)
    return (
        f'<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width">'
        f"<title>{escape(title)}</title><style>{letters()}{_STYLE}</style>"
        f"<main><h1>{escape(title)}</h1><p class=lead>{escape(lead)}</p>{body}</main></html>\n"
    )


def _section(section: Section) -> str:
    def one(part: str | list[str] | Sheet | Picture) -> str:
        if isinstance(part, str):
            return f"<p>{escape(part)}</p>"
        if isinstance(part, list):
            return f"<pre>{escape(chr(10).join(part))}</pre>"
        return part.as_html()

    return f"<section><h2>{escape(section.title)}</h2>{''.join(map(one, section.parts))}</section>"


def letters() -> str:
    """The fonts, as CSS with the files in it."""

    def face(family: str, file: str, style: str) -> str:
        data = base64.b64encode((_FONTS / file).read_bytes()).decode()
        return f'@font-face{{font-family:"{family}";font-style:{style};src:url(data:font/ttf;base64,{data})}}'

    return face("EB Garamond", "EBGaramond-Regular.ttf", "normal") + face("Inter", "Inter-Regular.ttf", "normal")


_STYLE = """
:root{color-scheme:light dark;--paper:#f6f1e4;--card:#fdfaf1;--ink:#1d1a16;--faded:#645d51;
--rule:#d8cfba}
@media(prefers-color-scheme:dark){:root{--paper:#14161c;--card:#1b1e26;--ink:#f1eadb;--faded:#a39d92;
--rule:#30343e}img{filter:brightness(.92)}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.55 Inter,system-ui,sans-serif}
main{max-width:62rem;margin:0 auto;padding:3rem 1.2rem 5rem}
h1,h2,caption{font-family:"EB Garamond",Georgia,serif;font-weight:400;text-wrap:balance}
h1{font-size:2.5rem;line-height:1.1;margin:0 0 .4rem}h2{font-size:1.6rem;margin:3rem 0 .6rem}
caption{font-size:1.15rem;text-align:left;padding:.2rem 0 .4rem}
.lead{color:var(--faded);font:1.15rem/1.5 "EB Garamond",Georgia,serif;margin:0;max-width:46rem}p{max-width:46rem}
figure{margin:1.4rem 0 2.2rem}img{width:100%;height:auto;display:block;border:1px solid var(--rule);border-radius:4px}
figcaption{color:var(--faded);font-size:.82rem;margin-top:.5rem;max-width:46rem}
.wide{overflow-x:auto;margin:1.2rem 0}table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.86rem}
th,td{padding:.32rem .9rem .32rem 0;text-align:right;border-bottom:1px solid var(--rule);white-space:nowrap}
th{color:var(--faded);font-weight:400}.words{text-align:left}
pre{background:var(--card);border:1px solid var(--rule);border-radius:4px;padding:.9rem 1.1rem;overflow-x:auto;
font:12.5px/1.5 ui-monospace,monospace;max-height:30rem}
"""
