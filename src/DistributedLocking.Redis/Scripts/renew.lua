-- KEYS[1] the lock; ARGV[1] owner id, ARGV[2] time to live in milliseconds
-- Returns 1 when the owner held the lock and holds it for that long from now, else 0.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
