-- What was free stays free.
SELECT 1;
