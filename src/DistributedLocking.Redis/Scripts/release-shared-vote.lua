-- Frees one server of a quorum's reader-writer lock, undoes a vote that came to nothing, or ends a writer's wait.
-- KEYS[1] the holders, KEYS[2] the bucket's fencing mark, KEYS[3] who waits to write; ARGV[1] owner id; unless a vote
-- is undone, ARGV[2] the channel that wakes waiters, or an empty text, and the owner waits no more
-- Returns 1 when the owner held the lock there, else 0.
local now = clock(KEYS[2])
if ARGV[2] and redis.call('GET', KEYS[3]) == ARGV[1] then
  redis.call('DEL', KEYS[3])
end
remove_lapsed(KEYS[1], now)
local held = free(KEYS[1], ARGV[1])
if ARGV[2] and ARGV[2] ~= '' then
  -- pcall: where the user may not publish, waiters find out by polling, and the release is a success all the same.
  redis.pcall('PUBLISH', ARGV[2], '')
end
return held
