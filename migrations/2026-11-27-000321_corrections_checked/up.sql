-- Looks at the rows that were there before, while the newsroom goes on writing.
ALTER TABLE publications VALIDATE CONSTRAINT publications_correction_check;
ALTER TABLE publications VALIDATE CONSTRAINT publications_notice_check;
ALTER TABLE publications VALIDATE CONSTRAINT publications_urgent_until_check;
ALTER TABLE transitions VALIDATE CONSTRAINT transitions_notes_check;
