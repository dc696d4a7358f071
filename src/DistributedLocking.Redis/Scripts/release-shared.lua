-- Releases what an owner holds, and gives up its place in the queue if it names its channel.
-- KEYS[1] the holders, KEYS[2] the bucket's fencing mark, KEYS[3] the queue; ARGV[1] owner id; to give up a place in
-- the queue as well, ARGV[2] its channel
-- Returns 1 when the owner held the lock, else 0. Those who are next in the queue and fit hold it now.
local now = clock(KEYS[2])
if ARGV[2] then
  leave_place(KEYS[3], ARGV[1] .. '\n' .. ARGV[2])
end
remove_lapsed(KEYS[1], now)
local held = free(KEYS[1], ARGV[1])
promote(KEYS[1], KEYS[2], KEYS[3], now)
return held
