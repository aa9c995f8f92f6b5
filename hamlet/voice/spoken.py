"""Text as it is spoken, and back: "$1,250" ↔ "one thousand two hundred fifty dollars".

Recognisers and synthesisers deal in words; the understanding and the captions deal in text as people write it.
"""

import re
import unicodedata
from collections.abc import Iterator

__all__ = ["number_words", "spoken", "written"]

_ONES = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
]
_TENS = ["zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth"}
_ORDINALS |= {"twelve": "twelfth"}
_SMALL = {word: value for value, word in enumerate(_ONES)} | {word: 10 * at for at, word in enumerate(_TENS) if at > 1}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000}
_NUMBER = re.compile(r"(\$)?(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?(st|nd|rd|th)?(%)?")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*")
_LARGEST = 999_999_999


def spoken(text: str) -> list[str]:
    """The words of ``text`` as one says them: lower case, with their apostrophes, numbers written out."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("’", "'").replace("‘", "'"))
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    return _WORD.findall(_NUMBER.sub(_said, plain).replace("-", " "))


def number_words(value: int, *, with_and: bool = False) -> list[str]:
    """``value`` in 0 … 999,999,999 as words; ``with_and`` as the British say it."""
    if value < 20:
        return [_ONES[value]]
    if value < 100:
        return [_TENS[value // 10], *([_ONES[value % 10]] if value % 10 else [])]
    scale, name = next((size, word) for word, size in reversed(_SCALES.items()) if value >= size)
    head, rest = divmod(value, scale)
    words = [*number_words(head, with_and=with_and), name]
    if rest:
        joined = ["and"] if with_and and (scale == 100 or rest < 100) else []
        words += [*joined, *number_words(rest, with_and=with_and)]
    return words


def written(words: list[str]) -> str:
    """``words`` as text: numbers as digits, "… dollars" as "$…"; nothing else is changed."""
    return " ".join(_pieces(words))


def _pieces(words: list[str]) -> Iterator[str]:
    at = 0
    while at < len(words):
        value, end = _number_at(words, at)
        if end == at or (words[at:end] == ["one"] and words[end : end + 1] != ["dollars"]):
            yield words[at]  # "this one" is no number
            at += 1
        elif words[end : end + 1] == ["dollars"]:
            yield f"${value:,}"
            at = end + 1
        else:
            yield f"{value:,}" if value >= 10_000 else str(value)
            at = end


def _number_at(words: list[str], at: int) -> tuple[int, int]:
    """The number that begins at ``at``, and where it ends (``at`` where there is none)."""
    total, part, begun = 0, 0, at
    last = 10**9  # the unit that was said last: twenty five is one number, five twenty is two
    while at < len(words):
        word = words[at]
        if word in _SMALL:
            size = 1 if _SMALL[word] < 10 else 10 if _SMALL[word] >= 20 else 2
            if not (last > 10 or (last == 10 and size == 1 and _SMALL[word])):
                break
            part, last = part + _SMALL[word], size
        elif word == "hundred" and 0 < part < 100:
            part, last = part * 100, 100
        elif word in ("thousand", "million") and part:
            total, part, last = total + part * _SCALES[word], 0, _SCALES[word]
        elif not (word == "and" and at > begun and last >= 100 and words[at + 1 : at + 2] and words[at + 1] in _SMALL):
            break
        at += 1
    return total + part, at


def _said(found: re.Match[str]) -> str:
    dollars, digits, decimals, ordinal, percent = found.groups()
    value = int(digits.replace(",", ""))
    if value > _LARGEST or (digits.startswith("0") and len(digits) > 1):
        words = [_ONES[int(digit)] for digit in digits if digit.isdigit()]
    elif not dollars and not decimals and "," not in digits and 1900 <= value <= 2099 and value % 100 > 9:
        words = [*number_words(value // 100), *number_words(value % 100)]  # a year
    else:
        words = number_words(value)
    if ordinal:
        last = words[-1]
        words[-1] = _ORDINALS.get(last) or (last[:-1] + "ieth" if last.endswith("y") else last + "th")
    if decimals and not dollars:
        words += ["point", *(_ONES[int(digit)] for digit in decimals)]
    words += ["dollars"] if dollars else []
    if decimals and dollars and int(decimals):
        words += ["and", *number_words(int(decimals[:2].ljust(2, "0"))), "cents"]
    words += ["percent"] if percent else []
    return f" {' '.join(words)} "
