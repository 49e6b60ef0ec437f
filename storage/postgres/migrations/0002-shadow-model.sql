-- The model that scores beside the live one; null = none.
ALTER TABLE edges ADD COLUMN shadow_sha256 bytea;
