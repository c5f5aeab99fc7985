"""How SharePoint makes internal names of what people call a column, and what it makes of those in its answers."""

import re

LIMIT = 32
_OUTSIDE = re.compile(r"[^A-Za-z0-9_]")


def internal(display: str, taken: set[str]) -> str:
    """The internal name of a new column: escaped, cut even inside an escape, numbered where it is taken."""
    name = _OUTSIDE.sub(lambda found: f"_x{ord(found.group()):04x}_", display)[:LIMIT]
    unique, number = name, 0
    while unique in taken:
        unique = f"{name}{number}"
        number += 1
    taken.add(unique)
    return unique


def entity(name: str) -> str:
    """The key of a column in JSON: no property may begin with an underscore."""
    return f"OData_{name}" if name.startswith("_") else name


def encoded(name: str) -> str:
    """The key of a column in versions and in FieldValuesAsHtml, where underscores are escaped once more."""
    escaped = name.replace("_", "_x005f_")
    return f"OData_{escaped}" if escaped.startswith("_") else escaped
