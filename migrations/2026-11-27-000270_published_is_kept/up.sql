-- What was ever public is kept, as a law on archives may ask for: neither the article nor the record of when it was public
-- goes, unless the transaction says that it may. The version before does not say so: while it runs beside, its
-- `DELETE trash/{id}` of what was public is refused, and of everything else works.

CREATE FUNCTION published_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_kept boolean := true;
BEGIN
    IF current_setting('tintuc.purges_published', true) = 'on' THEN
        is_kept := false;
    ELSIF TG_OP = 'DELETE' THEN
        IF TG_TABLE_NAME = 'articles' THEN
            is_kept := EXISTS (SELECT FROM publications WHERE article_id = OLD.id AND starts_at <= delivery.clock());
        ELSE
            -- With its article it goes if that may.
            is_kept := OLD.starts_at <= delivery.clock() AND EXISTS (SELECT FROM articles WHERE id = OLD.article_id);
        END IF;
    END IF;
    IF is_kept THEN
        RAISE EXCEPTION 'what was public is kept' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER kept BEFORE DELETE ON articles FOR EACH ROW EXECUTE FUNCTION published_is_kept();
CREATE TRIGGER kept_whole BEFORE TRUNCATE ON articles FOR EACH STATEMENT EXECUTE FUNCTION published_is_kept();
CREATE TRIGGER kept BEFORE DELETE ON publications FOR EACH ROW EXECUTE FUNCTION published_is_kept();
CREATE TRIGGER kept_whole BEFORE TRUNCATE ON publications FOR EACH STATEMENT EXECUTE FUNCTION published_is_kept();
