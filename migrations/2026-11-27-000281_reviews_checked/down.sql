-- Unchecked again, as the step before leaves it.
ALTER TABLE articles
    DROP CONSTRAINT articles_review_check,
    ADD CONSTRAINT articles_review_check CHECK (
        review IS NULL OR (approval = 'pending' AND (review ->> 'stage')::integer BETWEEN 0 AND jsonb_array_length(review -> 'stages') - 1)
    ) NOT VALID;
