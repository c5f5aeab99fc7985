DROP VIEW delivery.shown_by_tag;
DROP VIEW delivery.shown_by_category;
DROP VIEW delivery.shown;
DROP FUNCTION publication_as_before();
CREATE OR REPLACE FUNCTION publication_told(keys text[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO publication_changes (generation, key) SELECT publication_raised(), key FROM unnest(keys) AS key
        ON CONFLICT DO NOTHING
$$;
ALTER TABLE publication_state DROP everything;
DROP TRIGGER followed_gone ON published_tags;
DROP TRIGGER followed_other ON published_tags;
DROP TRIGGER followed_new ON published_tags;
DROP FUNCTION published_tags_followed();
ALTER TABLE published_articles DROP CONSTRAINT published_articles_shown, DROP shown_rules, DROP shown, DROP tags;
