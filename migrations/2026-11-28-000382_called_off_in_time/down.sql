DROP VIEW delivery.tags_told;
DROP INDEX article_changes_gone;
CREATE OR REPLACE VIEW delivery.article_changes AS
SELECT article_id, generation, appeared, CASE WHEN alert IS NULL THEN 0 ELSE alerted END AS alerted, filed, at,
       called_off, public_from, quiet = generation AS quietly
  FROM article_changes WHERE called_off OR public_from <= delivery.clock();
DROP TRIGGER called_off_in_time ON publications;
DROP FUNCTION called_off_in_time();
CREATE OR REPLACE FUNCTION publication_raised() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    raised bigint;
BEGIN
    IF current_setting('tintuc.announced', true) IS DISTINCT FROM pg_current_xact_id()::text THEN
        UPDATE publication_state
           SET generation = generation + 1,
               clock = greatest(clock, delivery.clock() + (clock_timestamp() - now()))
     RETURNING generation INTO raised;
        PERFORM pg_notify('tintuc_publication', '');
        PERFORM set_config('tintuc.announced', pg_current_xact_id()::text, true);
        PERFORM set_config('tintuc.raised', raised::text, true);
    END IF;
    RETURN current_setting('tintuc.raised')::bigint;
END $$;
CREATE OR REPLACE FUNCTION articles_changed(ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    state bigint := publication_raised();
    come_to timestamptz;
BEGIN
    ids := ARRAY(SELECT id FROM unnest(ids) AS id
                  WHERE NOT EXISTS (SELECT FROM article_changes c WHERE c.article_id = id AND c.noted = state));
    IF ids = '{}' THEN
        RETURN;
    END IF;
    SELECT clock INTO come_to FROM publication_state;
    INSERT INTO article_changes AS c (article_id, generation, noted, appeared, alert, alerted, shown, public_from, filed)
    SELECT a.article_id, state, state, state,
           (array_agg(a.publication_id ORDER BY a.starts_at DESC) FILTER (WHERE a.urgent_until > delivery.clock()))[1], state,
           range_agg(tstzrange(a.starts_at, a.ends_at)), min(a.starts_at),
           ARRAY(SELECT DISTINCT key FROM published_articles b CROSS JOIN unnest(published_article_filing(b)) AS key
                  WHERE b.article_id = a.article_id)
      FROM published_articles a WHERE a.article_id = ANY(ids) GROUP BY a.article_id
    ON CONFLICT (article_id) DO UPDATE SET
        generation = EXCLUDED.generation,
        noted = EXCLUDED.noted,
        appeared = CASE WHEN c.shown @> delivery.clock() THEN c.appeared ELSE EXCLUDED.appeared END,
        alert = coalesce(EXCLUDED.alert, c.alert),
        alerted = CASE WHEN EXCLUDED.alert <> c.alert OR c.alert IS NULL THEN EXCLUDED.alerted ELSE c.alerted END,
        shown = EXCLUDED.shown,
        public_from = CASE WHEN c.public_from <= come_to AND NOT c.called_off THEN least(c.public_from, delivery.clock())
                           ELSE EXCLUDED.public_from END,
        called_off = false,
        filed = ARRAY(SELECT DISTINCT unnest(c.filed || EXCLUDED.filed)),
        at = EXCLUDED.at;
    -- Of which no copy is left.
    UPDATE article_changes c
       SET generation = state, noted = state, shown = '{}', at = clock_timestamp(),
           called_off = called_off OR public_from > come_to,
           public_from = CASE WHEN called_off OR public_from > come_to THEN public_from
                              ELSE least(public_from, delivery.clock()) END
     WHERE c.article_id = ANY(ids) AND c.noted <> state;
    -- Who shows them as a translation, in whichever direction.
    UPDATE article_changes c SET generation = state, at = clock_timestamp()
     WHERE c.generation <> state
       AND c.article_id IN (
            SELECT a.article_id FROM published_links l JOIN published_articles a USING (publication_id)
             WHERE l.kind = 'translation' AND l.target_id = ANY(ids)
             UNION ALL
            SELECT l.target_id FROM published_links l JOIN published_articles a USING (publication_id)
             WHERE l.kind = 'translation' AND a.article_id = ANY(ids));
END $$;
