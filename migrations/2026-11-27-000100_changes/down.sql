DROP VIEW delivery.moments, delivery.changes;
DROP TRIGGER published_article_changed ON published_articles;
DROP TRIGGER published_part_changed ON published_categories;
DROP TRIGGER published_part_changed ON published_tags;
DROP TRIGGER published_part_changed ON published_media;
DROP TRIGGER published_part_changed ON published_links;
CREATE OR REPLACE FUNCTION publication_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('tintuc.announced', true) IS DISTINCT FROM pg_current_xact_id()::text THEN
        UPDATE publication_state SET generation = generation + 1;
        PERFORM pg_notify('tintuc_publication', '');
        PERFORM set_config('tintuc.announced', pg_current_xact_id()::text, true);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER publication_changed AFTER INSERT OR UPDATE OR DELETE ON published_articles
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION publication_changed();
CREATE CONSTRAINT TRIGGER publication_changed AFTER INSERT OR UPDATE OR DELETE ON published_tags
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION publication_changed();
CREATE CONSTRAINT TRIGGER publication_changed AFTER INSERT OR UPDATE OR DELETE ON published_links
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION publication_changed();
DROP FUNCTION published_part_changed(), published_article_changed(), told_one_by_one(), publication_in_bulk(), lies_ahead(timestamptz),
    published_article_keys(published_articles), publication_told(text[]), publication_raised();
DROP TABLE publication_bulks, publication_changes;
DROP FUNCTION publication_bulk_over();
