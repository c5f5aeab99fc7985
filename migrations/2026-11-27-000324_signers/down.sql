DROP VIEW delivery.signers;
