-- What receivers are to be told, written in the transaction in which it happens; and what the clock does, once it is noticed.
--
-- Both by one function, which compares what was told of an article with its publications, and tells what is between, in order.
-- It does so under a lock of the article, so that of whoever notices first, a publisher or the clock, at whichever replica, the
-- other finds nothing left to tell.

-- The outbox: what happened and is not in the lanes of the receivers yet. Of an article a lower number was committed earlier.
CREATE TABLE webhook_events (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    article_id      uuid        NOT NULL,
    happened_at     timestamptz NOT NULL,
    recorded_at     timestamptz NOT NULL DEFAULT delivery.clock(),
    -- Where what was public before was filed; nowhere where nothing was.
    before_category uuid,
    before_type     text,
    -- The same of what is public from then on.
    after_category  uuid,
    after_type      text,
    -- It is urgent from then on.
    urgent          boolean     NOT NULL,
    -- Why nothing is public from then on, and what readers are told of it.
    reason          text CHECK (reason IN ('withdrawn', 'expired', 'deleted')),
    notice          text,
    CHECK (before_category IS NOT NULL OR after_category IS NOT NULL),
    CHECK ((before_category IS NULL) = (before_type IS NULL) AND (after_category IS NULL) = (after_type IS NULL)),
    CHECK ((after_category IS NULL) = (reason IS NOT NULL)),
    CHECK (notice IS NULL OR reason IS NOT NULL)
);

-- What was told of an article last. A row for each that has changed since there are webhooks; of others it is known by their
-- publications.
CREATE TABLE webhook_told (
    article_id     uuid PRIMARY KEY,
    -- What is public, as far as was told, and where it is filed; none where nothing is. No reference: what was called off is gone.
    publication_id uuid,
    category_id    uuid,
    article_type   text,
    -- As of when. It never goes back, whatever clocks do: what has begun has begun.
    at             timestamptz NOT NULL
);

-- When the clock will change what is public.
CREATE TABLE webhook_moments (
    article_id uuid        NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (article_id, at)
);
CREATE INDEX webhook_moments_by_time ON webhook_moments (at);

-- What is public of an article at a moment.
CREATE FUNCTION publication_at(article uuid, moment timestamptz) RETURNS publications LANGUAGE sql STABLE AS $$
    SELECT p FROM publications p
     WHERE p.article_id = article AND p.starts_at <= moment AND coalesce(least(p.expires_at, p.ended_at) > moment, true)
$$;

CREATE FUNCTION webhook_lock(article uuid) RETURNS bigint LANGUAGE sql IMMUTABLE
    RETURN hashtextextended(article::text, 341);

-- Tells what has become of an article since that was told last.
CREATE FUNCTION webhook_announce(article uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    clock  timestamptz := delivery.clock();
    told   webhook_told;
    since  timestamptz;
    moment timestamptz;
    shown  publications;
    ended  publications;
    filed  jsonb;
BEGIN
    PERFORM pg_advisory_xact_lock(webhook_lock(article));
    SELECT * INTO told FROM webhook_told WHERE article_id = article;
    IF NOT FOUND THEN
        -- All that was before what is new now counts as told.
        SELECT least(min(at), clock) - interval '1 microsecond' INTO since FROM webhook_moments WHERE article_id = article;
        shown := publication_at(article, since);
        told := (article, shown.id, NULL::uuid, NULL::text, since);
        SELECT (content ->> 'category')::uuid, content ->> 'article_type' INTO told.category_id, told.article_type
          FROM article_versions WHERE article_id = article AND version = shown.version;
    END IF;
    clock := greatest(clock, told.at);
    FOR moment IN
        SELECT t FROM publications p CROSS JOIN unnest(ARRAY[p.starts_at, least(p.expires_at, p.ended_at)]) t
         WHERE p.article_id = article AND t > told.at AND t <= clock
         UNION SELECT clock ORDER BY 1
    LOOP
        shown := publication_at(article, moment);
        IF shown.id IS DISTINCT FROM told.publication_id THEN
            SELECT * INTO ended FROM publications WHERE id = told.publication_id;
            SELECT content INTO filed FROM article_versions WHERE article_id = article AND version = shown.version;
            INSERT INTO webhook_events (article_id, happened_at, before_category, before_type, after_category, after_type, urgent, reason, notice)
            VALUES (article, moment, told.category_id, told.article_type, (filed ->> 'category')::uuid, filed ->> 'article_type',
                    coalesce(shown.urgent_until > moment, false),
                    CASE WHEN shown.id IS NOT NULL THEN NULL
                         WHEN ended.expires_at <= coalesce(ended.ended_at, 'infinity') THEN 'expired'
                         WHEN ended.end_reason = 'deleted' THEN 'deleted'
                         ELSE 'withdrawn' END,
                    CASE WHEN shown.id IS NULL THEN ended.notice END);
            told := (article, shown.id, (filed ->> 'category')::uuid, filed ->> 'article_type', moment);
        END IF;
    END LOOP;
    told.at := clock;
    INSERT INTO webhook_told VALUES (told.*)
        ON CONFLICT (article_id) DO UPDATE SET publication_id = told.publication_id, category_id = told.category_id,
                                               article_type = told.article_type, at = told.at;
    -- What was never public, or is gone for good, is nobody's business any more.
    DELETE FROM webhook_told t WHERE t.article_id = article AND t.publication_id IS NULL
       AND NOT EXISTS (SELECT FROM publications p WHERE p.article_id = article);
END $$;

-- What somebody does is told at the commit, when all of it is done: what ends and what takes its place are one event. What is
-- loaded by the thousand is not told.
CREATE FUNCTION publication_announced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM webhook_announce(CASE TG_OP WHEN 'DELETE' THEN OLD.article_id ELSE NEW.article_id END);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER announced AFTER INSERT OR UPDATE OR DELETE ON publications DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (told_one_by_one() AND NOT told_together()) EXECUTE FUNCTION publication_announced();

CREATE FUNCTION publication_moments() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO webhook_moments (article_id, at)
    SELECT article_id, at FROM came CROSS JOIN unnest(ARRAY[starts_at, expires_at]) at WHERE at > delivery.clock()
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER moments AFTER INSERT ON publications REFERENCING NEW TABLE AS came
    FOR EACH STATEMENT EXECUTE FUNCTION publication_moments();
INSERT INTO webhook_moments (article_id, at)
SELECT article_id, starts_at FROM publications WHERE starts_at > delivery.clock()
 UNION
SELECT article_id, expires_at FROM publications WHERE expires_at > delivery.clock();

-- Tells what the clock has done, of so many articles, and says of how many. What another is just telling is left to them; so
-- is an article with which somebody is doing something, until that is done: who holds its lock waits for nothing here.
CREATE FUNCTION webhook_clock(most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    due  uuid;
    done integer := 0;
BEGIN
    FOR due IN SELECT article_id FROM webhook_moments WHERE at <= delivery.clock() ORDER BY at LIMIT most LOOP
        IF pg_try_advisory_xact_lock(webhook_lock(due)) THEN
            PERFORM webhook_announce(due);
            DELETE FROM webhook_moments WHERE article_id = due AND at <= delivery.clock();
            done := done + 1;
        END IF;
    END LOOP;
    RETURN done;
END $$;
