"""Text as tokens: lower case, contractions written out, and for each word how often it is turned round."""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from hamlet.conversation.lexicon import Lexicon

__all__ = ["BREAK", "Token", "split", "tokenise"]

BREAK = "|"
"""The token at the end of a clause."""

_NOT = re.compile(
    r"\b(ca|wo|sha|do|does|did|is|are|was|were|has|have|had|would|could|should|might|must|need|ai)n'?t\b|\bcannot\b"
)
_VERB = {"ca": "can", "wo": "will", "sha": "will", "ai": "is"}
_HALVES = (
    (re.compile(r"\b(i)'?m\b"), r"\1 am"),
    (re.compile(r"\b(you|we|they)'re\b"), r"\1 are"),
    (re.compile(r"\b(i|you|we|they)'?ve\b"), r"\1 have"),
    (re.compile(r"\b(i|you|he|she|we|they|it|that)'ll\b"), r"\1 will"),
    (re.compile(r"\b(youll|theyll|itll)\b"), lambda found: found[1][:-2] + " will"),
    (re.compile(r"\b(youre|theyre)\b"), lambda found: found[1][:-2] + " are"),
    (re.compile(r"\b(i|you|he|she|we|they)'d\b"), r"\1 would"),
    (re.compile(r"\b(it|that|he|she|what|who|where|how|there|here|when)'s\b"), r"\1 is"),
    (re.compile(r"\b(its|thats|whats|whos|theres|heres)\b"), lambda found: found[1][:-1] + " is"),
    (re.compile(r"\blet'?s\b"), "lets"),
    (re.compile(r"\bgonna\b"), "going to"),
    (re.compile(r"\bwanna\b"), "want to"),
    (re.compile(r"\bgotta\b"), "got to"),
    (re.compile(r"\bdunno\b"), "not know"),
)
_BETWEEN = r"((?: (?:really|simply|just|even|honestly|certainly|definitely))?)"
_DO = re.compile(r"\b(?:do|does) not\b")
_MODAL = re.compile(rf"\b(can|could|will|would|shall|should|may|might|must){_BETWEEN} (not|never)\b")
_PIECES = re.compile(r"[a-z]+(?:'[a-z]+)*|\d[\d.,]*|[.!?;:,\-–—()]")
_MOST = 2_000  # characters that are looked at: nobody says more in a turn


class Token(NamedTuple):
    """``word``, and ``turns``: the negators whose scope it stands in (0, 1, 2 …)."""

    word: str
    turns: int

    @property
    def negated(self) -> bool:
        return self.turns % 2 == 1


def tokenise(text: str, lexicon: Lexicon) -> list[Token]:
    """The tokens of ``text``, ``BREAK`` between clauses; numbers are ``"#"``.

    A negator stands before the verb that it turns round ("can't" → "not can", "don't" → "not"). Its scope ends with
    the clause; in a scope within a scope the word is said twice to be not so, and counts 2.
    """
    words = _idioms(_words(text[:_MOST]), lexicon)
    tokens: list[Token] = []
    turns = 0
    for at, word in enumerate(words):
        if word == BREAK or word in lexicon.breaks:
            turns = 0
            tokens.append(Token(word, 0))
        elif word in lexicon.negators and not (word == "no" and _answers(words, at, lexicon)):
            tokens.append(Token(word, turns))
            turns += 1
        elif word in lexicon.opposites:
            turns += 1
            tokens += [Token("not", turns), Token(lexicon.opposites[word], turns)]
        else:
            tokens.append(Token(word, turns))
    return tokens


def split(tokens: Sequence[Token]) -> list[list[Token]]:
    """The clauses of two words or more."""
    clauses: list[list[Token]] = [[]]
    for token in tokens:
        if token.word in (BREAK, "but"):
            clauses.append([])
        else:
            clauses[-1].append(token)
    return [clause for clause in clauses if len(clause) > 1]


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.lower().replace("’", "'").replace("‘", "'").replace("`", "'"))
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    plain = _NOT.sub(lambda found: f"{_VERB.get(found[1] or 'ca', found[1])} not", plain)
    for pattern, replacement in _HALVES:
        plain = pattern.sub(replacement, plain)
    plain = _DO.sub("not", plain)
    plain = _MODAL.sub(r"\3 \1\2", plain)
    words: list[str] = []
    for piece in _PIECES.findall(plain):
        if piece[0].isdigit():
            words.append("#")
        elif not piece[0].isalpha():
            words.append(BREAK)
        else:
            words.append(piece.replace("'", ""))
    return words


def _answers(words: list[str], at: int, lexicon: Lexicon) -> bool:
    """Whether the "no" at ``at`` is an answer and turns nothing round."""
    return at + 1 == len(words) or words[at + 1] not in lexicon.no_joins


def _idioms(words: list[str], lexicon: Lexicon) -> list[str]:
    found: list[str] = []
    at = 0
    while at < len(words):
        for length in range(min(lexicon.longest_idiom, len(words) - at), 0, -1):
            meant = lexicon.idioms.get(tuple(words[at : at + length]))
            if meant is not None:
                found += meant
                at += length
                break
        else:
            found.append(words[at])
            at += 1
    return found
