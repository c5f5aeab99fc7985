-- The functions of before, and the terms that they make.
DROP FUNCTION search_renew(integer);

CREATE OR REPLACE FUNCTION search_words(content text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
    string_to_array(btrim(regexp_replace(regexp_replace(
        lower(CASE WHEN content IS NFC NORMALIZED THEN content ELSE normalize(content, NFC) END),
        '[\u00ad\u034f\u061c\u180e\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]+', '', 'g'),
        '[^\u001f0-9a-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u1fff\u2c00-\u2dff\u3040-\u318f\u31f0-\u31ff\u3400-\ud7ff\uf900-\ufdff\ufe70-\ufefc\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff66-\uffdc\U00010000-\U0001efff\U00020000-\U0003ffff]+',
        ' ', 'g')), ' ');

CREATE OR REPLACE FUNCTION search_terms(prefix text, content text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT ARRAY(
        SELECT prefix || left(word, 64) FROM unnest(folded || marked) AS word WHERE word NOT IN ('', E'\u001f')
        UNION ALL
        SELECT prefix || left(word, 64) || ' ' || left(next, 64) FROM unnest(folded, folded[2:]) AS pair (word, next)
         WHERE word NOT IN ('', E'\u001f') AND next NOT IN ('', E'\u001f'))
      FROM (SELECT search_words(content) AS marked OFFSET 0) words,
           LATERAL (SELECT search_fold(marked) AS folded OFFSET 0) bare;
END;

DROP FUNCTION search_tied_terms(text, text, text);
DROP FUNCTION search_tied(text);

CREATE OR REPLACE FUNCTION search_refresh(publications uuid[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO published_search SELECT * FROM search_documents(publications)
    ON CONFLICT (publication_id) DO UPDATE SET terms = EXCLUDED.terms
$$;

CREATE OR REPLACE FUNCTION search_rebuild() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DROP INDEX published_search_terms;
    DELETE FROM published_search;
    INSERT INTO published_search SELECT * FROM search_documents(ARRAY(SELECT publication_id FROM published_articles));
    CREATE INDEX published_search_terms ON published_search USING gin (terms) WITH (fastupdate = off);
END $$;

ALTER TABLE published_search DROP COLUMN rules;

UPDATE tags SET name = name WHERE terms <> array_to_tsvector(search_terms('', name));
SELECT search_rebuild();
