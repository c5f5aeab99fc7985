-- Who is not the owner makes nothing in `public`: a function put there could stand before one that statements of ours mean.
-- PostgreSQL 14 lets everybody, unlike its successors. Where the schema belongs to somebody else, this is theirs to do, and
-- the server says so in a warning.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
