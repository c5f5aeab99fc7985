-- Words as people type them. Letters and digits are words of their own, so that COVID-19, covid19 and covid 19 have the same
-- ones; a number in groups is one word, 1.553 as 1553; and words of letters with one sign between are kept once more as one,
-- so that KHUBND finds KH-UBND and Mgar finds M'gar.
--
-- What is published gets its new terms little by little: the job `search-terms` calls `search_renew`. Until then copies of
-- before are not found by words in these new forms. The version before may run beside, whatever comes first: it looks for
-- covid19 and for 1 and 553, and does not find these, but all else.

-- A text as words, in lower case, with a space between them and U+001E where two are also read as one. What counts as a
-- letter is spelled out, for a regular expression's own classes follow the database's locale. `text/words.rs` does the same
-- to queries, and a test compares them. U+001F, which no stored text contains, is kept: no phrase goes across it.
CREATE FUNCTION search_tied(content text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
    btrim(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
        lower(CASE WHEN content IS NFC NORMALIZED THEN content ELSE normalize(content, NFC) END),
        '[\u00ad\u034f\u061c\u180e\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff\u001e]+', '', 'g'),
        '([0-9])[.,](?=[0-9]{3}(?![0-9]))', '\1', 'g'),
        '([a-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u1fff\u2c00-\u2dff\u3040-\u318f\u31f0-\u31ff\u3400-\ud7ff\uf900-\ufdff\ufe70-\ufefc\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff66-\uffdc\U00010000-\U0001efff\U00020000-\U0003ffff])[-\u2010\u2011\u2013._/''\u2019\u2018`\u00b4](?=[a-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u1fff\u2c00-\u2dff\u3040-\u318f\u31f0-\u31ff\u3400-\ud7ff\uf900-\ufdff\ufe70-\ufefc\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff66-\uffdc\U00010000-\U0001efff\U00020000-\U0003ffff])',
        E'\\1\u001e', 'g'),
        '([0-9]+)', ' \1 ', 'g'),
        '[^\u001e\u001f0-9a-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u1fff\u2c00-\u2dff\u3040-\u318f\u31f0-\u31ff\u3400-\ud7ff\uf900-\ufdff\ufe70-\ufefc\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff66-\uffdc\U00010000-\U0001efff\U00020000-\U0003ffff]+',
        ' ', 'g'));

CREATE OR REPLACE FUNCTION search_words(content text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
    string_to_array(translate(search_tied(content), E'\u001e', ' '), ' ');

-- The terms of words that are tied: each run of them as one word, of three and more also each two, and the one word with
-- its neighbours.
CREATE FUNCTION search_tied_terms(prefix text, marked text, folded text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    WITH runs AS MATERIALIZED (
        SELECT string_to_array(marked, ' ') AS marked, string_to_array(folded, ' ') AS folded)
    SELECT ARRAY(
        SELECT prefix || left(translate(run, E'\u001e', ''), 64) FROM runs, unnest(runs.folded || runs.marked) AS run
         WHERE strpos(run, E'\u001e') > 0
        UNION ALL
        SELECT prefix || left(word || next, 64)
          FROM runs, unnest(runs.folded || runs.marked) AS run, string_to_array(run, E'\u001e') AS words,
               unnest(words, words[2:]) AS pair (word, next)
         WHERE cardinality(words) > 2 AND next IS NOT NULL
        UNION ALL
        SELECT prefix || left(translate(run, E'\u001e', ''), 64) || ' ' || left(translate(next, E'\u001e', ''), 64)
          FROM runs, unnest(runs.folded, runs.folded[2:]) AS pair (run, next)
         WHERE run NOT IN ('', E'\u001f') AND next NOT IN ('', E'\u001f') AND strpos(run || next, E'\u001e') > 0);
END;

-- The terms of one part: each word without marks, the same with marks where it has some, and each two neighbours.
CREATE OR REPLACE FUNCTION search_terms(prefix text, content text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT ARRAY(
        SELECT prefix || left(word, 64) FROM unnest(words.folded || words.marked) AS word WHERE word NOT IN ('', E'\u001f')
        UNION ALL
        SELECT prefix || left(word, 64) || ' ' || left(next, 64) FROM unnest(words.folded, words.folded[2:]) AS pair (word, next)
         WHERE word NOT IN ('', E'\u001f') AND next NOT IN ('', E'\u001f'))
        || CASE WHEN strpos(tied.marked, E'\u001e') > 0 THEN search_tied_terms(prefix, tied.marked, tied.folded) ELSE '{}' END
      FROM (SELECT search_tied(content) AS marked OFFSET 0) whole,
           LATERAL (SELECT whole.marked, lower(unaccent('unaccent', whole.marked)) AS folded OFFSET 0) tied,
           LATERAL (SELECT string_to_array(translate(tied.marked, E'\u001e', ' '), ' ') AS marked,
                           string_to_array(translate(tied.folded, E'\u001e', ' '), ' ') AS folded OFFSET 0) words;
END;

-- By which edition of these rules the terms were made.
ALTER TABLE published_search ADD COLUMN rules smallint NOT NULL DEFAULT 1;

CREATE OR REPLACE FUNCTION search_refresh(publications uuid[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO published_search (publication_id, terms, rules)
    SELECT publication_id, terms, 2 FROM search_documents(publications)
    ON CONFLICT (publication_id) DO UPDATE SET terms = EXCLUDED.terms, rules = EXCLUDED.rules
$$;

CREATE OR REPLACE FUNCTION search_rebuild() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DROP INDEX published_search_terms;
    DELETE FROM published_search;
    INSERT INTO published_search (publication_id, terms, rules)
    SELECT publication_id, terms, 2 FROM search_documents(ARRAY(SELECT publication_id FROM published_articles));
    CREATE INDEX published_search_terms ON published_search USING gin (terms) WITH (fastupdate = off);
END $$;

-- Makes the terms of so many copies by these rules, and says of how many; 0 once all are. Rows that somebody else holds are
-- left for the next time, so that it waits for nobody; nobody waits longer for it than these copies take.
CREATE FUNCTION search_renew(copies integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    stale uuid[] := ARRAY(SELECT publication_id FROM published_search WHERE rules < 2 LIMIT copies FOR UPDATE SKIP LOCKED);
BEGIN
    PERFORM search_refresh(stale);
    RETURN cardinality(stale);
END $$;

-- The names of tags are few, and made anew at once. The column is computed by what `search_terms` is now.
UPDATE tags SET name = name WHERE terms <> array_to_tsvector(search_terms('', name));
