"""Runs REDbot over a list, an article, its picture and what stands beside them, and shows what is not as it should be.

redbot.py path/to/redbot http://127.0.0.1:8080
"""

import json
import subprocess
import sys
import urllib.request

LEVELS = ("BAD", "WARN")


def addresses(base):
    """What is judged. The article is one with a picture if the first page has one."""
    with urllib.request.urlopen(f"{base}/api/v1/articles?limit=100") as answer:
        cards = json.load(answer)["data"]
    if not cards:
        sys.exit("the service has no public article to look at")
    card = next((card for card in cards if card["image"]), cards[0])
    # The second page is there, and so is a `Link`, only where there are more articles than one.
    yield f"{base}/api/v1/articles?limit=1"
    yield f"{base}/api/v1/articles/{card['slug']}"
    yield f"{base}/api/v1/articles/{card['slug']}/views"
    if card["image"]:
        for url in (card["image"]["url"], card["image"]["renditions"][0]["url"]):
            yield url if url.startswith("http") else base + url
    yield f"{base}/api/openapi.json"


def judged(redbot, url):
    """The status of the answer, and REDbot's notes on it."""
    har = subprocess.run([redbot, "-o", "har", url], capture_output=True, text=True, check=True, timeout=120).stdout
    entries = json.loads(har)["log"]["entries"]
    if not entries:
        return 0, []
    return entries[0]["response"]["status"], entries[0]["_red_messages"]


def main(redbot, base):
    bad = 0
    for url in addresses(base):
        status, notes = judged(redbot, url)
        found = [note for note in notes if note["level"] in LEVELS]
        print(f"{url}: {status}, {len(notes)} notes, {len(found)} of them not good")
        for note in found:
            print(f"  {note['level']:4} {note['note_id']} ({note['subject']}): {note['summary']}")
        bad += (status != 200) + len(found)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
