-- Frees one server of a quorum, or undoes a vote that came to nothing.
-- KEYS[1] the lock; ARGV[1] owner id, ARGV[2] the channel that wakes waiters, or none
-- Returns 1 when the owner held the lock there and it is free now, else 0.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('DEL', KEYS[1])
if ARGV[2] then
  -- pcall: where the user may not publish, waiters find out by polling, and the release is a success all the same.
  redis.pcall('PUBLISH', ARGV[2], '')
end
return 1
