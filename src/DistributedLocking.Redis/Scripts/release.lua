-- Releases a lock, and gives up the owner's place in the queue if it names its channel.
-- KEYS[1] the lock, KEYS[2] the bucket's fencing mark, KEYS[3] the queue; ARGV[1] owner id; to give up a place in the
-- queue as well, ARGV[2] its channel
-- Returns 1 when the owner held the lock, else 0. The lock goes to the first in the queue; if nobody is there, it is
-- deleted.
if ARGV[2] then
  leave(KEYS[3], ARGV[1] .. '\n' .. ARGV[2])
end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
if not pass_on(KEYS[1], KEYS[2], KEYS[3]) then
  redis.call('DEL', KEYS[1])
end
return 1
