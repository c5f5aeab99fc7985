DROP TABLE totp_recovery_codes;
DROP TABLE totp_secrets;
DROP FUNCTION totp_steps_rise();
