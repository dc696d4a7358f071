-- Tells one server of a quorum the largest token that any of them gave, so that a later majority, which shares a server
-- with this one, gives a larger one.
-- KEYS[1] the bucket's fencing mark; ARGV[1] the token
-- Returns 1: the mark is at least the token now.
local newest = redis.call('GET', KEYS[1])
-- Compared as text: above 2^53 a Lua number skips integers. Both are positive and without leading zeros.
if ARGV[1] ~= '0' and (not newest or #newest < #ARGV[1] or (#newest == #ARGV[1] and newest < ARGV[1])) then
  redis.call('SET', KEYS[1], ARGV[1])
end
return 1
