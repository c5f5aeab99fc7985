-- A constraint cannot be made unchecked again but by making it anew.
ALTER TABLE publications
    DROP CONSTRAINT publications_correction_check,
    DROP CONSTRAINT publications_notice_check,
    DROP CONSTRAINT publications_urgent_until_check,
    ADD CONSTRAINT publications_correction_check CHECK (length(correction) BETWEEN 1 AND 1000) NOT VALID,
    ADD CONSTRAINT publications_notice_check CHECK (
        notice IS NULL OR (length(notice) BETWEEN 1 AND 1000 AND coalesce(end_reason IN ('withdrawn', 'deleted'), false))
    ) NOT VALID,
    ADD CONSTRAINT publications_urgent_until_check CHECK (
        urgent_until > starts_at AND urgent_until <= starts_at + interval '48 hours'
    ) NOT VALID;
ALTER TABLE transitions
    DROP CONSTRAINT transitions_notes_check,
    ADD CONSTRAINT transitions_notes_check CHECK (
        (correction IS NULL OR (name = 'publish' AND length(correction) BETWEEN 1 AND 1000))
        AND (notice IS NULL OR (name = 'unpublish' AND length(notice) BETWEEN 1 AND 1000))
        AND (urgent_until IS NULL OR name = 'publish')
    ) NOT VALID;
