-- Search over what is published: a set of terms for each copy, one inverted index over them, and the walk through it.
-- docs/decisions/0010-search.md says why it is so.

-- Takes marks off letters (part of PostgreSQL's contrib).
CREATE EXTENSION IF NOT EXISTS unaccent;

-- The words of a text in order, in lower case, with their marks, each at most 64 characters long. What counts as a
-- letter is spelled out, for a regular expression's own classes follow the database's locale. `text/words.rs` does the
-- same to queries, and a test compares them. U+001F, which no stored text contains, is kept: no phrase goes across it.
CREATE FUNCTION search_words(content text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
    string_to_array(btrim(regexp_replace(regexp_replace(
        lower(CASE WHEN content IS NFC NORMALIZED THEN content ELSE normalize(content, NFC) END),
        '[\u00ad\u034f\u061c\u180e\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]+', '', 'g'),
        '[^\u001f0-9a-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u1fff\u2c00-\u2dff\u3040-\u318f\u31f0-\u31ff\u3400-\ud7ff\uf900-\ufdff\ufe70-\ufefc\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff66-\uffdc\U00010000-\U0001efff\U00020000-\U0003ffff]+',
        ' ', 'g')), ' ');

-- Words without their marks. The dictionary is named, which is what makes this immutable in fact.
CREATE FUNCTION search_fold(words text[]) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
    string_to_array(lower(unaccent('unaccent', array_to_string(words, ' '))), ' ');

-- The text of a cleaned body. Tags inside a line join what they stand between, others part it.
CREATE FUNCTION search_plain(body text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
    regexp_replace(regexp_replace(regexp_replace(body,
        '</?(a|abbr|b|bdi|bdo|cite|code|del|em|i|ins|kbd|mark|q|s|small|span|strong|sub|sup|time|u|wbr)( [^>]*)?>', '', 'g'),
        '<[^>]*>', E' \u001f ', 'g'),
        '&#?[0-9a-z]+;', ' ', 'g');

-- The terms of one part: each word without marks, the same with marks where it has some, and each two neighbours.
CREATE FUNCTION search_terms(prefix text, content text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT ARRAY(
        SELECT prefix || left(word, 64) FROM unnest(folded || marked) AS word WHERE word NOT IN ('', E'\u001f')
        UNION ALL
        SELECT prefix || left(word, 64) || ' ' || left(next, 64) FROM unnest(folded, folded[2:]) AS pair (word, next)
         WHERE word NOT IN ('', E'\u001f') AND next NOT IN ('', E'\u001f'))
      FROM (SELECT search_words(content) AS marked OFFSET 0) words,
           LATERAL (SELECT search_fold(marked) AS folded OFFSET 0) bare;
END;

-- What a tag's name can be found by as it is typed.
ALTER TABLE tags ADD COLUMN terms tsvector NOT NULL GENERATED ALWAYS AS (array_to_tsvector(search_terms('', name))) STORED;
CREATE INDEX tags_by_term ON tags USING gin (terms);

-- The terms of each published copy:
--   word, "word word"      anywhere in title, tags, summary or body
--   A:…, B:…, C:…          the same, in the title, a tag, the summary
--   w:…                    the week of `published_at`, counted from 1970
--   c:… t:… a:… y:… l:… f: category, tags, author, type, locale, whether featured
-- They have no positions and the index knows them all, so that a query is answered without reading this table's rows.
CREATE TABLE published_search (
    publication_id uuid PRIMARY KEY REFERENCES published_articles ON DELETE CASCADE,
    terms          tsvector NOT NULL
);
-- A set of terms does not compress, and what there is of them is no help to the planner, who never sees the words.
ALTER TABLE published_search ALTER terms SET STORAGE EXTERNAL, ALTER terms SET STATISTICS 0;
-- Without a list of pending entries, which every search would have to read through.
CREATE INDEX published_search_terms ON published_search USING gin (terms) WITH (fastupdate = off);

-- The terms of these copies. Of a body the first 200 KB or so are searched, some 30,000 words: a tsvector holds 1 MB.
CREATE FUNCTION search_documents(publications uuid[]) RETURNS TABLE (publication_id uuid, terms tsvector)
LANGUAGE sql STABLE AS $$
    SELECT p.publication_id, array_to_tsvector(
               search_terms('', concat_ws(E' \u001f ', p.card ->> 'title', tags.names, p.card ->> 'summary',
                                          left(plain.body, plain.bound)))
            || search_terms('A:', p.card ->> 'title')
            || coalesce(search_terms('B:', tags.names), '{}')
            || coalesce(search_terms('C:', p.card ->> 'summary'), '{}')
            || tags.terms
            || ARRAY['c:' || p.category_id, 'y:' || p.article_type, 'l:' || p.locale,
                     'w:' || floor(extract(epoch FROM p.published_at) / 604800)]
            || CASE WHEN p.author_id IS NULL THEN '{}' ELSE ARRAY['a:' || p.author_id] END
            || CASE WHEN p.featured THEN ARRAY['f:'] ELSE '{}' END)
      FROM published_articles p
      LEFT JOIN LATERAL (
            SELECT string_agg(name, E' \u001f ') AS names, coalesce(array_agg('t:' || id) FILTER (WHERE id IS NOT NULL), '{}') AS terms
              FROM published_tags JOIN tags ON tags.id = tag_id
             WHERE published_tags.publication_id = p.publication_id) tags ON true
      LEFT JOIN LATERAL (
            SELECT body, (200000::bigint * length(body) / greatest(octet_length(body), 1))::integer AS bound
              FROM (SELECT search_plain(p.rest ->> 'body') AS body OFFSET 0) whole) plain ON true
     WHERE p.publication_id = ANY (publications)
$$;

-- Writes the terms of these copies anew.
CREATE FUNCTION search_refresh(publications uuid[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO published_search SELECT * FROM search_documents(publications)
    ON CONFLICT (publication_id) DO UPDATE SET terms = EXCLUDED.terms
$$;

-- Writes the terms of all copies anew: for bulk loads, which call it before they commit. Building the index whole is
-- several times faster than filling it.
CREATE FUNCTION search_rebuild() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DROP INDEX published_search_terms;
    DELETE FROM published_search;
    INSERT INTO published_search SELECT * FROM search_documents(ARRAY(SELECT publication_id FROM published_articles));
    CREATE INDEX published_search_terms ON published_search USING gin (terms) WITH (fastupdate = off);
END $$;

-- At commit, when the tags are there too. A copy that has its terms already came by a bulk load.
CREATE FUNCTION search_follows_copy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' OR NOT EXISTS (SELECT FROM published_search WHERE publication_id = NEW.publication_id) THEN
        PERFORM search_refresh(ARRAY[NEW.publication_id]);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER search_follows_copy
    AFTER INSERT OR UPDATE OF card, rest, published_at, featured, author_id, category_id, article_type, locale
    ON published_articles DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION search_follows_copy();

-- Copies that have their terms already, and whose tags change: a merge of two tags.
CREATE FUNCTION search_follows_tags() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_refresh(ARRAY(
        SELECT publication_id FROM published_search JOIN (SELECT DISTINCT publication_id FROM changed) c USING (publication_id)));
    RETURN NULL;
END $$;
CREATE TRIGGER search_follows_new_tags AFTER INSERT ON published_tags
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION search_follows_tags();
CREATE TRIGGER search_follows_other_tags AFTER UPDATE ON published_tags
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION search_follows_tags();
CREATE TRIGGER search_follows_fewer_tags AFTER DELETE ON published_tags
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION search_follows_tags();

CREATE FUNCTION search_follows_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_refresh(ARRAY(SELECT DISTINCT publication_id FROM published_tags WHERE tag_id = NEW.id));
    RETURN NULL;
END $$;
CREATE TRIGGER search_follows_name AFTER UPDATE OF name ON tags
    FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION search_follows_name();

CREATE VIEW delivery.search_terms AS
SELECT s.publication_id, a.article_id, a.published_at, s.terms
  FROM published_search s JOIN delivery.articles a USING (publication_id);

-- The terms of so many weeks, the last of which `until` is in.
CREATE FUNCTION delivery.search_weeks(until timestamptz, weeks integer) RETURNS tsquery LANGUAGE sql STABLE RETURN (
    SELECT string_agg(format('''w:%s''', floor(extract(epoch FROM until) / 604800) - back), ' | ')::tsquery
      FROM generate_series(0, weeks - 1) AS back);

-- Articles that match, best first: those that match `tiers[1]`, then those that match `tiers[2]`, and so on; no article
-- may match two. In each tier the newest come first. It answers `wanted` rows after the one named by `after_…`.
--
-- It does not find more than it has to: most of what common words match is old, and is not looked at unless the newest
-- weeks yield too little. `every`, which whatever is found matches, tells common words from rare ones; null if unknown.
CREATE FUNCTION delivery.search(
    every text, tiers text[], narrowed text, published_after timestamptz, published_before timestamptz,
    after_tier integer, after_at timestamptz, after_id uuid, wanted bigint
) RETURNS TABLE (publication_id uuid, article_id uuid, published_at timestamptz, tier integer)
-- A plan made for given words could prefer to read every row; the common one cannot know them and takes the index.
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    sought  tsquery;
    span    tsquery;
    newest  timestamptz;
    until   timestamptz;
    since   timestamptz;
    weeks   integer;
    got     bigint;
    is_rare boolean := false;
BEGIN
    SELECT max(a.published_at) INTO newest FROM delivery.articles a
     WHERE published_before IS NULL OR a.published_at < published_before;
    IF newest IS NULL THEN RETURN; END IF;
    IF every IS NOT NULL THEN
        sought := every::tsquery;
        IF narrowed <> '' THEN sought := sought && narrowed::tsquery; END IF;
        span := sought && delivery.search_weeks(newest, 4);
        is_rare := (SELECT count(*) FROM delivery.search_terms s WHERE s.terms @@ span) = 0;
        IF is_rare AND (SELECT count(*) FROM delivery.search_terms s WHERE s.terms @@ sought) = 0 THEN RETURN; END IF;
    END IF;
    FOR step IN greatest(coalesce(after_tier, 1), 1) .. cardinality(tiers) LOOP
        sought := tiers[step]::tsquery;
        IF narrowed <> '' THEN sought := sought && narrowed::tsquery; END IF;
        until := CASE WHEN step = after_tier THEN least(newest, after_at) ELSE newest END;
        weeks := CASE WHEN is_rare THEN NULL ELSE 4 END;
        LOOP
            IF weeks IS NULL THEN
                since := '-infinity';
                span := sought;
            ELSE
                since := to_timestamp((floor(extract(epoch FROM until) / 604800) - weeks + 1) * 604800);
                span := sought && delivery.search_weeks(until, weeks);
            END IF;
            RETURN QUERY
            -- Kept apart, so that nobody walks through all articles by date and asks each for the words.
            WITH found AS MATERIALIZED (
                SELECT s.publication_id, s.article_id, s.published_at FROM delivery.search_terms s WHERE s.terms @@ span)
            SELECT f.publication_id, f.article_id, f.published_at, step FROM found f
             WHERE f.published_at >= since AND f.published_at <= until
               AND (published_after IS NULL OR f.published_at >= published_after)
               AND (step IS DISTINCT FROM after_tier OR (f.published_at, f.article_id) < (after_at, after_id))
             ORDER BY f.published_at DESC, f.article_id DESC LIMIT wanted;
            GET DIAGNOSTICS got = ROW_COUNT;
            wanted := wanted - got;
            IF wanted <= 0 THEN RETURN; END IF;
            EXIT WHEN weeks IS NULL OR since <= published_after;
            until := since - interval '1 microsecond';
            weeks := CASE WHEN got > 0 AND weeks = 4 THEN 32 END;
        END LOOP;
    END LOOP;
END $$;

-- How many articles meet a condition.
CREATE FUNCTION delivery.search_count(condition text, published_after timestamptz, published_before timestamptz)
RETURNS bigint LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    sought tsquery := condition;
    since  timestamptz := coalesce(published_after, '-infinity');
    until  timestamptz := coalesce(published_before, 'infinity');
BEGIN
    RETURN (SELECT count(*) FROM delivery.search_terms s
             WHERE s.terms @@ sought AND s.published_at >= since AND s.published_at < until);
END $$;

CREATE VIEW delivery.tag_terms AS
SELECT id, slug, name, terms FROM tags
 WHERE EXISTS (SELECT FROM delivery.article_tags t WHERE t.tag_id = tags.id);

-- Tags that meet a condition, those of most live articles first. A few hundred are weighed, those with short names, and
-- beyond a hundred articles all count the same: a single letter must not count every article.
CREATE FUNCTION delivery.suggest_tags(condition text, wanted bigint) RETURNS TABLE (id uuid, slug text, name text)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    sought tsquery := condition;
BEGIN
    RETURN QUERY
    WITH met AS MATERIALIZED (
        SELECT t.id, t.slug, t.name FROM delivery.tag_terms t WHERE t.terms @@ sought ORDER BY length(t.name), t.id LIMIT 200)
    SELECT m.id, m.slug, m.name FROM met m
     ORDER BY (SELECT count(*) FROM (SELECT FROM delivery.article_tags a WHERE a.tag_id = m.id LIMIT 100) live) DESC,
              length(m.name), m.name
     LIMIT wanted;
END $$;
