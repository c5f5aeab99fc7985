#!/bin/sh
# Run by the image of PostgreSQL once, over an empty volume: the service's role owns its database and is no superuser. The
# superuser is left without a password, and so is there for `docker compose exec postgres psql -U postgres` alone.
set -eu
psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --set password="$POSTGRES_PASSWORD" --username "$POSTGRES_USER" postgres <<'SQL'
-- An error is told without the statement, which holds the password.
SET log_min_error_statement = panic;
CREATE ROLE tintuc LOGIN NOSUPERUSER NOCREATEDB CREATEROLE PASSWORD :'password';
CREATE DATABASE tintuc OWNER tintuc;
REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;
ALTER ROLE CURRENT_USER PASSWORD NULL;
SQL
