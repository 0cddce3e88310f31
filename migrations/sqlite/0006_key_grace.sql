-- Until when calls that began with an earlier secret of a key may go on with it; none: until they end.
ALTER TABLE keys ADD COLUMN grace_end_time BIGINT;
