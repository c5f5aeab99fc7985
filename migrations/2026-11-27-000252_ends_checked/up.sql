-- Looks through the sessions for the constraint of the migration before, beside those who write them.
ALTER TABLE sessions VALIDATE CONSTRAINT sessions_end_reason_check;
