"""Reads feeds, the podcast, lists of feeds and sitemaps of a running service with programs that others wrote."""

import io
import sys
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import feedparser
import listparser
import podcastparser
import xmlschema

HERE = Path(__file__).resolve().parent


def ask(url, method="GET"):
    with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=30) as answer:
        return answer.headers, answer.read()


def absolute(url):
    assert urlsplit(url).scheme in ("http", "https") and urlsplit(url).netloc, f"{url!r} is not absolute"
    return url


def pages(url):
    """Every page of a feed, from this one on."""
    while url:
        headers, body = ask(url)
        feed = feedparser.parse(io.BytesIO(body), response_headers={"content-type": headers["content-type"]})
        assert not feed.bozo, f"{url}: {feed.bozo_exception}"
        links = {link.rel: link.href for link in feed.feed.links}
        assert absolute(links["self"]) == url, f"{url} says that it is {links['self']}"
        assert feed.feed.title and absolute(feed.feed.link) and feed.feed.language
        yield feed
        url = links.get("next")


def entries(url):
    """The entries of a feed by their ids, each of which must be there once."""
    found = {}
    for feed in pages(url):
        for entry in feed.entries:
            assert entry.id.startswith("urn:uuid:") and entry.id not in found, f"{entry.id} in {url}"
            assert entry.title and absolute(entry.link) and entry.published_parsed, entry.id
            for enclosure in entry.enclosures:
                headers, _ = ask(absolute(enclosure.href), "HEAD")
                assert headers["content-length"] == enclosure.length, enclosure
                assert headers["content-type"].split(";")[0] == enclosure.type, enclosure
            found[entry.id] = entry
    return found


def feeds(base):
    whole = {form: entries(f"{base}/feeds/{form}.xml?limit=3") for form in ("rss", "atom")}
    assert list(whole["rss"]) == list(whole["atom"]) and whole["rss"], "the forms differ"
    texts = [entry.get("content") for entry in entries(f"{base}/feeds/rss.xml?full=true").values()]
    assert any(texts), "no entry has its text"
    return len(whole["rss"])


def podcast(base):
    url = f"{base}/feeds/podcast.xml"
    read = podcastparser.parse(url, io.BytesIO(ask(url)[1]))
    assert read["episodes"], "no episode"
    for episode in read["episodes"]:
        assert episode["guid"].startswith("urn:uuid:") and episode["total_time"] > 0, episode
        for file in episode["enclosures"]:
            assert file["file_size"] > 0 and file["mime_type"].startswith("audio/"), file
    assert entries(url).keys() == {episode["guid"] for episode in read["episodes"]}
    return len(read["episodes"])


def categories(base):
    listed = listparser.parse(ask(f"{base}/feeds/categories.opml")[1].decode())
    assert not listed.bozo and listed.feeds, listed
    for feed in listed.feeds:
        for _ in pages(feed.url):
            break
    return len(listed.feeds)


def sitemaps(base):
    news = ("http://www.google.com/schemas/sitemap-news/0.9", str(HERE / "news.xsd"))
    schema = xmlschema.XMLSchema(str(HERE / "sitemap.xsd"), locations=[news])
    number = 0
    for name in ("sitemap", "sitemap-news"):
        body = ask(f"{base}/{name}.xml")[1]
        if name == "sitemap-news" and b"<url>" not in body:
            continue  # Nothing is two days old or less: there is no news, and the schema asks for some.
        schema.validate(io.BytesIO(body))
        number += body.count(b"<loc>")
    robots = ask(f"{base}/robots.txt")[1].decode()
    assert f"/sitemap.xml" in robots, robots
    return number


def main(base):
    for what in (feeds, podcast, categories, sitemaps):
        print(f"{what.__name__}: {what(base)} read", flush=True)


main(sys.argv[1].rstrip("/"))
