-- What is taken over from SharePoint lists: which item became which article, as what it was taken, and what each run did.

-- A list that something was taken from.
CREATE TABLE import_lists (
    -- Its GUID.
    list_id  uuid PRIMARY KEY,
    -- What it is called.
    name     text   NOT NULL CHECK (length(name) BETWEEN 1 AND 300),
    -- Where its site was.
    base     text   CHECK (length(base) <= 2000),
    -- Its folder, from the root of the server: "/Lists/TinTuc".
    folder   text   CHECK (length(folder) <= 2000),
    -- Further addresses that its items had, as "/tin-tuc/{any}-{id}.html".
    patterns text[] NOT NULL DEFAULT '{}'
);

-- A run of the importer.
CREATE TABLE import_runs (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    list_id        uuid        NOT NULL REFERENCES import_lists,
    started_at     timestamptz NOT NULL,
    -- When it was done with all items. One that was cut off has none, and is gone on with.
    finished_at    timestamptz,
    rolled_back_at timestamptz,
    CHECK (finished_at >= started_at)
);
-- One at a time.
CREATE UNIQUE INDEX import_runs_under_way ON import_runs (list_id) WHERE finished_at IS NULL AND rolled_back_at IS NULL;

-- An item that was taken over.
CREATE TABLE imported_items (
    list_id    uuid   NOT NULL REFERENCES import_lists,
    -- Its number: another list may have the same.
    item_id    bigint NOT NULL CHECK (item_id > 0),
    guid       uuid,
    -- What it is here; none once it is gone for good: then somebody threw it away, and it does not come back by itself.
    article_id uuid   UNIQUE REFERENCES articles ON DELETE SET NULL,
    -- Of all that was taken: what has the same has not changed there.
    digest     bytea  NOT NULL CHECK (length(digest) = 32),
    -- Of its versions, each alone: how far the past that was taken goes.
    versions   bytea[] NOT NULL,
    -- The article's revision as it was left: what has another was changed here.
    revision   bigint NOT NULL,
    -- What its readers there add to those here.
    views      bigint NOT NULL DEFAULT 0 CHECK (views >= 0),
    -- What it is said to have earned there, in dong.
    royalty    bigint CHECK (royalty >= 0),
    -- The run that wrote it last.
    run_id     bigint NOT NULL REFERENCES import_runs,
    PRIMARY KEY (list_id, item_id)
);
CREATE INDEX imported_items_by_run ON imported_items (run_id);

-- What a run did with an item, and what was known of it before; nothing where it made it.
CREATE TABLE import_acts (
    run_id  bigint NOT NULL REFERENCES import_runs,
    list_id uuid   NOT NULL,
    item_id bigint NOT NULL,
    was     jsonb,
    PRIMARY KEY (run_id, list_id, item_id),
    FOREIGN KEY (list_id, item_id) REFERENCES imported_items ON DELETE CASCADE
);

-- Files that were taken into the library, by what they were there: the library keeps some otherwise.
CREATE TABLE imported_files (
    sha256   bytea PRIMARY KEY CHECK (length(sha256) = 32),
    -- Nowhere where the library did not take it, for this reason.
    media_id uuid   REFERENCES media ON DELETE CASCADE,
    refused  text   CHECK (length(refused) BETWEEN 1 AND 200),
    run_id   bigint NOT NULL REFERENCES import_runs,
    CHECK ((media_id IS NULL) = (refused IS NOT NULL))
);
CREATE INDEX imported_files_by_media ON imported_files (media_id);
CREATE INDEX imported_files_by_run ON imported_files (run_id);

-- Addresses that items had beside that of their list: pages of libraries, and what a column says.
CREATE TABLE old_addresses (
    -- From the root of the server, not escaped, in NFC and lower case, without what follows a question mark.
    address text   NOT NULL CHECK (address LIKE '/%' AND length(address) <= 2000),
    list_id uuid   NOT NULL,
    item_id bigint NOT NULL,
    PRIMARY KEY (address, list_id, item_id),
    FOREIGN KEY (list_id, item_id) REFERENCES imported_items ON DELETE CASCADE
);
CREATE INDEX old_addresses_of_item ON old_addresses (list_id, item_id);

-- Numbers repeat between lists, and within one they do not.
ALTER TABLE articles ADD COLUMN legacy_list uuid REFERENCES import_lists;
ALTER TABLE articles DROP CONSTRAINT articles_legacy_id_key;
CREATE UNIQUE INDEX articles_legacy_id_key ON articles (legacy_id, legacy_list) NULLS NOT DISTINCT WHERE legacy_id IS NOT NULL;

-- Who brings along what happened elsewhere, long ago, says so first: partners get it by `sync`, and no bell rings.
CREATE FUNCTION publication_quietly() RETURNS void LANGUAGE sql AS $$
    SELECT set_config('tintuc.quietly', pg_current_xact_id()::text, true);
$$;
CREATE FUNCTION told_quietly() RETURNS boolean LANGUAGE sql STABLE RETURN
    coalesce(current_setting('tintuc.quietly', true), '') <> ''
    AND current_setting('tintuc.quietly') = pg_current_xact_id_if_assigned()::text;

-- The number of the state that changed an article quietly, while that is its last change.
ALTER TABLE article_changes ADD COLUMN quiet bigint NOT NULL DEFAULT 0;
CREATE FUNCTION article_changed_quietly() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.quiet := NEW.generation;
    RETURN NEW;
END $$;
CREATE TRIGGER quietly BEFORE INSERT OR UPDATE ON article_changes
    FOR EACH ROW WHEN (told_quietly()) EXECUTE FUNCTION article_changed_quietly();

-- Tells receivers after all what was brought along together: of each of these articles what is public now.
CREATE FUNCTION import_announce(ids uuid[]) RETURNS void LANGUAGE sql AS $$
    WITH shown AS (
        SELECT p.article_id, p.id, p.urgent_until, v.content ->> 'category' AS category, v.content ->> 'article_type' AS type
          FROM unnest(ids) AS wanted (id)
          CROSS JOIN LATERAL publication_at(wanted.id, delivery.clock()) p
          JOIN article_versions v ON v.article_id = p.article_id AND v.version = p.version
         WHERE p.id IS NOT NULL
    ), told AS (
        INSERT INTO webhook_told (article_id, publication_id, category_id, article_type, at)
        SELECT article_id, id, category::uuid, type, delivery.clock() FROM shown
            ON CONFLICT (article_id) DO UPDATE SET publication_id = EXCLUDED.publication_id, category_id = EXCLUDED.category_id,
                                                   article_type = EXCLUDED.article_type, at = EXCLUDED.at
    )
    INSERT INTO webhook_events (article_id, happened_at, after_category, after_type, urgent)
    SELECT article_id, delivery.clock(), category::uuid, type, coalesce(urgent_until > delivery.clock(), false) FROM shown;
$$;

CREATE OR REPLACE VIEW delivery.article_changes AS
SELECT article_id, generation, appeared, CASE WHEN alert IS NULL THEN 0 ELSE alerted END AS alerted, filed, at,
       called_off, public_from, quiet = generation AS quietly
  FROM article_changes WHERE called_off OR public_from <= delivery.clock();
