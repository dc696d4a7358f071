-- KEYS[1] the lock, KEYS[2] the bucket's fencing mark, KEYS[3] the queue; ARGV[1] owner id; to give up a place in the queue as well, ARGV[2] its channel
-- Returns what release does.
return release(KEYS[1], KEYS[2], KEYS[3], ARGV[1], ARGV[2])
