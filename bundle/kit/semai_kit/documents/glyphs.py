"""Which characters the PDF's own fonts can show, and what stands for the others.

The fonts every reader has (Times, Symbol, Dingbats) cover Indonesian, signs such as ≥ and →, and Western European
names. A letter beyond them loses its mark (ğ becomes g), and what has no such form becomes a question mark.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from html import escape

from reportlab.pdfbase.pdfmetrics import getFont, stringWidth, unicode2T1

PLAIN = "Times-Roman"
BOLD = "Times-Bold"
KNOWN_ODDITIES = {
    "\u2011": "-",
    "\u2010": "-",
    "\u2212": "-",
    "\u200b": "",
    "\ufeff": "",
    "\u00ad": "",
    "\u2032": "'",
}


def plain(text: str) -> str:
    """Text as markup: escaped, and printable."""
    return printable(escape(text, quote=False))


def printable(markup: str) -> str:
    return "".join(_shown(character) if ord(character) > 126 else character for character in markup)


def width(text: str, size: float, bold: bool = False) -> float:
    """Points that a line of text takes."""
    return float(stringWidth(text, BOLD if bold else PLAIN, size))


@lru_cache(maxsize=4096)
def _shown(character: str) -> str:
    if character in KNOWN_ODDITIES:
        return KNOWN_ODDITIES[character]
    if _in_a_font(character):
        return character
    simpler = [part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part)]
    shown = "".join(part for part in simpler if ord(part) < 127 or _in_a_font(part))
    return escape(shown, quote=False) or "?"


def _in_a_font(character: str) -> bool:
    font = getFont(PLAIN)
    pieces = unicode2T1(character, [font, *font.substitutionFonts])
    return all(piece_font is not font._notdefFont or text != font._notdefChar for piece_font, text in pieces)
