-- The event log as a record of who did what: from where, by which request, and not to be changed afterwards.

ALTER TABLE events ADD COLUMN request_id uuid, ADD COLUMN address text;
-- Rows of before have none.
ALTER TABLE events ADD CONSTRAINT events_address_check CHECK (family(address::inet) IN (4, 6)) NOT VALID;

-- Events are appended. None is changed, and none goes but by `forget_events`, and not within a month.
CREATE FUNCTION events_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF current_setting('tintuc.forgets', true) = 'events' AND OLD.recorded_at < delivery.clock() - interval '30 days' THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'events are kept as they were written' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION events_are_kept();
CREATE TRIGGER kept_whole BEFORE TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION events_are_kept();

-- Forgets so many events of before that time, the oldest first, and says how many. What corpora were made stays: more can be
-- added to them.
CREATE FUNCTION forget_events(before timestamptz, most integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    forgotten bigint;
BEGIN
    PERFORM set_config('tintuc.forgets', 'events', true);
    DELETE FROM events WHERE id IN (
        SELECT id FROM events WHERE recorded_at < before AND kind NOT LIKE 'corpus.%' ORDER BY recorded_at LIMIT most
    );
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    PERFORM set_config('tintuc.forgets', '', true);
    RETURN forgotten;
END $$;
