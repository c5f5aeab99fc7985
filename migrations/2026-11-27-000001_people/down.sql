DROP TABLE sign_in_failures;
DROP TABLE refresh_tokens;
DROP TABLE sessions;
DROP TABLE user_permissions;
DROP TABLE users;
