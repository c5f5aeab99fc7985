"""Terms of managed metadata: each with the number that the site gives it, by which single values are labelled."""

import uuid
from dataclasses import dataclass

from . import words

_SPACE = uuid.UUID("6f9619ff-8b86-d011-b42d-00c04fc964ff")


@dataclass(frozen=True)
class Term:
    wss_id: int
    guid: str
    label: str
    known: bool = True  # whether the site's hidden list has it


def _term(number: int, label: str, known: bool = True) -> Term:
    return Term(number, str(uuid.uuid5(_SPACE, label)), label, known)


CATEGORIES = [_term(14 + number, label) for number, label in enumerate(words.CATEGORIES)]
TAGS = [_term(31 + number, label) for number, label in enumerate(words.TAGS)]
UNLABELLED = _term(777, "Thuật ngữ đã xóa", known=False)
# Longer than a tag may be.
ENDLESS = _term(778, "hội nghị trực tuyến toàn quốc về triển khai nhiệm vụ phát triển kinh tế - xã hội sáu tháng cuối năm")


def rows(verbose: bool) -> list[dict]:
    """What the hidden list of terms answers."""
    out = []
    for term in CATEGORIES + TAGS + [ENDLESS]:
        row = {"Id": term.wss_id, "ID": term.wss_id, "Title": term.label, "Term": term.label, "IdForTerm": term.guid, "IdForTermSet": str(_SPACE)}
        out.append({"__metadata": {"type": "SP.Data.TaxonomyHiddenListListItem"}} | row if verbose else row)
    return out
