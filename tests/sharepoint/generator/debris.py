"""What editors and browsers leave in a text: the same words, hidden under markup."""

import unicodedata

from .articles import Item, Version
from .blocks import addressed

ZERO_WIDTH = "\u200b"
_WORD = [
    ("<p>", "<p class=\"MsoNormal\" style=\"margin:0cm 0cm 8pt;mso-line-height-rule:exactly\"><font face=\"Times New Roman\" size=\"3\">"
            "<span style=\"font-size:13.0pt;mso-fareast-language:VI\">"),
    ("</p>", "<o:p></o:p></span></font></p>"),
    ("<h2>", "<h2 class=\"ms-rteElement-H2\">"),
    ("<strong>", "<strong class=\"ms-rteFontSize-2\" style=\"mso-bidi-font-weight:normal\">"),
    ("<table>", "<table class=\"MsoTableGrid ms-rteTable-default\" border=\"1\" cellspacing=\"0\" "
                "style=\"border-collapse:collapse;mso-yfti-tbllook:1184\">"),
    ("<td>", "<td valign=\"top\" style=\"width:200px;mso-border-alt:solid windowtext .5pt\">"),
]
_BEFORE = "<!--[if gte mso 9]><xml><w:WordDocument></w:WordDocument></xml><![endif]-->"
_EMPTY = "<p class=\"MsoNormal\"><o:p>&#160;</o:p></p>"


def body(item: Item, version: Version) -> str:
    html = addressed(item.body, version.blocks)
    if not html:
        return html
    damage = item.damage
    if item.body.foreign:
        html += item.body.foreign
    if "word" in damage:
        for clean, dirty in _WORD:
            html = html.replace(clean, dirty)
        html = _BEFORE + html + _EMPTY
    if "zero_width" in damage:
        html = html.replace(". ", f".{ZERO_WIDTH} ").replace("</p>", "&#8203;</p>", 1)
    if "nfd" in damage:
        html = unicodedata.normalize("NFD", html)
    return wrapped(item, html) if "wrapped" in damage else html


def wrapped(item: Item, html: str) -> str:
    html = html.replace(":", "&#58;")
    # Names of elements are not escaped.
    for prefix in ("<o", "</o", "<w", "</w"):
        html = html.replace(f"{prefix}&#58;", f"{prefix}:")
    digits = item.guid.replace("-", "").upper()
    html = f'<div class="ExternalClass{digits}">{html}</div>'
    return f'<div class="ExternalClass{digits[::-1]}">{html}</div>' if item.id % 10 == 0 else html


def summary(item: Item) -> str:
    plain = line(item, item.values["summary"])
    return wrapped(item, plain) if "wrapped" in item.damage and item.id % 4 == 0 else plain


def line(item: Item, plain: str) -> str:
    """A text without markup."""
    if "zero_width" in item.damage:
        plain = plain.replace(" ", f"{ZERO_WIDTH} ", 1) + ZERO_WIDTH
    return unicodedata.normalize("NFD", plain) if "nfd" in item.damage else plain
