"""Reads what anyone may, with what the generators made: a list, an article, a file, and a refusal.

read.py http://127.0.0.1:8080
"""

import importlib
import pkgutil
import sys
from urllib.parse import unquote, urlsplit

import tintuc_client
import tintuc_models
from tintuc_client import Client
from tintuc_client.api.delivery import get_article, list_articles
from tintuc_client.api.media import get_file
from tintuc_client.models import ItemArticle, ListArticleCard, Problem, ProblemCode
from tintuc_client.types import File


def main(base: str) -> None:
    modules = [module.name for module in pkgutil.walk_packages(tintuc_client.__path__, "tintuc_client.")]
    for name in modules:
        importlib.import_module(name)

    with Client(base_url=base) as client:
        answer = list_articles.sync_detailed(client=client, limit=50)
        page = answer.parsed
        assert isinstance(page, ListArticleCard), page
        card = next(card for card in page.data if card.image)
        assert card.image, card

        found = get_article.sync(card.slug, client=client)
        assert isinstance(found, ItemArticle), found
        assert found.data.title == card.title

        # The same bytes, read by the other generator's models.
        models = tintuc_models.ListArticleCard.model_validate_json(answer.content)
        assert [card.title for card in models.data] == [card.title for card in page.data]

        name = unquote(urlsplit(card.image.url).path.rsplit("/", 1)[-1])
        picture = get_file.sync(card.image.media_id, name, client=client)
        assert isinstance(picture, File), picture
        size = len(picture.payload.read())
        assert size == card.image.size

        refusal = get_article.sync("khong-co-bai-nay", client=client)
        assert isinstance(refusal, Problem), refusal
        assert refusal.code is ProblemCode.NOT_FOUND

    print(f"{len(modules)} modules; {len(page.data)} articles, {card.title!r} with {size} bytes; then: {refusal.detail}")


if __name__ == "__main__":
    main(*sys.argv[1:])
