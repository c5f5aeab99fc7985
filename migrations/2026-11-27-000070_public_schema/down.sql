-- Nothing to give back: no version needs it, and PostgreSQL from 15 on does not have it.
SELECT 1;
