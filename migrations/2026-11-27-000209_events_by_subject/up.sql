-- What it found is found by `events_of_subject`, in the order of the list besides.
DROP INDEX CONCURRENTLY IF EXISTS events_by_subject;
