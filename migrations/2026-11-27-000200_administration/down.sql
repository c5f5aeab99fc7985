DROP TRIGGER an_administrator_stays ON role_grants;
DROP TRIGGER an_administrator_stays ON users;
DROP FUNCTION an_administrator_stays();
DROP TABLE invites;
DROP INDEX users_by_name;
ALTER TABLE users DROP COLUMN revision;
